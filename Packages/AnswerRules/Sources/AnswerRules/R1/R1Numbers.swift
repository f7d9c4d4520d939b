// How `r1` reads the numbers of MathVista: the only one, or the declared one, in the form of the official rule.
import Foundation
import Rewards
import StrictJSON

/// Numbers, lists and short texts with a declared type.
enum R1Numbers {
    /// The verdict on an answer without options.
    static func verdict(_ text: String, _ input: RuleInput) -> RuleVerdict {
        let golds = input.gold.texts
        guard !golds.isEmpty else { return RuleVerdict(nil, false, status: .badGold) }
        switch input.answerType {
        case "integer", "float": return number(text, golds, input)
        case "list": return list(text, golds)
        default: return RuleVerdict(.string(text), golds.contains { haveSameWords(text, $0) })
        }
    }

    /// The value of a text: all of it as Python reads it, else its only or declared number.
    private static func value(_ text: String) -> Double? {
        let value = pythonFloat(text) ?? ChartRule.number(of: text)
        return value.flatMap { $0.isFinite ? $0 : nil }
    }

    private static func number(_ text: String, _ golds: [String], _ input: RuleInput) -> RuleVerdict {
        let wanted = golds.map(pythonFloat)
        guard !wanted.contains(nil) else { return RuleVerdict(nil, false, status: .badGold) }
        guard let value = value(text) else { return RuleVerdict(nil, false) }
        guard input.answerType == "float" else {
            let whole = value.rounded(.towardZero)
            let read = abs(whole) < 1e15 ? JSONValue.integer(Int(whole)) : .finite(whole)
            return RuleVerdict(read, wanted.contains(whole))
        }
        // Without a precision the decimals of the gold decide.
        let isRight = zip(golds, wanted).contains { gold, wanted in
            PythonNumber.rounded(value, places: input.precision ?? decimals(of: gold)) == wanted
        }
        let places = input.precision ?? golds.first.map(decimals) ?? 0
        return RuleVerdict(.finite(PythonNumber.rounded(value, places: places)), isRight)
    }

    /// The number of digits after the point.
    static func decimals(of number: String) -> Int {
        let digits = number.unicodeScalars
        guard let point = digits.firstIndex(of: ".") else { return 0 }
        return digits[digits.index(after: point)...].prefix { $0.properties.numericType == .decimal }.count
    }

    /// The numbers of the last list in brackets, else of the whole answer, in order.
    private static func list(_ text: String, _ golds: [String]) -> RuleVerdict {
        let wanted = golds.map(numbers)
        guard !wanted.contains(nil) else { return RuleVerdict(nil, false, status: .badGold) }
        guard let read = numbers(text) else { return RuleVerdict(nil, false) }
        return RuleVerdict(.array(read.map(JSONValue.finite)), wanted.contains(read))
    }

    private static func numbers(_ text: String) -> [Double]? {
        let text = PythonText(text)
        var inner = text
        if let open = text.findLast("["), let close = text.find("]", from: open) {
            inner = PythonText(text.points[(open + 1)..<close])
        }
        let parts = inner.replacing(" and ", with: ",").split(",").map(\.stripped).filter { !$0.isEmpty }
        let values = parts.map { value($0.string) }
        return parts.count > 1 && !values.contains(nil) ? values.compactMap(\.self) : nil
    }
}
