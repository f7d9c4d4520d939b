// The rules for chart answers: the literal rule of ChartQA for evaluation, and a tolerant superset for
// training.

/// The two rules for numbers and short texts.
public enum ChartRule {
    /// ChartQA's relaxed accuracy, exactly as in its evaluation code (Masry and others, 2022).
    ///
    /// A trailing `%` divides by 100. Two numbers match if `|p - t| / |t| <= tolerance` in double precision.
    /// A gold of zero, or text that Python's `float` refuses, is compared as lowercase text.
    public static func literal(_ prediction: String, _ target: String, tolerance: Double = 0.05) -> Bool {
        if let p = chartFloat(prediction), let t = chartFloat(target), t != 0 {
            return abs(p - t) / abs(t) <= tolerance
        }
        return prediction.lowercased().utf8.elementsEqual(target.lowercased().utf8)
    }

    /// The training rule: it accepts all that the literal rule accepts, and reads numbers and texts as people
    /// write them.
    ///
    /// It adds 1e-9 to the tolerance, so that 1.05 is within 5 % of 1, compares with zero absolutely, and
    /// compares texts without case, surrounding signs, markup and repeated spaces; items of a list in any order.
    /// Magnitudes and units count (see ``agree(_:_:_:)``). An answer with several numbers has one only if it
    /// declares it ("3 + 39 = 42"). Golds covered by `options.exact` need the exact number.
    public static func tolerant(_ prediction: String, _ target: String) -> Bool {
        tolerant(prediction, target, ChartOptions())
    }

    /// The training rule with options of its own.
    static func tolerant(_ prediction: String, _ target: String, _ options: ChartOptions) -> Bool {
        let (answerText, goldText) = (plain(prediction), plain(target))
        let text = normalized(plain: answerText)
        if !text.isEmpty, text == normalized(plain: goldText) { return true }
        let gold = self.gold(goldText)
        let answer = self.answer(answerText)
        if let gold, isExact(gold, options.exact) { return answer?.fullValue == gold.fullValue }
        if literal(prediction, target, tolerance: options.tolerance) { return true }
        if let gold, let answer { return agree(answer, gold, options) }
        return haveSameItems(answerText, goldText)
    }

    /// The number of an answer with its magnitude ("2.5 million"), without its unit and percent sign; nil for none.
    ///
    /// It is the value of all of the answer as an expression, its only number, or the declared one: the only number
    /// after its last `=`, `:`, "is" or the like.
    public static func number(of answer: String) -> Double? { self.answer(plain(answer))?.fullValue }

    /// The number of an answer: the value of all of it as an expression, its only number, or the declared one.
    static func answer(_ bytes: [UInt8]) -> Quantity? {
        expression(bytes) ?? onlyQuantity(bytes) ?? declaredQuantity(bytes)
    }

    /// The number of a gold that is a number.
    static func gold(_ bytes: [UInt8]) -> Quantity? { expression(bytes) ?? goldQuantity(bytes) }

    /// The value of a text that is a fraction, root, power or product.
    private static func expression(_ bytes: [UInt8]) -> Quantity? {
        let signs: [StaticString] = ["\\frac", "\\sqrt", "\\surd", "\\pi", "^", "*"]
        let isFraction = bytes.indices.contains { index in
            bytes[index] == UInt8(ascii: "/") && index > 0 && bytes[index - 1].isDigit
                && index + 1 < bytes.count
                && bytes[index + 1].isDigit
        }
        guard bytes.count <= ExpressionParser.byteLimit,
            isFraction || signs.contains(where: { bytes.first($0) != nil }),
            // Dates have no value, and one number with a unit (km^2) is read with it.
            onlyQuantity(bytes) == nil, !isFraction || quantities(in: bytes, limit: 2).count == 2,
            let value = MathRule.number(of: bytes)
        else { return nil }
        return Quantity(value: value, isWhole: false, digitCount: 0, isGrouped: false, range: 0..<bytes.count)
    }

    /// Whether a number agrees with a gold's.
    ///
    /// With magnitudes on both sides (or on neither) the full values count: 2.3 billion is not 2.3 million. Where
    /// only one side has one, the bare numbers may agree too: charts have scales "in millions". Units convert
    /// (100 cm are 1 m); known units that cannot be equal are wrong; a unit may be left out. `28 %` agrees with 28
    /// and with 0.28.
    private static func agree(_ answer: Quantity, _ gold: Quantity, _ options: ChartOptions) -> Bool {
        var scale = 1.0
        if let unit = answer.unit, let goldUnit = gold.unit {
            guard unit.canEqual(goldUnit) else { return false }
            if unit.factor > 0, goldUnit.factor > 0 { scale = unit.factor / goldUnit.factor }
        }
        var pairs = [(answer.fullValue * scale, gold.fullValue)]
        if (answer.magnitude == 1) != (gold.magnitude == 1) {
            pairs.append((answer.value * scale, gold.value))
        }
        if gold.isPercent && !answer.isPercent { pairs.append((answer.fullValue * 100, gold.fullValue)) }
        if answer.isPercent && !gold.isPercent { pairs.append((answer.fullValue / 100, gold.fullValue)) }
        return pairs.contains { isClose($0, $1, options) }
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

    /// The value of Python's `float(text)`, with ChartQA's percent; nil where it raises.
    private static func chartFloat(_ text: String) -> Double? {
        var digits = text.unicodeScalars
        while digits.last == "%" { digits.removeLast() }
        let value = pythonFloat(String(digits))
        return digits.count < text.unicodeScalars.count ? value.map { $0 / 100 } : value
    }
}
