// Rows in the layouts of ms-swift, EasyR1 and LLaVA.
internal import Foundation
internal import StrictJSON
internal import TrainingData

extension RowParts {
    /// ms-swift's custom data set: a column for each key; boxes as `objects`, which its templates write into the
    /// places `<bbox>`.
    ///
    /// A column has one kind of value, so that several golds become the first one.
    func msSwift(withAnswer: Bool) -> ExportedRow {
        var lost: [String] = []
        var turns = turns
        if turns.contains(where: { $0.text.contains("<bbox>") || $0.text.contains("<ref-object>") }) {
            lost.append("messages (a literal <bbox> or <ref-object> is a placeholder there)")
        }
        if withAnswer, sample.assistantTurn == nil {
            let places = answer { boxes in boxes.map { _ in "<bbox>" }.joined(separator: ", ") }
            guard let text = places else {
                return ExportedRow(json: nil, reason: "neither a gold nor an answer")
            }
            turns.append(("assistant", text))
        }
        var row: [OrderedJSON.Member] = [.init(key: "messages", value: Self.messages(turns))]
        row += visualMembers.members
        lost += visualMembers.lost
        for member in members {
            switch member.key {
            case "messages", "images", "videos": break
            case "solution":
                if sample.solutions.count > 1 { lost.append("solution (golds after the first)") }
                row.append(.init(key: "solution", value: .string(sample.solutions.first ?? "")))
            case "objects":
                let (objects, missing) = Self.msSwiftObjects(member.value)
                row.append(.init(key: "objects", value: objects))
                lost += missing
            default: row.append(member)
            }
        }
        return ExportedRow(json: .object(row), lost: lost)
    }

    /// Boxes in pixels or shares; thousandths become shares.
    private static func msSwiftObjects(_ objects: OrderedJSON) -> (OrderedJSON, lost: [String]) {
        guard case .object(let members) = objects else { return (objects, []) }
        let isThousandths = objects["bbox_type"]?.text == "norm1000"
        var (kept, lost): ([OrderedJSON.Member], [String]) = ([], [])
        for member in members where member.value != .null {
            switch member.key {
            case "bbox" where isThousandths:
                kept.append(.init(key: "bbox", value: member.value.scalingNumbers(by: 0.001)))
            case "bbox_type":
                kept.append(.init(key: "bbox_type", value: isThousandths ? .string("norm1") : member.value))
            case "ref", "bbox": kept.append(member)
            default: lost.append("objects.\(member.key)")
            }
        }
        return (.object(kept), lost)
    }

    /// EasyR1: one question and its gold; a conversation cannot be held.
    ///
    /// - Parameters:
    ///   - withAnswer: Whether an answer is wanted, for which there is no place.
    ///   - holdsPictures: Whether the file holds pictures, so that those inside the row are welcome.
    /// - Returns: The row, or why there is none.
    func easyR1(withAnswer: Bool, holdsPictures: Bool = false) -> ExportedRow {
        if withAnswer {
            return ExportedRow(json: nil, reason: "EasyR1 trains on golds and has no place for answers")
        }
        var lost: [String] = []
        var turns = turns
        if turns.first?.role == "system" {
            lost.append("messages (system)")
            turns.removeFirst()
        }
        if turns.last?.role == "assistant" {
            lost.append("messages (the last answer)")
            turns.removeLast()
        }
        guard turns.count == 1, let question = turns.first else {
            return ExportedRow(json: nil, reason: "a conversation of several turns")
        }
        guard let gold = sample.solutions.first else { return ExportedRow(json: nil, reason: "no gold") }
        guard holdsPictures || !embedsPictures else {
            return ExportedRow(json: nil, reason: "a picture inside the row")
        }
        if sample.solutions.count > 1 { lost.append("solution (golds after the first)") }
        var row: [OrderedJSON.Member] = [
            .init(key: "problem", value: .string(question.text)), .init(key: "answer", value: .string(gold)),
        ]
        row += visualMembers.members
        lost += visualMembers.lost
        for member in members {
            switch member.key {
            case "messages", "images", "videos", "solution": break
            case "id", "task", "source": row.append(member)
            default: lost.append(member.key)
            }
        }
        return ExportedRow(json: .object(row), lost: lost)
    }

    /// LLaVA: turns of `human` and `gpt`; the last answer is the row's own, or made of rationale and gold.
    func llava() -> ExportedRow {
        guard !embedsPictures else { return ExportedRow(json: nil, reason: "a picture inside the row") }
        guard let answer = answer({ _ in nil }) else {
            return ExportedRow(json: nil, reason: "neither a gold nor an answer")
        }
        var lost: [String] = []
        let names = ["user": "human", "assistant": "gpt", "system": "system"]
        let all = sample.assistantTurn == nil ? turns + [("assistant", answer)] : turns
        let conversations = all.map { turn in
            OrderedJSON.object([
                .init(key: "from", value: .string(names[turn.role] ?? turn.role)),
                .init(key: "value", value: .string(turn.text)),
            ])
        }
        var row: [OrderedJSON.Member] = [.init(key: "id", value: .string(sample.id))]
        for (key, name) in [("images", "image"), ("videos", "video")] {
            let (paths, loses) = paths(key)
            if paths.count == 1 { row.append(.init(key: name, value: paths[0])) }
            if paths.count > 1 { row.append(.init(key: name, value: .array(paths))) }
            if loses { lost.append("\(key) (more than a path)") }
        }
        row.append(.init(key: "conversations", value: .array(conversations)))
        for member in members {
            switch member.key {
            case "messages", "images", "videos", "id": break
            case "solution":
                if sample.assistantTurn != nil { lost.append("solution (the row has an answer)") }
                if sample.solutions.count > 1 { lost.append("solution (golds after the first)") }
            case "rationale":
                if sample.assistantTurn != nil { lost.append("rationale (the row has an answer)") }
            default: lost.append(member.key)
            }
        }
        return ExportedRow(json: .object(row), lost: lost)
    }
}

extension OrderedJSON {
    /// The value with all its numbers multiplied.
    fileprivate func scalingNumbers(by factor: Double) -> OrderedJSON {
        switch self {
        case .number(let text): .number(Double(text).map { "\($0 * factor)" } ?? text)
        case .array(let items): .array(items.map { $0.scalingNumbers(by: factor) })
        default: self
        }
    }
}
