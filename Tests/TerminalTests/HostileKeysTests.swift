// Bytes that no keyboard sends; `make fuzz` does the same for as long as one likes.
import Basics
import Foundation
import KeyHarness
import TestKit
import Testing

@Suite("Any bytes of a terminal")
struct HostileKeysTests {
    @Test("Sound, found and changed inputs leave the cursor inside rows that fit")
    func changes() throws {
        let folder = Fixtures.url("fuzz/keys").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let corpus = try names.map { Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
        #expect(corpus.count >= 3)
        for input in corpus { try exerciseKeys(input) }
        var generator = SeededGenerator(state: 13)
        let pieces = [
            "\u{1B}[", "\u{1B}[200~", "\u{1B}[201~", "\n", "\\\r", "日", "e\u{301}", "\t", "\u{600}",
            "\u{200D}", "👍", "\u{15}", "\u{19}",
            "x",
        ]
        for _ in 0..<300 {
            let inputs = (0..<30).flatMap { _ -> [UInt8] in
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: return Array((pieces.randomElement(using: &generator) ?? "").utf8)
                case 1: return [UInt8.random(in: 0...255, using: &generator)]
                default:
                    let input = corpus.randomElement(using: &generator) ?? []
                    return Array(input.suffix(Int.random(in: 0...8, using: &generator)))
                }
            }
            try exerciseKeys(inputs)
        }
    }
}
