// Turns under "conversations": LLaVA, ShareGPT, LLaMA-Factory's sharegpt form, VLM-R1.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with turns of `from` and `value`.
    static let conversations = Layout(
        name: "conversations", summary: "LLaVA, ShareGPT and VLM-R1 rows with turns of from and value",
        keys: ["conversations", "conversation"],
        matches: { $0.hasObjects("conversations") || $0.hasObjects("conversation") }
    ) { (draft) throws(SampleError) in
        let system = try draft.text("system", as: "messages")
        guard let (key, value) = draft.take(anyOf: ["conversations", "conversation"], as: "messages") else {
            return
        }
        var turns = value.elements ?? []
        let first = turns.first?.members ?? [:]
        if let system, !system.isEmpty, first["from"]?.text != "system", first["role"]?.text != "system" {
            draft.add(.system, system)
        }
        if first["human"] != nil || first["user"] != nil {
            try draft.addPairs(turns, key: key)
        } else {
            // VLM-R1's grounding rows have the gold box in place of the answer.
            if let last = turns.last?.members, let gold = last["value"],
                gold.elements != nil || gold.members != nil
                    || gold.double != nil, last["from"]?.text != "human"
            {
                turns.removeLast()
                draft.record["solution"] = gold
                draft.note("\(key)[\(turns.count)].value", "solution")
            }
            try draft.addTurns(.array(turns), key: key)
        }
        draft.takeGold(anyOf: ["solution", "answer", "ground_truth"])
    }
}

extension RowDraft {
    /// Adds turns of the form `{"human": ..., "assistant": ...}`.
    fileprivate mutating func addPairs(_ turns: [JSONValue], key: String) throws(SampleError) {
        for (index, turn) in turns.enumerated() {
            let members = turn.members ?? [:]
            guard let question = (members["human"] ?? members["user"])?.text else {
                throw place.fault("\(key)[\(index)].human", expected: "a text", found: members["human"])
            }
            add(.user, question)
            guard let answer = members["assistant"] ?? members["gpt"] else { continue }
            guard let text = answer.text else {
                throw place.fault("\(key)[\(index)].assistant", expected: "a text", found: answer)
            }
            add(.assistant, text)
        }
    }
}
