// The hand-written split against a regular-expression engine, on random text over an awkward alphabet.
import Basics
import Foundation
import TestKit
import Testing

@testable import Tokenizer

@Suite("WordScanner")
struct WordScannerTests {
    private static let alphabet: [String] = [
        "a", "B", "é", "ſ", "漢", "я", "ǅ", "ʰ", "1", "٣", "½", "Ⅷ", "'", "'s", "'RE", "'Ll", "'ſ", "'x", "!",
        "-",
        "_", "\u{301}", "\u{200B}", "\u{FEFF}", "😀", " ", " ", "  ", "\t", "\n", "\r", "\r\n", "\u{B}",
        "\u{85}",
        "\u{A0}", "\u{2028}", "\u{3000}", "\u{0}", "\u{10FFFF}",
    ]

    private func words(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { buffer in
            var scanner = WordScanner(buffer)
            var words: [String] = []
            while let range = scanner.next() { words.append(String(decoding: bytes[range], as: UTF8.self)) }
            return words
        }
    }

    @Test("Words equal the matches of the pattern")
    func equalsPattern() throws {
        let expression = try NSRegularExpression(pattern: WordScanner.pattern)
        var generator = Seeded(1)
        for _ in 0..<3000 {
            let count = Int.random(in: 0..<24, using: &generator)
            let text = (0..<count).map { _ in Self.alphabet.randomElement(using: &generator) ?? "" }.joined()
            // Substrings of UTF-16: a match may end inside what Swift calls one character.
            let utf16 = NSString(string: text)
            let whole = NSRange(location: 0, length: utf16.length)
            let matches = expression.matches(in: text, range: whole).map { utf16.substring(with: $0.range) }
            let found = words(text)
            try #require(
                found.map { Array($0.utf8) } == matches.map { Array($0.utf8) }, "\(text.debugDescription)")
        }
    }

    @Test(
        "Single rules of the pattern",
        arguments: [
            ("don't stop", ["don", "'t", " stop"]), ("I'VE 12", ["I", "'VE", " ", "1", "2"]),
            ("a  b", ["a", " ", " b"]), ("a \n\n b", ["a", " \n\n", " b"]),
            ("x = y;\n", ["x", " =", " y", ";\n"]),
            ("  ", ["  "]), ("\u{3000}!", ["\u{3000}", "!"]), ("'ſx", ["'ſ", "x"]), ("", []),
        ])
    func rules(_ text: String, _ expected: [String]) {
        #expect(words(text) == expected)
    }
}
