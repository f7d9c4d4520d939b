// The kinds of scalars that the split into words distinguishes.

/// The classes of the split pattern: `\p{L}`, `\p{N}`, `[\r\n]`, other `\s`, and the rest.
///
/// Letters newer than the Unicode tables of the reference implementation are letters here and "other" there.
enum ScalarKind: UInt8 {
    case letter, number, newline, space, other

    init(ascii: UInt8) {
        switch ascii {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        case 0x0A, 0x0D: self = .newline
        case 0x09, 0x0B, 0x0C, 0x20: self = .space
        default: self = .other
        }
    }

    /// The kind of any scalar, from a table below U+10000.
    init(_ value: UInt32) {
        self = value < 0x1_0000 ? Self.table[Int(value)] : Self(computed: value)
    }

    private static let table = (0..<0x1_0000).map { Self(computed: UInt32($0)) }

    private init(computed value: UInt32) {
        guard let properties = Unicode.Scalar(value)?.properties else {
            self = .other
            return
        }
        if value < 0x80 {
            self.init(ascii: UInt8(value))
            return
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .number
        default: self = properties.isWhitespace ? .space : .other
        }
    }
}
