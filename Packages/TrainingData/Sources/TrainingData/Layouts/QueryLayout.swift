// One question and one answer with a history: ms-swift's query form and Alpaca rows.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// ms-swift's form with `query` and `response`.
    static let query = Layout(
        name: "query", summary: "ms-swift rows with system, history, query and response",
        keys: ["query"],
        matches: {
            $0.hasText("query") && ($0["response"] != nil || $0["history"] != nil || !$0.looksLikeBenchmark)
        }
    ) { (draft) throws(SampleError) in
        if let system = try draft.text("system", as: "messages"), !system.isEmpty {
            draft.add(.system, system)
        }
        try draft.addHistory()
        draft.add(.user, try draft.text("query", as: "messages") ?? "")
        if let response = try draft.text("response", as: "messages") {
            draft.add(.assistant, response)
        }
        draft.takeGold(anyOf: ["solution", "answer", "ground_truth", "label"])
    }

    /// Alpaca's form with `instruction`, `input` and `output`.
    static let alpaca = Layout(
        name: "alpaca", summary: "Alpaca and LLaMA-Factory rows with instruction, input and output",
        keys: ["instruction"],
        matches: {
            $0.hasText("instruction") && ($0["output"] != nil || $0["input"] != nil || $0["response"] != nil)
        }
    ) { (draft) throws(SampleError) in
        if let system = try draft.text("system", as: "messages"), !system.isEmpty {
            draft.add(.system, system)
        }
        try draft.addHistory()
        let instruction = try draft.text("instruction", as: "messages") ?? ""
        let input = try draft.text("input", as: "messages") ?? ""
        draft.add(.user, [instruction, input].filter { !$0.isEmpty }.joined(separator: "\n"))
        if let output = try draft.text(anyOf: ["output", "response"], as: "messages") {
            draft.add(.assistant, output)
        }
        draft.takeGold(anyOf: ["solution", "answer", "ground_truth"])
    }
}

extension JSONObject {
    /// Whether a `query` is the prompt of a benchmark row rather than a turn.
    fileprivate var looksLikeBenchmark: Bool {
        self["question"] != nil || self["label"] != nil || self["answer"] != nil || self["choices"] != nil
    }
}

extension RowDraft {
    /// Adds earlier turns: a list of pairs of question and answer.
    fileprivate mutating func addHistory() throws(SampleError) {
        guard let value = take("history", as: "messages") else { return }
        guard let pairs = value.elements else {
            throw place.fault("history", expected: "a list of [question, answer]", found: value)
        }
        for (index, pair) in pairs.enumerated() {
            let texts = pair.elements?.compactMap(\.text) ?? []
            guard texts.count == 2, pair.elements?.count == 2 else {
                throw place.fault("history[\(index)]", expected: "[question, answer]", found: pair)
            }
            add(.user, texts[0])
            add(.assistant, texts[1])
        }
    }
}
