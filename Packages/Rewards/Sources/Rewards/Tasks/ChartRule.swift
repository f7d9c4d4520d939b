// The rules for chart answers: the literal rule of ChartQA for evaluation, and a tolerant superset for
// training.

/// The two rules for numbers and short texts.
enum ChartRule {
    /// ChartQA's relaxed accuracy, exactly as in its evaluation code (Masry and others, 2022).
    ///
    /// A trailing `%` divides by 100. Two numbers match if `|p - t| / |t| <= tolerance` in double precision.
    /// A gold of zero, or text that Python's `float` refuses, is compared as lowercase text.
    static func literal(_ prediction: String, _ target: String, tolerance: Double = 0.05) -> Bool {
        if let p = pythonFloat(prediction), let t = pythonFloat(target), t != 0 {
            return abs(p - t) / abs(t) <= tolerance
        }
        return prediction.lowercased().utf8.elementsEqual(target.lowercased().utf8)
    }

    /// The training rule: it accepts all that the literal rule accepts, and ignores currency, separators and
    /// units.
    ///
    /// It adds 1e-9 to the tolerance, so that 1.05 is within 5 % of 1, compares with zero absolutely, and
    /// compares texts without case, surrounding signs and repeated spaces. An answer with several numbers is
    /// compared as text only. Golds covered by `options.exact` need the exact number.
    static func tolerant(
        _ prediction: String, _ target: String, _ options: ChartOptions = ChartOptions()
    ) -> Bool {
        let text = normalized(prediction)
        if !text.isEmpty, text == normalized(target) { return true }
        let gold = goldQuantity(target)
        let answer = onlyQuantity(prediction)
        if let gold, isExact(gold, options.exact) { return answer?.value == gold.value }
        if literal(prediction, target, tolerance: options.tolerance) { return true }
        guard let gold, let answer else { return false }
        var values = [answer.value]
        if gold.isPercent && !answer.isPercent { values.append(answer.value * 100) }
        if answer.isPercent && !gold.isPercent { values.append(answer.value / 100) }
        return values.contains { isClose($0, gold.value, options) }
    }

    /// The number of an answer that has exactly one.
    static func onlyQuantity(_ text: String) -> Quantity? {
        let found = quantities(in: Array(text.utf8), limit: 2)
        return found.count == 1 ? found.first : nil
    }

    private static func isExact(_ gold: Quantity, _ exact: ChartOptions.Exactness) -> Bool {
        switch exact {
        case .none: false
        case .years: gold.looksLikeYear
        case .integers: gold.isWhole && !gold.isPercent
        }
    }

    private static func isClose(_ value: Double, _ gold: Double, _ options: ChartOptions) -> Bool {
        gold == 0
            ? abs(value) <= options.zeroTolerance : abs(value - gold) / abs(gold) <= options.tolerance + 1e-9
    }

    /// The value of Python's `float(text)`, with ChartQA's percent and ASCII digits only; nil where it
    /// raises.
    private static func pythonFloat(_ text: String) -> Double? {
        var bytes = Array(text.utf8)
        let isPercent = bytes.last == UInt8(ascii: "%")
        while bytes.last == UInt8(ascii: "%") { bytes.removeLast() }
        bytes = Array(bytes[bytes.trimmed(0..<bytes.count)])
        guard let value = isPythonNumber(bytes) ? number(bytes) : special(bytes) else { return nil }
        return isPercent ? value / 100 : value
    }

    private static func number(_ bytes: [UInt8]) -> Double? {
        // Swift gives infinity for 1e999, as Python does.
        Double(String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self))
    }

    private static func special(_ bytes: [UInt8]) -> Double? {
        var text = String(decoding: bytes.prefix(12), as: UTF8.self).lowercased()
        let isNegative = text.hasPrefix("-")
        if isNegative || text.hasPrefix("+") { text.removeFirst() }
        switch text {
        case "inf", "infinity": return isNegative ? -.infinity : .infinity
        case "nan": return .nan
        default: return nil
        }
    }

    /// Python's grammar: sign, digits with single underscores between them, point, exponent.
    private static func isPythonNumber(_ bytes: [UInt8]) -> Bool {
        var position = 0
        func skipSign() {
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
            {
                position += 1
            }
        }
        func skipDigits() -> Bool {
            let start = position
            while position < bytes.count, bytes[position].isDigit || isJoint(bytes, position, start) {
                position += 1
            }
            return position > start
        }
        skipSign()
        var hasDigits = skipDigits()
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            hasDigits = skipDigits() || hasDigits
        }
        guard hasDigits else { return false }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            skipSign()
            guard skipDigits() else { return false }
        }
        return position == bytes.count
    }

    private static func isJoint(_ bytes: [UInt8], _ position: Int, _ start: Int) -> Bool {
        bytes[position] == UInt8(ascii: "_") && position > start && bytes[position - 1].isDigit
            && position + 1 < bytes.count && bytes[position + 1].isDigit
    }
}
