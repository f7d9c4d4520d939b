// Bytes of a terminal become keys: control characters, escape sequences of xterm and its kin, UTF-8, pasted text.

/// Reads keys from bytes that arrive in any pieces.
///
/// Sequences that mean nothing here, such as late replies to queries, are skipped whole, so that they never become
/// text. Memory is bounded except for pasted text.
public struct KeyDecoder: Sendable {
    private enum State { case ground, escape, control, shift3, string, stringEscape, paste }

    private var state = State.ground
    /// The bytes of the sequence so far.
    private var bytes: [UInt8] = []

    /// Creates a decoder that waits for a key.
    public init() {}

    /// Whether a key has begun and is not complete.
    public var isInside: Bool { state != .ground || !bytes.isEmpty }

    /// Takes one byte.
    ///
    /// - Returns: The key that it completes, or nil.
    public mutating func key(after byte: UInt8) -> Key? {
        switch state {
        case .ground: return ground(byte)
        case .escape: return escape(byte)
        case .control: return control(byte)
        case .shift3: return sequence([], byte)
        case .string:
            if byte == 0x1B { state = .stringEscape } else if byte == 7 { reset() }
            return nil
        case .stringEscape:
            if byte == UInt8(ascii: "\\") { reset() } else { state = .string }
            return nil
        case .paste: return paste(byte)
        }
    }

    /// Gives up a sequence of which nothing more came, such as a lone Escape.
    ///
    /// Pasted text goes on.
    public mutating func timeOut() { if state != .paste { reset() } }

    private mutating func reset() {
        state = .ground
        bytes = []
    }

    private mutating func ground(_ byte: UInt8) -> Key? {
        if byte == 0x1B {
            bytes = []
            state = .escape
            return nil
        }
        if byte < 0x80 {
            bytes = []
            return byte < 0x20 || byte == 0x7F
                ? Self.controls[byte] : .text(String(Unicode.Scalar(byte)))
        }
        bytes.append(byte)
        let length = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2
        guard bytes.count >= length || bytes[0] < 0xC0 else { return nil }
        // Bytes that are no character become U+FFFD.
        defer { bytes = [] }
        return .text(String(decoding: bytes, as: UTF8.self))
    }

    private mutating func escape(_ byte: UInt8) -> Key? {
        switch byte {
        case UInt8(ascii: "["): state = .control
        case UInt8(ascii: "O"): state = .shift3
        // Strings: device control, operating system, privacy, application.
        case UInt8(ascii: "P"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"): state = .string
        case 0x1B: break
        default:
            reset()
            return Self.alternates[byte]
        }
        return nil
    }

    private mutating func control(_ byte: UInt8) -> Key? {
        // The Linux console begins the sequences of function keys with two brackets.
        let isSecondBracket = byte == UInt8(ascii: "[") && bytes.isEmpty
        guard (0x40...0x7E).contains(byte), !isSecondBracket else {
            if (0x20..<0x40).contains(byte) || isSecondBracket, bytes.count < 64 {
                bytes.append(byte)
            } else {
                reset()
            }
            return nil
        }
        return sequence(bytes, byte)
    }

    /// The key of a sequence with these parameters and this last byte.
    private mutating func sequence(_ parameters: [UInt8], _ last: UInt8) -> Key? {
        reset()
        guard parameters.first != UInt8(ascii: "[") else { return nil }
        let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            Int(String(decoding: $0, as: UTF8.self)) ?? 0
        }
        if last == UInt8(ascii: "~"), numbers.first == 200 {
            state = .paste
            return nil
        }
        // Shift, Alt and Ctrl are bits of the second number less one.
        let modifiers = numbers.count > 1 ? max(numbers[1] - 1, 0) : 0
        let isWord = modifiers & 6 != 0
        switch (last, numbers.first ?? 0) {
        case (UInt8(ascii: "A"), _): return .up
        case (UInt8(ascii: "B"), _): return .down
        case (UInt8(ascii: "C"), _): return isWord ? .wordRight : .right
        case (UInt8(ascii: "D"), _): return isWord ? .wordLeft : .left
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), 1), (UInt8(ascii: "~"), 7): return .home
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), 4), (UInt8(ascii: "~"), 8): return .end
        case (UInt8(ascii: "~"), 3): return isWord ? .deleteWordAfter : .delete
        // Enter with a modifier, as xterm and kitty report it.
        case (UInt8(ascii: "u"), 13): return modifiers == 0 ? .enter : .newline
        case (UInt8(ascii: "~"), 27) where numbers.count == 3 && numbers[2] == 13: return .newline
        default: return nil
        }
    }

    private mutating func paste(_ byte: UInt8) -> Key? {
        bytes.append(byte)
        guard byte == UInt8(ascii: "~"), bytes.suffix(6).elementsEqual("\u{1B}[201~".utf8) else { return nil }
        let text = String(decoding: bytes.dropLast(6), as: UTF8.self)
        reset()
        return .paste(text)
    }

    private static let controls: [UInt8: Key] = [
        1: .home, 2: .left, 3: .interrupt, 4: .endOfInput, 5: .end, 6: .right, 8: .backspace, 10: .enter,
        11: .deleteToEnd, 12: .clearScreen, 13: .enter, 14: .down, 16: .up, 21: .deleteToStart,
        23: .deleteWordBefore, 25: .yank, 26: .suspend, 0x7F: .backspace,
    ]

    private static let alternates: [UInt8: Key] = [
        10: .newline, 13: .newline, 8: .deleteWordBefore, 0x7F: .deleteWordBefore,
        UInt8(ascii: "b"): .wordLeft, UInt8(ascii: "f"): .wordRight, UInt8(ascii: "d"): .deleteWordAfter,
    ]
}
