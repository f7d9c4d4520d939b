// Turns under "messages": the record itself, ms-swift, LLaMA-Factory, OpenAI, TRL.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with a list of turns.
    static let messages = Layout(
        name: "messages",
        summary: "the record; ms-swift, LLaMA-Factory, OpenAI and TRL rows with turns of role and content",
        keys: ["messages"],
        matches: { $0.has("messages") && $0["prompt"]?.elements == nil }
    ) { (draft) throws(SampleError) in
        let system = try draft.text("system", as: "messages")
        let turns = draft.take("messages", as: "messages")
        if let system, !system.isEmpty, turns?.elements?.first?.members?["role"]?.text != "system" {
            draft.add(.system, system)
        }
        try draft.addTurns(turns, key: "messages")
        draft.takeGold(anyOf: ["solution", "answer", "ground_truth", "gold", "gt"])
        try draft.takeVerifier()
        if draft.record["solution"] == nil { draft.takeGold(anyOf: ["response", "label"]) }
    }
}

extension RowDraft {
    /// Takes the gold of verl's `reward_model`; the other keys in it are kept.
    mutating func takeVerifier() throws(SampleError) {
        guard has("reward_model"), record["solution"] == nil else { return }
        guard let value = take("reward_model", as: "solution (ground_truth)") else { return }
        guard let model = value.members else {
            throw place.fault("reward_model", expected: "an object with \"ground_truth\"", found: value)
        }
        guard let gold = model["ground_truth"], !gold.isBlank else {
            throw place.fault("reward_model.ground_truth", expected: "the gold", found: model["ground_truth"])
        }
        record["solution"] = gold.untagged
        for (key, value) in model where key != "ground_truth" && value != .null {
            keep(value, as: "reward_model.\(key)")
        }
    }
}
