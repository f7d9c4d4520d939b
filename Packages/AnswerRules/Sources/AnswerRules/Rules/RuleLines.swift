// Stored answers as JSON lines: reads what a rule needs, and adds the verdict. Used by `r1-eval judge`.
import Rewards
public import StrictJSON
import TrainingData

/// Judges answers in JSON lines by one rule or strip stage.
///
/// Keys of a line: `prediction` (text) and `gold` (text, number, list of texts, or box of four numbers); where the rule
/// uses them `options` (texts, null for a missing one), `answerType`, `precision`, `goldIndex`, `imageSize` and
/// `boxSpace` ([width, height]), and for `r1` `kind` (``AnswerKind``) or `benchmark`. For a rule that judges groups,
/// `prediction`, `gold` and `options` are lists with an element for each rotation. Other keys are kept.
public struct RuleLines: Sendable {
    private enum Stage: Sendable {
        case rule(AnswerRule)
        case strip(AnswerStrip)
    }

    private let stage: Stage

    /// Lines for the rule, or else the strip stage, with this id; throws ``RuleError``.
    ///
    /// The id `r1` is the rule.
    public init(rule id: String) throws {
        if let rule = AnswerRule.all.first(where: { $0.id == id }) {
            stage = .rule(rule)
        } else if let strip = AnswerStrip.all.first(where: { $0.id == id }) {
            stage = .strip(strip)
        } else {
            let known = AnswerRule.all.map(\.id) + AnswerStrip.all.dropFirst().map(\.id)
            throw RuleError.unknownRule(id, known: known)
        }
    }

    /// The members of a line with `extracted`, `correct`, `score`, `status`, for boxes `iou`, and `textOnly` where only
    /// texts were compared; these replace members of the same name.
    ///
    /// A strip stage has `extracted` and a `correct` of null. `line` has the bytes of one JSON object; `place` is the file
    /// and line for messages, as in `answers.jsonl:3`. Throws ``RuleError/badLine(place:_:)``.
    public func judged(_ line: [UInt8], at place: String) throws -> JSONObject {
        var members = try Self.object(line, at: place)
        do {
            switch stage {
            case .strip(let strip):
                members["extracted"] = .string(strip.answer(in: try LineReader(members).text("prediction")))
                members["correct"] = .null
            case .rule(let rule):
                let inputs = try LineReader(members).inputs(isGroup: rule.judgesGroups)
                let verdict = try rule.judgesGroups ? rule.judge(group: inputs) : rule.judge(inputs[0])
                members["extracted"] = verdict.extracted ?? .null
                members["correct"] = .bool(verdict.isCorrect)
                members["score"] = .number(verdict.score)
                members["status"] = .string(verdict.status.rawValue)
                let isBox = if case .box = inputs[0].gold { true } else { false }
                if rule.measuresOverlap || isBox { members["iou"] = .number(verdict.score) }
                if verdict.isTextOnly { members["textOnly"] = .bool(true) }
            }
            return members
        } catch let error as LineError {
            throw RuleError.badLine(place: place, error.reason)
        } catch let error as RuleError {
            throw RuleError.badLine(place: place, error.description)
        }
    }

    private static func object(_ line: [UInt8], at place: String) throws -> JSONObject {
        let value: JSONValue
        do {
            value = try line.withUnsafeBufferPointer { bytes in try JSONValue(parsing: bytes) }
        } catch let error as JSONSyntaxError {
            throw RuleError.badLine(place: place, "not JSON: \(error)")
        }
        guard let members = value.members else {
            throw RuleError.badLine(
                place: place, "expected an object with \"prediction\", found \(value.summary)")
        }
        return members
    }
}

/// What is wrong with a line, without its place.
private struct LineError: Error {
    let reason: String

    init(_ key: String, _ expected: String, _ found: JSONValue?) {
        reason = "\"\(key)\": expected \(expected), found \(found?.summary ?? "nothing")"
    }
}

/// Reads the members of a line.
private struct LineReader {
    let members: JSONObject

    init(_ members: JSONObject) { self.members = members }

    func text(_ key: String) throws -> String {
        guard let text = members[key]?.text else { throw LineError(key, "a text", members[key]) }
        return text
    }

    /// The value under a key; nil for null too.
    private func value(_ key: String) -> JSONValue? {
        members[key].flatMap { $0.isNull ? nil : $0 }
    }

    /// One input or, for a group, one for each rotation.
    func inputs(isGroup: Bool) throws -> [RuleInput] {
        guard isGroup else {
            let options = try options(value("options"))
            return [try input(text("prediction"), gold(members["gold"]), options)]
        }
        func list(_ key: String) throws -> [JSONValue] {
            guard let list = members[key]?.elements, !list.isEmpty else {
                throw LineError(key, "a list with an element for each rotation", members[key])
            }
            return list
        }
        let (predictions, golds, options) = (try list("prediction"), try list("gold"), try list("options"))
        guard predictions.count == golds.count, golds.count == options.count else {
            throw LineError(
                "prediction",
                "as many answers as golds (\(golds.count)) and lists of options (\(options.count))",
                members["prediction"])
        }
        return try predictions.indices.map { index in
            guard let prediction = predictions[index].text else {
                throw LineError("prediction", "a list of texts", predictions[index])
            }
            return try input(prediction, gold(golds[index]), self.options(options[index]))
        }
    }

    private func input(_ prediction: String, _ gold: RuleGold, _ options: [String?]) throws -> RuleInput {
        RuleInput(
            prediction: prediction, gold: gold, options: options, answerType: try optionalText("answerType"),
            precision: try integer("precision"), goldIndex: try integer("goldIndex"),
            imageSize: try size("imageSize"),
            boxSpace: try size("boxSpace").map { AnswerBoxSpace(width: $0.width, height: $0.height) },
            kind: try kind(hasOptions: !options.isEmpty))
    }

    private func optionalText(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else { throw LineError(key, "a text", value) }
        return text
    }

    /// A whole number, also as text, as some benchmarks store it.
    private func integer(_ key: String) throws -> Int? {
        guard let value = value(key) else { return nil }
        switch value {
        case .integer(let integer): return integer
        case .number(let number):
            if let integer = Int(exactly: number) { return integer }
        case .string(let text):
            if let integer = Int(text) { return integer }
        default: break
        }
        throw LineError(key, "a whole number", value)
    }

    private func size(_ key: String) throws -> (width: Double, height: Double)? {
        guard let value = value(key) else { return nil }
        let sides = value.elements?.compactMap(\.double) ?? []
        guard sides.count == 2, value.elements?.count == 2, sides.allSatisfy({ $0 > 0 }) else {
            throw LineError(key, "[width, height], both above 0", value)
        }
        return (sides[0], sides[1])
    }

    private func options(_ value: JSONValue?) throws -> [String?] {
        guard let value else { return [] }
        guard let list = value.elements, list.count <= 26 else {
            throw LineError("options", "a list of at most 26 texts", value)
        }
        return try list.map { option in
            if option.isNull { return nil }
            guard let text = Self.scalarText(option) else {
                throw LineError("options", "a list of texts, null for a missing one", option)
            }
            return text
        }
    }

    /// A text, or a number as Python prints it.
    private static func scalarText(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let integer): "\(integer)"
        case .number(let number): PythonNumber.text(number)
        default: nil
        }
    }

    private func gold(_ value: JSONValue?) throws -> RuleGold {
        let expected = "a text, a number, a list of texts or a box of four numbers"
        guard let value, !value.isNull else { throw LineError("gold", expected, members["gold"]) }
        if let text = Self.scalarText(value) { return .text(text) }
        guard let list = value.elements, !list.isEmpty else { throw LineError("gold", expected, value) }
        let numbers = list.compactMap(\.double)
        if list.count == 4, numbers.count == 4 {
            return .box(Box(x1: numbers[0], y1: numbers[1], x2: numbers[2], y2: numbers[3]))
        }
        let texts = list.compactMap(Self.scalarText)
        guard texts.count == list.count else { throw LineError("gold", expected, value) }
        return .texts(texts)
    }

    /// The kind of question that the line declares, or that its benchmark has.
    private func kind(hasOptions: Bool) throws -> AnswerKind? {
        if let name = try optionalText("kind") {
            guard let kind = AnswerKind(rawValue: name) else {
                let known = AnswerKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw LineError("kind", "one of \(known)", .string(name))
            }
            return kind
        }
        guard !hasOptions else { return nil }
        switch try optionalText("benchmark")?.lowercased() {
        case "chartqa": return .chart
        case "mmmu": return .open
        case "mathvista": return .number
        case "mathvision": return .expression
        case "refcoco": return .box
        default: return nil
        }
    }
}
