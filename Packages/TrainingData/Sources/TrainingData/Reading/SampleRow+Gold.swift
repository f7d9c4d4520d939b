// The golds of a record and its task, each of which may follow from the other.
internal import Foundation
internal import StrictJSON
internal import Tokenizer

extension SampleRow {
    /// What a row asks for, and its right answers.
    struct Gold {
        let task: Sample.Task
        let isTaskGuessed: Bool
        let solutions: [String]
    }

    /// Reads task and golds; each may follow from the other keys.
    func gold(
        boxes: [Box]?, choices: [String]?, turns: [Sample.Message], _ options: RowOptions
    ) throws(SampleError) -> Gold {
        let named = try task() ?? options.task
        let hasBoxes = boxes.map { !$0.isEmpty } ?? false
        if let value = value(.solution) {
            // The unit of boxes in a list is that of the row, whichever task is guessed.
            let golds =
                if case .string(let text) = value { [try gold(text)] } else {
                    try solutions(value, for: named)
                }
            let task = named ?? .guess(golds: golds, options: choices != nil, boxes: hasBoxes)
            let isGuessedBox = named == nil && task == .grounding
            return Gold(
                task: task, isTaskGuessed: named == nil,
                solutions: isGuessedBox ? try solutions(value, for: .grounding) : golds)
        }
        let turn = turns.last.flatMap { $0.role == .assistant ? $0.text : nil }
        let answer = turn.map { GoldText($0).answer }
        let asksBoxes = hasBoxes && (answer == nil || answer?.holds(Placeholder.boxBytes) == true)
        let task =
            named
            ?? .guess(golds: answer.map { [$0] } ?? [], options: choices != nil, boxes: asksBoxes)
        return Gold(
            task: task, isTaskGuessed: named == nil,
            solutions: task == .grounding && hasBoxes
                ? [boxText(boxes ?? [])] : try solutions(answer: answer, options.needs))
    }

    /// The golds of a row without "solution": the answer of its last turn, where a gold is needed.
    private func solutions(answer: String?, _ needs: RowNeeds) throws(SampleError) -> [String] {
        if needs == .gold, let answer, !answer.trimmingSpace().isEmpty {
            guard !answer.holds(Placeholder.boxBytes) else {
                throw fault(
                    "solution",
                    expected:
                        "the gold: an answer with \(Placeholder.box) is one only for the task grounding",
                    found: members["solution"])
            }
            return [answer]
        }
        if needs == .gold || (needs == .target && answer == nil) {
            let other = needs == .gold ? "" : ", or a last turn of the assistant to learn"
            throw fault("solution", expected: "the gold text\(other)", found: members["solution"])
        }
        return []
    }

    private func task() throws(SampleError) -> Sample.Task? {
        guard let name = try text(.task) else { return nil }
        guard !name.isEmpty else {
            let expected = "yorn, mcq, chart, math, grounding, open or the name of a custom reward"
            throw fault("task", expected: expected, found: value(.task))
        }
        return Sample.Task(rawValue: name)
    }

    private func boxText(_ boxes: [Box]) -> String {
        let texts = boxes.map { "[" + [$0.x1, $0.y1, $0.x2, $0.y2].map(plain).joined(separator: ", ") + "]" }
        return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
    }

    private func solutions(_ value: JSONValue, for task: Sample.Task?) throws(SampleError) -> [String] {
        // Four bare numbers, an object, or a list of lists or objects are boxes of one gold, not several golds.
        if task == .grounding || task == nil, let edges = value.elements?.compactMap(\.double),
            edges.count == 4,
            value.elements?.count == 4
        {
            return ["[" + edges.map(plain).joined(separator: ", ") + "]"]
        }
        if task == .grounding || task == nil, isBoxes(value) { return [try json(value)] }
        var golds: [String] = []
        for element in value.elements ?? [value] {
            guard let gold = gold(element), !gold.trimmingSpace().isEmpty else {
                throw noGold(element)
            }
            golds.append(gold)
        }
        guard !golds.isEmpty else { throw fault("solution", expected: "at least one gold", found: value) }
        return golds
    }

    /// The gold of a solution that is one text, as most are.
    private func gold(_ text: String) throws(SampleError) -> String {
        let gold = GoldText(text).answer
        guard !gold.trimmingSpace().isEmpty else { throw noGold(.string(text)) }
        return gold
    }

    private func noGold(_ value: JSONValue) -> SampleError {
        fault(
            "solution", expected: "a text that is not empty, a number, true or false, or a list of these",
            found: value)
    }

    private func gold(_ value: JSONValue) -> String? {
        if case .bool(let isTrue) = value { return "\(isTrue)" }
        return value.text.map { GoldText($0).answer } ?? value.double.map(plain)
    }

    private func isBoxes(_ value: JSONValue) -> Bool {
        guard let elements = value.elements else { return value.members != nil }
        let nested = elements.filter { $0.elements != nil || $0.members != nil }
        return !nested.isEmpty && nested.count == elements.count
    }

    private func json(_ value: JSONValue) throws(SampleError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw fault("solution", expected: "boxes", found: "\(error)")
        }
    }
}
