// The text of an answer while it grows: bytes that may begin a stop string are held back.
internal import Tokenizer

/// Turns tokens into bytes and looks for the stop strings.
struct AnswerText {
    private var decoder: StreamingBytes?
    private let stops: [[UInt8]]
    private var held: [UInt8] = []

    /// The text at the start of an answer; without a tokenizer there is none.
    init(_ tokenizer: Tokenizer?, stops: [String]) {
        decoder = tokenizer.map(StreamingBytes.init)
        self.stops = stops.map { Array($0.utf8) }
    }

    /// Takes a token.
    ///
    /// - Returns: The bytes that are certain now, and whether a stop string ended the text before it.
    mutating func append(_ id: Int32) -> (bytes: [UInt8], isStopped: Bool) {
        let new = decoder?.append(id) ?? []
        guard !stops.isEmpty else { return (new, false) }
        held += new
        if let end = held.indices.first(where: { at in stops.contains { held[at...].starts(with: $0) } }) {
            defer { held = [] }
            return (Array(held[..<end]), true)
        }
        // The rest may begin a stop string.
        let start =
            held.indices.first { at in stops.contains { $0.starts(with: held[at...]) } } ?? held.endIndex
        defer { held.removeFirst(start) }
        return (Array(held[..<start]), false)
    }

    /// The bytes that were held back.
    mutating func finish() -> [UInt8] {
        defer { held = [] }
        return held
    }
}
