// Keys that are compared by their first bytes before they are compared whole: nearly all keys differ there, and
// comparing two numbers is many times as fast as comparing two texts.

/// A key of an object, prepared for many searches.
public struct JSONKey: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The key.
    public let text: String
    /// The first four bytes of the key when all of them are ASCII; 0 for other keys.
    let start: UInt32

    /// Prepares a key.
    public init(_ text: String) {
        self.text = text
        start =
            text.utf8.withContiguousStorageIfAvailable { bytes in
                var start: UInt32 = 0
                for byte in bytes.prefix(4) {
                    guard byte < 0x80 else { return 0 }
                    start = start << 8 | UInt32(byte)
                }
                return start
            } ?? 0
    }

    /// Prepares a key.
    public init(stringLiteral text: String) { self.init(text) }

    /// Whether two keys are the same text.
    ///
    /// Texts with other ASCII letters at their start are not equal, whatever follows: accents only change what is after
    /// a letter.
    public static func == (left: JSONKey, right: JSONKey) -> Bool {
        (left.start == right.start || left.start == 0 || right.start == 0) && left.text == right.text
    }

    /// Adds the text to a hash.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
