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
        let bytes = Array(gold.utf8)
        if isLetter(bytes) { return .mcq }
        if isNumber(bytes) { return .chart }
        if isYesOrNo(gold) { return .yorn }
        if isBoxes(gold, bytes) { return .grounding }
        return isExpression(gold, bytes) ? .math : .open
    }

    /// "B", "(B)", "B.", "B: text", "(B) text".
    private static func isLetter(_ gold: [UInt8]) -> Bool {
        let isOpen = gold.first == UInt8(ascii: "(")
        let start = isOpen ? 1 : 0
        guard gold.count > start, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(gold[start]) else {
            return false
        }
        guard gold.count > start + 1 else { return !isOpen }
        let mark = gold[start + 1]
        if mark == UInt8(ascii: ")") { return true }
        guard !isOpen, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ":") else { return false }
        return gold.count == 2 || gold[2] == 0x20
    }

    private static let yesAndNo: Set<String> = [
        "yes", "no", "true", "false", "是", "否", "对", "不对", "有", "没有",
    ]

    private static func isYesOrNo(_ gold: String) -> Bool {
        guard gold.utf8.count <= 12 else { return false }
        var word = gold.lowercased()
        if word.hasSuffix(".") || word.hasSuffix("。") { word.removeLast() }
        return yesAndNo.contains(word)
    }

    /// Four numbers in a list, lists of them, or an object with a box.
    private static func isBoxes(_ gold: String, _ bytes: [UInt8]) -> Bool {
        if gold.holds("bbox_2d") || gold.holds("\"bbox") || gold.holds("<box>") || gold.holds("<|box_start|>")
        {
            return true
        }
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]") else { return false }
        let inner = bytes.filter { !"[] \n\t".utf8.contains($0) }
        let numbers = inner.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let isNested = bytes.dropFirst().first { !" \n\t".utf8.contains($0) } == UInt8(ascii: "[")
        return numbers.count % 4 == 0 && !numbers.isEmpty && (numbers.count == 4 || isNested)
            && numbers.allSatisfy { Double(String(decoding: $0, as: UTF8.self)) != nil }
    }

    /// A number with a sign, groups of thousands, a percent sign, a currency or a short unit.
    private static func isNumber(_ gold: [UInt8]) -> Bool {
        var start = 0
        for sign in ["$", "€", "£", "¥"] where gold.starts(with: sign.utf8) { start = sign.utf8.count }
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        var place = start
        if place < gold.count, gold[place] == UInt8(ascii: "-") || gold[place] == UInt8(ascii: "+") {
            place += 1
        }
        var digits: [UInt8] = []
        var points = 0
        while place < gold.count {
            let byte = gold[place]
            if isDigit(byte) {
                digits.append(byte)
            } else if byte == UInt8(ascii: "."), points == 0, place + 1 < gold.count, isDigit(gold[place + 1])
            {
                points += 1
            } else if byte != UInt8(ascii: ",") || digits.isEmpty || points > 0 || place + 1 >= gold.count
                || !isDigit(gold[place + 1])
            {
                break
            }
            place += 1
        }
        guard !digits.isEmpty else { return false }
        if place < gold.count, gold[place] | 0x20 == UInt8(ascii: "e") {
            let exponent = gold[(place + 1)...]
            let unsigned =
                exponent.first.map { "+-".utf8.contains($0) } ?? false ? exponent.dropFirst() : exponent
            if !unsigned.isEmpty, unsigned.allSatisfy(isDigit) { return true }
        }
        var unit = gold[place...].drop { $0 == 0x20 }
        while unit.last == 0x20 { unit = unit.dropLast() }
        guard !unit.isEmpty else { return true }
        guard unit.count <= 12, unit.first != UInt8(ascii: "/") else { return false }
        return String(decoding: unit, as: UTF8.self).allSatisfy {
            $0.isLetter || "%°²³/".contains($0) || $0 == " "
        }
    }

    private static let functions: Set<String> = ["sqrt", "sin", "cos", "tan", "log", "ln", "exp", "pi"]

    /// LaTeX, or a short text of digits, letters of one name, and operators.
    private static func isExpression(_ gold: String, _ bytes: [UInt8]) -> Bool {
        if bytes.contains(UInt8(ascii: "\\")) || gold.contains("√") || gold.contains("π") { return true }
        guard bytes.count <= 60, bytes.allSatisfy({ $0 < 128 }),
            bytes.contains(where: { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "=") }),
            bytes.contains(where: { "+-*/^=(),[]".utf8.contains($0) })
        else { return false }
        return gold.split { !$0.isLetter }.allSatisfy { $0.count <= 2 || functions.contains(String($0)) }
    }
}
