// Reads regular expressions of the common kind: characters, classes, groups, alternation, repetition, anchors.
//
// The syntax is that of ECMA-262, which JSON Schema names. Look-around, back references and word borders are not
// regular or not local, and are refused.

/// Reads one pattern.
struct PatternReader {
    private static let deepest = 50
    private static let mostRepetitions = 1000

    private let text: [Unicode.Scalar]
    private var at = 0
    private var depth = 0

    /// Reads a pattern; throws what is not supported and where.
    static func read(_ text: String) throws(MachineError) -> Pattern {
        var reader = PatternReader(text: Array(text.unicodeScalars))
        let pattern = try reader.choice()
        guard reader.peek == nil else { throw reader.problem("a ')' without '('") }
        return pattern
    }

    private init(text: [Unicode.Scalar]) { self.text = text }

    private var peek: Unicode.Scalar? { at < text.count ? text[at] : nil }

    private func problem(_ what: String) -> MachineError {
        MachineError("is not a supported pattern: \(what) at character \(at + 1)")
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        at += 1
        return true
    }

    private mutating func choice() throws(MachineError) -> Pattern {
        guard depth < Self.deepest else { throw problem("groups nested deeper than \(Self.deepest)") }
        depth += 1
        defer { depth -= 1 }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(MachineError) -> Pattern {
        var parts: [Pattern] = []
        while let scalar = peek, scalar != "|", scalar != ")" { parts.append(try repeated()) }
        return .sequence(parts)
    }

    private mutating func repeated() throws(MachineError) -> Pattern {
        let part = try atom()
        let least: Int
        let most: Int?
        switch peek {
        case "*": (least, most) = (0, nil)
        case "+": (least, most) = (1, nil)
        case "?": (least, most) = (0, 1)
        case "{":
            at += 1
            (least, most) = try bounds()
        default: return part
        }
        at += 1
        // Which of several matches is found first does not matter here.
        _ = take("?")
        switch part {
        case .start, .end: throw problem("a repeated anchor")
        default: break
        }
        if let next = peek, next == "*" || next == "+" || next == "?" || next == "{" {
            throw problem("a repetition of a repetition")
        }
        return .repeated(part, least: least, most: most)
    }

    /// The numbers of `{n}`, `{n,}` or `{n,m}`; leaves the closing brace.
    private mutating func bounds() throws(MachineError) -> (Int, Int?) {
        let least = try number()
        var most: Int? = least
        if take(",") { most = peek == "}" ? nil : try number() }
        guard peek == "}" else { throw problem("expected '}' after a repetition") }
        if let most, most < least { throw problem("a repetition from \(least) to \(most)") }
        return (least, most)
    }

    private mutating func number() throws(MachineError) -> Int {
        let start = at
        while let scalar = peek, ("0"..."9").contains(scalar) { at += 1 }
        let digits = String(String.UnicodeScalarView(text[start..<at]))
        guard let value = Int(digits), value <= Self.mostRepetitions else {
            throw problem("expected a number of repetitions up to \(Self.mostRepetitions)")
        }
        return value
    }

    private mutating func atom() throws(MachineError) -> Pattern {
        guard let scalar = peek else { throw problem("expected a character") }
        switch scalar {
        case "^":
            at += 1
            return .start
        case "$":
            at += 1
            return .end
        case "(": return try group()
        case "[":
            at += 1
            return .set(try characterClass())
        case ".":
            at += 1
            return .set(CharacterSets.complement([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029]))
        case "\\":
            at += 1
            return .set(try escape(inClass: false))
        case "*", "+", "?", "{": throw problem("a repetition of nothing")
        case "}", "]": throw problem("an unescaped '\(scalar)'")
        default:
            at += 1
            return .set([scalar.value...scalar.value])
        }
    }

    private mutating func group() throws(MachineError) -> Pattern {
        at += 1
        if take("?") {
            guard take(":") else {
                throw problem("a group that begins with '(?' and is not '(?:', such as look-ahead,")
            }
        }
        let body = try choice()
        guard take(")") else { throw problem("expected ')'") }
        return body
    }

    private mutating func characterClass() throws(MachineError) -> TextGraph.Characters {
        let isNegated = take("^")
        var set: TextGraph.Characters = []
        while !take("]") {
            guard let scalar = peek else { throw problem("expected ']'") }
            let low = try member(scalar)
            guard peek == "-", at + 1 < text.count, text[at + 1] != "]" else {
                set += low
                continue
            }
            at += 1
            let high = try member(text[at])
            guard low.count == 1, high.count == 1, low[0].count == 1, high[0].count == 1,
                low[0].lowerBound <= high[0].lowerBound
            else { throw problem("a range of characters that does not ascend") }
            set.append(low[0].lowerBound...high[0].lowerBound)
        }
        let result = isNegated ? CharacterSets.complement(set) : set
        guard !result.isEmpty else { throw problem("an empty class") }
        return result
    }

    private mutating func member(_ scalar: Unicode.Scalar) throws(MachineError) -> TextGraph.Characters {
        at += 1
        return scalar == "\\" ? try escape(inClass: true) : [scalar.value...scalar.value]
    }

    private mutating func escape(inClass: Bool) throws(MachineError) -> TextGraph.Characters {
        guard let scalar = peek else { throw problem("expected a character after '\\'") }
        at += 1
        func one(_ value: UInt32) -> TextGraph.Characters { [value...value] }
        switch scalar {
        case "d": return CharacterSets.digits
        case "D": return CharacterSets.complement(CharacterSets.digits)
        case "w": return CharacterSets.word
        case "W": return CharacterSets.complement(CharacterSets.word)
        case "s": return CharacterSets.space
        case "S": return CharacterSets.complement(CharacterSets.space)
        case "t": return one(0x09)
        case "n": return one(0x0A)
        case "v": return one(0x0B)
        case "f": return one(0x0C)
        case "r": return one(0x0D)
        case "b" where inClass: return one(0x08)
        case "x": return one(try hexadecimal(2))
        case "u": return one(try hexadecimal(4))
        case let mark where !mark.properties.isAlphabetic && !("0"..."9").contains(mark):
            return one(mark.value)
        default:
            throw problem("the escape '\\\(scalar)'")
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(MachineError) -> UInt32 {
        guard at + count <= text.count,
            let value = UInt32(String(String.UnicodeScalarView(text[at..<at + count])), radix: 16),
            Unicode.Scalar(value) != nil
        else { throw problem("expected \(count) hexadecimal digits of a character") }
        at += count
        return value
    }
}

/// The sets that patterns name, as ECMA-262 defines them.
enum CharacterSets {
    static let digits: TextGraph.Characters = [0x30...0x39]
    static let word: TextGraph.Characters = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let space: TextGraph.Characters = [
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ]

    /// Every character that is not in the set.
    static func complement(_ set: TextGraph.Characters) -> TextGraph.Characters {
        var (result, next): (TextGraph.Characters, UInt32) = ([], 0)
        for range in set.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        return next <= 0x10FFFF ? result + [next...0x10FFFF] : result
    }
}
