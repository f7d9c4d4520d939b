// A question and its answer in one row: MathVista, MathVision, MMMU, MMStar, AI2D, ChartQA and most question sets of
// Hugging Face.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with `question` (or `query`) and `answer` (or `label`).
    static let question = Layout(
        name: "question",
        summary: "benchmark rows with question or query, answer or label, options or choices",
        keys: ["question", "query"],
        matches: { $0.hasText("question") || $0.hasText("query") }
    ) { (draft) throws(SampleError) in
        // MathVista's query is its question with hints and choices.
        var isPrompt = false
        if draft.has("query"), draft.has("question") {
            isPrompt = true
            draft.keep(draft.take("question", as: "kept") ?? .null, as: "question")
        }
        let key = draft.has("query") ? "query" : "question"
        let question = try draft.text(key, as: "messages") ?? ""
        draft.takeGold(anyOf: [
            "answer", "answers", "label", "ground_truth", "solution", "gt_answer", "response",
        ])
        try draft.takeOptions()
        draft.splitGolds()
        draft.numberToLetter()
        draft.add(.user, isPrompt ? question : draft.questionText(question))
    }
}

extension RowDraft {
    /// AI2D names the right option by its number, counted from zero, when no option is that number itself.
    fileprivate mutating func numberToLetter() {
        guard let options = record["options"]?.elements, case .string(let gold)? = record["solution"],
            let number = Int(gold), options.indices.contains(number),
            !options.contains(where: { $0.text == gold })
        else { return }
        record["solution"] = .string(String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(number))))
        note("answer", "the number of an option, counted from 0, read as its letter")
    }
}
