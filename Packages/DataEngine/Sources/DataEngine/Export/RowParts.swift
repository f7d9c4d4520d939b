// The parts of a row that every layout needs: turns, golds, pictures, the answer to learn.
internal import StrictJSON
internal import TrainingData

/// A row taken apart, with the paths that it has in the output.
struct RowParts {
    let sample: Sample
    let members: [OrderedJSON.Member]

    init(_ sample: Sample, _ json: OrderedJSON) {
        self.sample = sample
        guard case .object(let members) = json else {
            self.members = []
            return
        }
        // A key without a value is no key.
        self.members = members.filter { $0.value != .null && $0.value != .array([]) }
    }

    subscript(key: String) -> OrderedJSON? { members.first { $0.key == key }?.value }

    /// The turns as role and text.
    var turns: [(role: String, text: String)] {
        guard case .array(let turns)? = self["messages"] else { return [] }
        return turns.compactMap { turn in
            guard let role = turn["role"]?.text, let text = turn["content"]?.text else { return nil }
            return (role, text)
        }
    }

    /// The paths or URIs under a key, and whether any of them has more than its path.
    func paths(_ key: String) -> (paths: [OrderedJSON], loses: Bool) {
        guard let value = self[key] else { return ([], false) }
        let items = if case .array(let items) = value { items } else { [value] }
        var loses = false
        let paths = items.map { item -> OrderedJSON in
            guard case .object(let members) = item, let path = item["path"] else { return item }
            if members.count > 1 { loses = true }
            return path
        }
        return (paths, loses)
    }

    /// The row's `images` and `videos` as lists of paths, and what that loses.
    var visualMembers: (members: [OrderedJSON.Member], lost: [String]) {
        var (members, lost): ([OrderedJSON.Member], [String]) = ([], [])
        for key in ["images", "videos"] {
            let (paths, loses) = paths(key)
            if !paths.isEmpty { members.append(.init(key: key, value: .array(paths))) }
            if loses { lost.append("\(key) (more than a path)") }
        }
        return (members, lost)
    }

    /// Whether a picture is inside the row.
    var embedsPictures: Bool { sample.imagePaths.contains { $0.hasPrefix("data:") } }

    /// The answer to learn; nil when the row has neither a gold nor an answer.
    ///
    /// `boxText` writes the row's boxes; nil leaves the gold as it is.
    func answer(_ boxText: ([Box]) -> String?) -> String? {
        guard sample.assistantTurn != nil || !sample.solutions.isEmpty else { return nil }
        let boxes = sample.task == .grounding ? sample.boxes.flatMap(boxText) : nil
        // The only error is that there is nothing to learn, and there is something.
        return try? supervisedAnswer(sample, boxText: boxes.map { text in { _ in text } })
    }

    /// A list of turns in the record's and ms-swift's form.
    static func messages(_ turns: [(role: String, text: String)]) -> OrderedJSON {
        .array(
            turns.map { turn in
                .object([
                    .init(key: "role", value: .string(turn.role)),
                    .init(key: "content", value: .string(turn.text)),
                ])
            })
    }

    /// The row with its answer as the last turn.
    func withAnswer(_ boxText: ([Box]) -> String?) -> ExportedRow {
        guard let answer = answer(boxText) else {
            return ExportedRow(json: nil, reason: "neither a gold nor an answer")
        }
        let turns = sample.assistantTurn == nil ? turns + [("assistant", answer)] : turns
        let row = OrderedJSON.object(members).setting("messages", to: Self.messages(turns))
        return ExportedRow(json: row)
    }
}
