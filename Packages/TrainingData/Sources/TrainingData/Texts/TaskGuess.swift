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
        guard golds.count != 1 else { return guess(GoldText(golds[0]).core) }
        let tasks = golds.map { guess(GoldText($0).core) }
        guard let first = tasks.first else { return .open }
        if tasks.allSatisfy({ $0 == first }) { return first }
        return tasks.allSatisfy({ $0 == .chart || $0 == .math }) ? .math : .open
    }

    private static func guess(_ gold: String) -> Sample.Task {
        var gold = gold
        return gold.withUTF8 { bytes in
            if isLetter(bytes) { return .mcq }
            if isNumber(bytes) { return .chart }
            if isYesOrNo(bytes) { return .yorn }
            if isBoxes(bytes) { return .grounding }
            return isExpression(bytes) ? .math : .open
        }
    }

    /// The bytes of a gold.
    private typealias Bytes = UnsafeBufferPointer<UInt8>

    /// "B", "(B)", "B.", "B: text", "(B) text".
    private static func isLetter(_ gold: Bytes) -> Bool {
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

    private static let chinese: Set<String> = ["是", "否", "对", "不对", "有", "没有"]

    private static func isYesOrNo(_ gold: Bytes) -> Bool {
        guard gold.count <= 12, let first = gold.first else { return false }
        guard first >= 0x80 else {
            let hasPoint = gold.last == UInt8(ascii: ".")
            let hasWidePoint = gold.count > 3 && gold[(gold.count - 3)...].elementsEqual("。".utf8)
            let count = gold.count - (hasPoint ? 1 : hasWidePoint ? 3 : 0)
            func isWord(_ word: StaticString) -> Bool {
                word.utf8CodeUnitCount == count
                    && (0..<count).allSatisfy { gold[$0] | 0x20 == word.utf8Start[$0] }
            }
            return isWord("yes") || isWord("no") || isWord("true") || isWord("false")
        }
        var word = String(decoding: gold, as: UTF8.self)
        if word.hasSuffix(".") || word.hasSuffix("。") { word.removeLast() }
        return chinese.contains(word)
    }

    /// Four numbers in a list, lists of them, or an object with a box.
    private static func isBoxes(_ bytes: Bytes) -> Bool {
        if holds(bytes, "bbox_2d") || holds(bytes, "\"bbox") || holds(bytes, "<box>")
            || holds(bytes, "<|box_start|>")
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

    private static let currencies: [StaticString] = ["$", "€", "£", "¥"]

    /// A number with a sign, groups of thousands, a percent sign, a currency or a short unit.
    private static func isNumber(_ gold: Bytes) -> Bool {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        var place = 0
        if let first = gold.first, first == UInt8(ascii: "$") || first >= 0x80 {
            place = currencies.first { starts(gold, at: 0, with: $0) }?.utf8CodeUnitCount ?? 0
        }
        if place < gold.count, gold[place] == UInt8(ascii: "-") || gold[place] == UInt8(ascii: "+") {
            place += 1
        }
        var (digits, points) = (0, 0)
        while place < gold.count {
            let byte = gold[place]
            if isDigit(byte) {
                digits += 1
            } else if byte == UInt8(ascii: "."), points == 0, place + 1 < gold.count, isDigit(gold[place + 1])
            {
                points += 1
            } else if byte != UInt8(ascii: ",") || digits == 0 || points > 0 || place + 1 >= gold.count
                || !isDigit(gold[place + 1])
            {
                break
            }
            place += 1
        }
        guard digits > 0 else { return false }
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
    private static func isExpression(_ bytes: Bytes) -> Bool {
        if holds(bytes, "\\") || holds(bytes, "√") || holds(bytes, "π") { return true }
        guard bytes.count <= 60, bytes.allSatisfy({ $0 < 128 }),
            bytes.contains(where: { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "=") }),
            bytes.contains(where: { isOne($0, of: "+-*/^=(),[]") })
        else { return false }
        let words = bytes.split { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
        return words.allSatisfy { $0.count <= 2 || functions.contains(String(decoding: $0, as: UTF8.self)) }
    }
}
