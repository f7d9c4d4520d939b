// Random outputs under a grammar, over a small vocabulary with awkward tokens.
import ConstrainedOutput
import StrictJSON
import Testing

/// Every single byte, tokens across borders of values, parts of characters, and an end token without text.
enum Vocabulary {
    static let texts: [[UInt8]] =
        (0...255).map { [UInt8($0)] }
        + [
            "\", \"", "\":", "\": ", "\",\"", "\"}", "\"]", "]}", "}}", "}]", "], [", "[[", "{\"", "[\"",
            "[{\"",
            "true", "false", "null", "tru", "12", "00", "-1", "0.", ".5", "999", "1,", "1]", "1}", "\\\"",
            "\\u00",
            "\\n", "ab", "name", "name\":", "\"name\": ", "ü", "größe", "red", "een\"", "fixed\"", "   ",
            "a\":1",
            "\"a\":", "\"ab\": [", "k", ", ", ": ", "\"\"", "\"\",\"",
        ].map { Array($0.utf8) } + [[0xC3], [0xA9, 0x22], [0xE2, 0x82], [0xF0, 0x9F], [0x98, 0x80]]
    static let end = Int32(texts.count)
    static let tokens = TokenBytes(idCount: texts.count + 2, endIDs: [end]) { id in
        id < end ? texts[Int(id)] : nil
    }
}

/// Walks at random until the output ends.
///
/// After `patience` tokens it prefers tokens that close something.
func randomOutput(
    _ grammar: OutputGrammar, _ random: inout SeededNumbers, patience: Int, checksMasks: Bool
) throws -> String {
    var state = OutputState(grammar)
    var bytes: [UInt8] = []
    let closing = [Vocabulary.end] + "}]\"".utf8.map { Int32($0) }
    for step in 0..<2000 {
        let allowed = state.allowed
        if checksMasks, step < 12 { expectExact(allowed, state) }
        let ids = allowed.ids
        var id = try #require(
            ids.randomElement(using: &random), "a dead end after \(String(decoding: bytes, as: UTF8.self))")
        if step > patience, Bool.random(using: &random),
            let closer = closing.filter(allowed.contains).randomElement(using: &random)
        {
            id = closer
        }
        #expect(allowed.contains(Vocabulary.end) == state.isComplete)
        if id == Vocabulary.end { return String(decoding: bytes, as: UTF8.self) }
        bytes += Vocabulary.texts[Int(id)]
        state.accept(id)
    }
    Issue.record("no end after 2000 tokens: \(String(decoding: bytes, as: UTF8.self))")
    return ""
}

/// A mask has exactly the tokens after which something is allowed.
private func expectExact(_ allowed: IDSet, _ state: OutputState) {
    for id in 0..<Vocabulary.end {
        var next = state
        next.accept(id)
        if allowed.contains(id) != next.isAlive {
            Issue.record("the mask says \(allowed.contains(id)) for \(Vocabulary.texts[Int(id)])")
            return
        }
    }
}
