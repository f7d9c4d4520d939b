// A prompt with a gold or an answer beside it: verl and TRL.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// verl's and TRL's form with `prompt`.
    static let prompt = Layout(
        name: "prompt",
        summary: "verl rows (prompt, reward_model, data_source) and TRL rows (prompt, completion or a gold)",
        keys: ["prompt"],
        matches: { $0.hasObjects("prompt") || $0.hasText("prompt") }
    ) { (draft) throws(SampleError) in
        if let system = try draft.text(anyOf: ["system", "system_prompt"], as: "messages"), !system.isEmpty {
            draft.add(.system, system)
        }
        guard let prompt = draft.take("prompt", as: "messages") else { return }
        if let text = prompt.plainText {
            draft.add(.user, text)
        } else {
            try draft.addTurns(prompt, key: "prompt")
        }
        if let (key, answer) = draft.take(anyOf: ["completion", "chosen", "response"], as: "messages") {
            if let text = answer.plainText {
                draft.add(.assistant, text)
            } else {
                try draft.addTurns(answer, key: key)
            }
        }
        try draft.takeVerifier()
        draft.takeGold(anyOf: ["solution", "ground_truth", "answer", "label", "gold"])
    }
}
