// Large inputs: work must grow about linearly for every text. The tests count entries of the merge queue, the
// only step whose cost could depend on more than the length; with quadratic cost they would run for hours.
import Basics
import TestKit
import Testing

@testable import Tokenizer

@Suite("Scale")
struct ScaleTests {
    enum Shape: String, CaseIterable, CustomTestStringConvertible {
        case oneLetter, spaces, lineBreaks, lessThanSigns, random, marks, tibetanMarks, oneTibetanMark, words
        var testDescription: String { rawValue }

        /// About `size` bytes of text.
        func text(_ size: Int) -> String {
            switch self {
            case .oneLetter: return String(repeating: "a", count: size)
            case .spaces: return String(repeating: " ", count: size) + "x"
            case .lineBreaks: return String(repeating: " \n", count: size / 2)
            case .lessThanSigns: return String(repeating: "<", count: size)
            case .random:
                var generator = Seeded(3)
                let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
                return String(decoding: bytes, as: UTF8.self)
            case .marks: return "a" + String(repeating: "\u{301}\u{323}", count: size / 4)
            case .tibetanMarks: return "a" + String(repeating: "\u{F73}\u{F81}\u{F75}", count: size / 9)
            case .oneTibetanMark:
                return String(repeating: "x", count: size / 2) + "\u{F73}"
                    + String(repeating: "漢é", count: size / 10)
            case .words: return String(repeating: "The quick brown fox; 漢字 naïve. ", count: size / 35)
            }
        }
    }

    @Test(
        "An eighth of a megabyte takes at most 3 queue entries a byte, whatever it holds",
        arguments: Shape.allCases)
    func largeText(_ shape: Shape) throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        let text = shape.text(125_000)
        let (ids, work) = encode(text, tokenizer)
        let composed = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) }
        #expect(Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8) == composed)
        #expect(work <= 3 * composed.count)
    }

    @Test("The same holds for SentencePiece", arguments: [Shape.oneLetter, .spaces, .random, .words])
    func largePieces(_ shape: Shape) throws {
        let bytes = try #require(TokenizerFixtures.read("sentencepiece/bpe.model"))
        let tokenizer = try Tokenizer { $0 == "tokenizer.model" ? bytes : nil }
        let text = shape.text(100_000)
        let (ids, work) = encode(text, tokenizer)
        #expect(tokenizer.decode(ids, skipSpecialTokens: false) == text)
        #expect(work <= 9 * text.utf8.count, "a space is three bytes of a piece")
    }

    private func encode(_ text: String, _ tokenizer: Tokenizer) -> (ids: [TokenID], work: Int) {
        let workspace = MergeWorkspace()
        var text = text
        let ids = text.withUTF8 { tokenizer.encode($0, parsed: [0..<$0.count], workspace) }
        return (ids, workspace.queuedInAll)
    }
}
