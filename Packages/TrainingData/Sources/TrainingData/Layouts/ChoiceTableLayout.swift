// One column for each option: VLMEvalKit's tables, MMBench.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with a question and options in columns A, B, ...
    static let choiceTable = Layout(
        name: "choice table",
        summary: "VLMEvalKit and MMBench rows with question, hint, A, B, C, D and answer",
        keys: ["question"],
        matches: { $0.hasText("question") && $0["A"] != nil && $0["B"] != nil }
    ) { (draft) throws(SampleError) in
        let question = try draft.text("question", as: "messages") ?? ""
        let hint = draft.take("hint", as: "messages").flatMap { $0.isBlank ? nil : $0.plainText }
        var options: [JSONValue] = []
        for scalar in UInt8(ascii: "A")...UInt8(ascii: "Z") {
            let key = String(Unicode.Scalar(scalar))
            // Tables fill unused columns with nothing or, by pandas, with nan; "None" may be an option.
            guard let text = draft.take(key, as: "options")?.plainText, !text.isEmpty, text != "nan" else {
                continue
            }
            options.append(.string(text))
        }
        let gold = draft.has("answer") ? "answer" : "solution"
        draft.takeGold(anyOf: [gold])
        // Open questions of such a table have no options.
        if options.count > 1 { draft.record["options"] = .array(options) }
        draft.splitGolds()
        draft.add(.user, draft.questionText(hint.map { "\($0)\n\(question)" } ?? question))
    }
}
