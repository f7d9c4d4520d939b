// A problem and its answer: EasyR1, R1-V, GEOQA, Geometry3K and the sets of many R1 trainers.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with `problem`.
    static let problem = Layout(
        name: "problem", summary: "EasyR1 and R1-V rows with problem, answer or solution, images",
        keys: ["problem"],
        matches: { $0.hasText("problem") }
    ) { (draft) throws(SampleError) in
        if let system = try draft.text("system", as: "messages"), !system.isEmpty {
            draft.add(.system, system)
        }
        let problem = try draft.text("problem", as: "messages") ?? ""
        // Beside a final answer, the solution is the way to it.
        draft.takeGold(anyOf: ["answer", "ground_truth", "solution", "final_answer", "label"])
        try draft.takeVerifier()
        try draft.takeOptions()
        draft.add(.user, draft.questionText(problem))
    }
}
