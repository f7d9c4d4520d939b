// Large inputs: time must grow about linearly, whatever the text. The limits hold in debug builds on a slow
// machine; a quadratic step would miss them by far.
import TestKit
import Testing

@testable import Tokenizer

@Suite("Scale", .serialized)
struct ScaleTests {
    enum Shape: String, CaseIterable, CustomTestStringConvertible {
        case oneLetter, spaces, lineBreaks, lessThanSigns, random, marks, tibetanMarks, words
        var testDescription: String { rawValue }

        /// About 250,000 bytes of text.
        var text: String {
            let size = 250_000
            switch self {
            case .oneLetter: return String(repeating: "a", count: size)
            case .spaces: return String(repeating: " ", count: size) + "x"
            case .lineBreaks: return String(repeating: " \n", count: size / 2)
            case .lessThanSigns: return String(repeating: "<", count: size)
            case .random:
                var generator = SeededGenerator(state: 3)
                let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
                return String(decoding: bytes, as: UTF8.self)
            case .marks: return "a" + String(repeating: "\u{301}\u{323}", count: size / 4)
            case .tibetanMarks: return "a" + String(repeating: "\u{F73}\u{F81}\u{F75}", count: size / 9)
            case .words: return String(repeating: "The quick brown fox; 漢字 naïve. ", count: size / 35)
            }
        }
    }

    @Test("A quarter of a megabyte is encoded within seconds, whatever it holds", arguments: Shape.allCases)
    func largeText(_ shape: Shape) throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        let text = shape.text
        let clock = ContinuousClock()
        let start = clock.now
        let ids = tokenizer.encode(text, specialTokens: .parsed)
        #expect(clock.now - start < .seconds(10))
        let composed = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) }
        #expect(Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8) == composed)
    }

    @Test("The large tokenizer.json loads within seconds")
    func loading() throws {
        let file = TokenizerFixtures.tokenizerJSON()
        let clock = ContinuousClock()
        let start = clock.now
        let tokenizer = try Tokenizer { $0 == "tokenizer.json" ? file : nil }
        #expect(clock.now - start < .seconds(10))
        #expect(tokenizer.vocabularyCount == 151665)
    }
}
