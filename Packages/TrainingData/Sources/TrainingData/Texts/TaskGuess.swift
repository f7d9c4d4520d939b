// The task of a row that names none, by its gold. docs/data-layouts.md has the rule in words.

extension Sample.Task {
    /// The task that fits a gold.
    ///
    /// Options or a gold that is a letter: `mcq`. Yes or no: `yorn`. Boxes: `grounding`. A number: `chart`. An
    /// expression: `math`. Anything else: `open`. All golds must agree; else the row is `open`.
    ///
    /// - Parameters:
    ///   - golds: The golds as texts.
    ///   - options: Whether the row has options.
    ///   - boxes: Whether the row has gold boxes.
    /// - Returns: The task.
    static func guess(golds: [String], options: Bool, boxes: Bool) -> Sample.Task {
        if options { return .mcq }
        if boxes { return .grounding }
        let tasks = golds.map { guess(GoldText($0).core) }
        guard let first = tasks.first else { return .open }
        if tasks.allSatisfy({ $0 == first }) { return first }
        return tasks.allSatisfy({ $0 == .chart || $0 == .math }) ? .math : .open
    }

    private static func guess(_ gold: String) -> Sample.Task {
        if isLetter(gold) { return .mcq }
        if isYesOrNo(gold) { return .yorn }
        if isBoxes(gold) { return .grounding }
        if isNumber(gold) { return .chart }
        return isExpression(gold) ? .math : .open
    }

    /// "B", "(B)", "B.", "B: text", "(B) text".
    private static func isLetter(_ gold: String) -> Bool {
        var bytes = Array(gold.utf8)[...]
        let isOpen = bytes.first == UInt8(ascii: "(")
        if isOpen { bytes = bytes.dropFirst() }
        guard let letter = bytes.popFirst(), (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) else {
            return false
        }
        guard let mark = bytes.first else { return !isOpen }
        if mark == UInt8(ascii: ")") { return true }
        return !isOpen && ".:".utf8.contains(mark) && (bytes.count == 1 || bytes.dropFirst().first == 0x20)
    }

    private static func isYesOrNo(_ gold: String) -> Bool {
        var word = gold.lowercased()
        if word.hasSuffix(".") || word.hasSuffix("。") { word.removeLast() }
        return ["yes", "no", "true", "false", "是", "否", "对", "不对", "有", "没有"].contains(word)
    }

    /// Four numbers in a list, lists of them, or an object with a box.
    private static func isBoxes(_ gold: String) -> Bool {
        if gold.contains("bbox") || gold.contains("<box>") || gold.contains("<|box_start|>") { return true }
        guard gold.hasPrefix("["), gold.hasSuffix("]") else { return false }
        let inner = gold.utf8.filter { !"[] \n\t".utf8.contains($0) }
        let numbers = inner.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let isNested = gold.dropFirst().drop(while: \.isWhitespace).hasPrefix("[")
        return numbers.count % 4 == 0 && !numbers.isEmpty && (numbers.count == 4 || isNested)
            && numbers.allSatisfy { Double(String(decoding: $0, as: UTF8.self)) != nil }
    }

    /// A number with a sign, groups of thousands, a percent sign, a currency or a short unit.
    private static func isNumber(_ gold: String) -> Bool {
        var text = gold[...]
        if let first = text.first, "$€£¥".contains(first) { text = text.dropFirst() }
        let number = text.prefix { $0.isASCII && ($0.isNumber || "+-.,eE".contains($0)) }
        guard number.contains(where: \.isNumber), number.first?.isLetter == false,
            Double(number.filter { $0 != "," }) != nil
        else { return false }
        let unit = String(text.dropFirst(number.count)).trimmingSpace()
        return unit.utf8.count <= 12 && unit.allSatisfy { $0.isLetter || "%°²³/".contains($0) || $0 == " " }
            && !unit.hasPrefix("/")
    }

    /// LaTeX, or a short text of digits, letters of one name, and operators.
    private static func isExpression(_ gold: String) -> Bool {
        if gold.contains("\\") || gold.contains("√") || gold.contains("π") { return true }
        guard gold.utf8.count <= 60, gold.contains(where: \.isNumber) || gold.contains("=") else {
            return false
        }
        guard gold.contains(where: { "+-*/^=(),[]".contains($0) }) else { return false }
        let words = gold.split { !$0.isLetter }
        return words.allSatisfy {
            $0.count <= 2 || ["sqrt", "sin", "cos", "tan", "log", "ln", "exp", "pi"].contains($0)
        }
            && gold.allSatisfy { $0.isASCII }
    }
}
