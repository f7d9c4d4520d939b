// Reads the characters of a JSON string: UTF-8 without errors, and escapes.

/// Where reading is inside the characters of a string.
struct CharacterPlace: Hashable, Sendable {
    private enum Inside: Hashable, Sendable {
        case nothing
        /// Further bytes of a character; the next is in the range.
        case character(rest: Int, low: UInt8, high: UInt8)
        case escape
        /// Further hexadecimal digits; the second of D800 to DFFF is refused: such escapes need a partner.
        case hexadecimal(rest: Int, isAfterD: Bool)
    }

    /// What a byte did.
    enum Step: Equatable {
        /// A character began, which counts.
        case began
        /// The character went on.
        case went
        /// The closing quote.
        case closed
        case refused
    }

    private var inside = Inside.nothing

    /// The place at the beginning of a character.
    init() {}

    /// Whether a character is complete here.
    var isBetween: Bool { inside == .nothing }

    /// Reads a byte.
    mutating func read(_ byte: UInt8, allowsEscapes: Bool) -> Step {
        switch inside {
        case .nothing: return begin(byte, allowsEscapes)
        case .character(let rest, let low, let high):
            guard (low...high).contains(byte) else { return .refused }
            inside = rest > 1 ? .character(rest: rest - 1, low: 0x80, high: 0xBF) : .nothing
        case .escape:
            switch byte {
            case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: inside = .nothing
            case 0x75: inside = .hexadecimal(rest: 4, isAfterD: false)
            default: return .refused
            }
        case .hexadecimal(let rest, let isAfterD):
            let isDigit = (0x30...0x39).contains(byte)
            guard isDigit || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) else {
                return .refused
            }
            if isAfterD, !(0x30...0x37).contains(byte) { return .refused }
            let isD = rest == 4 && byte | 0x20 == 0x64
            inside = rest > 1 ? .hexadecimal(rest: rest - 1, isAfterD: isD) : .nothing
        }
        return .went
    }

    private mutating func begin(_ byte: UInt8, _ allowsEscapes: Bool) -> Step {
        switch byte {
        case 0x22: return .closed
        case 0x5C:
            guard allowsEscapes else { return .refused }
            inside = .escape
        case 0x20...0x7F: break
        case 0xC2...0xDF: inside = .character(rest: 1, low: 0x80, high: 0xBF)
        case 0xE0: inside = .character(rest: 2, low: 0xA0, high: 0xBF)
        case 0xED: inside = .character(rest: 2, low: 0x80, high: 0x9F)
        case 0xE1...0xEF: inside = .character(rest: 2, low: 0x80, high: 0xBF)
        case 0xF0: inside = .character(rest: 3, low: 0x90, high: 0xBF)
        case 0xF4: inside = .character(rest: 3, low: 0x80, high: 0x8F)
        case 0xF1...0xF3: inside = .character(rest: 3, low: 0x80, high: 0xBF)
        default: return .refused
        }
        return .began
    }
}
