// A text without the markup of LaTeX and Markdown that changes its look only.

/// The folded bytes of a text without markup: `\text{B}`, `\mathbf{B}`, `**B**` and `$B$` become `B`.
///
/// `12{,}345` and `12\,345` become `12,345` and `12345`, `60^\circ` becomes `60°`, `\dfrac` becomes `\frac`,
/// `\times` becomes `*`. Commands with a meaning (`\frac`, `\sqrt`, `\pi`, ...) stay. Linear in the text.
func plain(_ text: String) -> [UInt8] {
    var reader = PlainTextReader(bytes: folded(text))
    return reader.read()
}

private struct PlainTextReader {
    let bytes: [UInt8]
    private var position = 0
    private var result: [UInt8] = []
    /// For each open brace whether its closing brace is dropped.
    private var braces: [Bool] = []
    /// Whether a dollar sign that begins a formula was dropped.
    private var isInFormula = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Commands whose argument is the text itself.
    private static let wrappers: Set<String> = [
        "text", "textbf", "textit", "textrm", "textsf", "texttt", "textnormal", "mathrm", "mathbf", "mathit",
        "mathsf", "mathtt", "mathbb", "operatorname", "mbox", "hbox", "boldsymbol", "bm", "bf", "rm", "boxed",
        "fbox", "underline", "emph",
    ]
    /// Commands that change the look only.
    private static let dropped: Set<String> = [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle",
        "textstyle", "limits", "mathopen", "mathclose",
    ]
    private static let renamed: [String: String] = [
        "dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "times": "*", "cdot": "*", "ast": "*",
        "div": "/", "leq": "\\le", "geq": "\\ge", "leqslant": "\\le", "geqslant": "\\ge", "degree": "\u{B0}",
        "circ": "\u{B0}", "quad": " ", "qquad": " ", "thinspace": " ", "lbrace": "\\{", "rbrace": "\\}",
        "simeq": "\\approx", "lt": "<", "gt": ">", "percent": "%",
    ]

    mutating func read() -> [UInt8] {
        result.reserveCapacity(bytes.count)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): command()
            case UInt8(ascii: "{"): openBrace()
            case UInt8(ascii: "}"):
                if braces.popLast() != true { result.append(UInt8(ascii: "}")) }
                position += 1
            case UInt8(ascii: "$"): dollar()
            case UInt8(ascii: "*"): star()
            case UInt8(ascii: "~"):
                result.append(0x20)
                position += 1
            default:
                result.append(bytes[position])
                position += 1
            }
        }
        return result
    }

    private mutating func openBrace() {
        if bytes.has("{,}", at: position) {
            result.append(UInt8(ascii: ","))
            position += 3
            return
        }
        braces.append(false)
        result.append(UInt8(ascii: "{"))
        position += 1
    }

    private mutating func command() {
        let start = position + 1
        var end = start
        while end < bytes.count, bytes[end].isASCIILetter { end += 1 }
        guard end > start else { return sign(start) }
        // Names beyond the longest known one are no commands that matter here.
        let name = end - start <= 16 ? bytes.text(start..<end) : ""
        position = end
        if Self.wrappers.contains(name) {
            var open = end
            while open < bytes.count, bytes[open] == 0x20 { open += 1 }
            if open < bytes.count, bytes[open] == UInt8(ascii: "{") {
                braces.append(true)
                position = open + 1
            }
        } else if Self.dropped.contains(name) {
            return
        } else if let other = Self.renamed[name] {
            if other == "\u{B0}" { dropRaise() }
            result += Array(other.utf8)
        } else {
            result += bytes[(start - 1)..<end]
        }
    }

    /// `^\circ` and `^{\circ}` are a degree sign; the raising goes.
    private mutating func dropRaise() {
        if result.last == UInt8(ascii: "{"), braces.last == false {
            result.removeLast()
            braces[braces.count - 1] = true
        }
        if result.last == UInt8(ascii: "^") { result.removeLast() }
    }

    /// A backslash before a sign.
    private mutating func sign(_ next: Int) {
        position = min(next + 1, bytes.count)
        guard next < bytes.count else { return }
        switch bytes[next] {
        case UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: ";"), UInt8(ascii: ":"), 0x20:
            // Between digits a thin space groups them.
            let groups =
                result.last?.isDigit == true && next + 1 < bytes.count && bytes[next + 1].isDigit
                && bytes[next] != 0x20
            if !groups && bytes[next] != UInt8(ascii: "!") { result.append(0x20) }
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"):
            result.append(0x20)
        case UInt8(ascii: "{"), UInt8(ascii: "}"): result += [UInt8(ascii: "\\"), bytes[next]]
        default: result.append(bytes[next])
        }
    }

    /// A dollar sign begins a formula before a character that is no space, if the next one ends it after a
    /// character that is no space and before no digit (Pandoc's rule); else it is a currency.
    private mutating func dollar() {
        let start = position
        while position < bytes.count, bytes[position] == UInt8(ascii: "$") { position += 1 }
        if isInFormula {
            isInFormula = false
            return
        }
        if position < bytes.count, !bytes[position].isSpace, let end = nextDollar(from: position),
            !bytes[end - 1].isSpace, end + 1 == bytes.count || !bytes[end + 1].isDigit
        {
            isInFormula = true
        } else {
            result += bytes[start..<position]
        }
    }

    /// Where the next dollar sign is; known ahead, so that many unpaired signs stay linear.
    private mutating func nextDollar(from start: Int) -> Int? {
        if nextDollars == nil {
            var next: [Int] = []
            next.reserveCapacity(8)
            for (index, byte) in bytes.enumerated()
            where byte == UInt8(ascii: "$") && (index == 0 || bytes[index - 1] != UInt8(ascii: "\\")) {
                next.append(index)
            }
            nextDollars = next
        }
        while let first = nextDollars?.dropFirst(dollarIndex).first, first < start { dollarIndex += 1 }
        return nextDollars?.dropFirst(dollarIndex).first
    }

    private var nextDollars: [Int]?
    private var dollarIndex = 0

    /// `**` is emphasis unless it is between two operands, where it is a power.
    private mutating func star() {
        guard bytes.has("**", at: position) else {
            result.append(UInt8(ascii: "*"))
            position += 1
            return
        }
        let before = position > 0 ? bytes[position - 1] : 0x20
        var after = position + 2
        while after < bytes.count, bytes[after] == UInt8(ascii: "*") { after += 1 }
        let next = after < bytes.count ? bytes[after] : 0x20
        let isPower =
            after == position + 2 && (before.isDigit || before.isASCIILetter || before == UInt8(ascii: ")"))
            && (next.isDigit || next == UInt8(ascii: "(") || next == UInt8(ascii: "-"))
        if isPower { result.append(UInt8(ascii: "^")) }
        position = after
    }
}
