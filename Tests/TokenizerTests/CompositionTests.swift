// The composed form (NFC), against the standard library's tables and Foundation's own implementation.
import Basics
import Foundation
@_spi(_Unicode) import Swift
import TestKit
import Testing

@testable import Tokenizer

@Suite("Composition")
struct CompositionTests {
    @Test("Settled scalars stay as they are and join nothing before them")
    func settled() {
        // Scalars that can be the second part of a composed character.
        var joining: Set<Unicode.Scalar> = []
        for value in UInt32(0xC0)...0x1_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let settled = CanonicalComposition.isSettled(value)
            let parts = Array(String(scalar)._nfd)
            // Hangul is composed by arithmetic, from the parts of two of its characters.
            if value < 0xAC02 || value > 0xD7A3 { joining.formUnion(parts.dropFirst()) }
            guard settled else { continue }
            #expect(scalar.properties.canonicalCombiningClass == .notReordered, "\(scalar)")
            if parts != [scalar] { #expect(Array(String(scalar)._nfc) == [scalar], "\(scalar)") }
        }
        joining.formUnion((UInt32(0x1161)...0x11C2).compactMap(Unicode.Scalar.init))
        #expect(joining.count > 100)
        #expect(joining.filter { CanonicalComposition.isSettled($0.value) }.isEmpty)
    }

    /// Random text of scalars that both Foundation's and the standard library's tables know, many of them
    /// marks.
    private func text(_ random: inout Seeded) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0xC0...0x24F, 0x300...0x36F, 0x370...0x52F, 0x590...0x6FF, 0x900...0xDFF,
            0xE00...0xFFF,
            0x1100...0x11FF, 0x1E00...0x1FFF, 0x2000...0x22FF, 0x3000...0x30FF, 0x3400...0x4E20,
            0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFF00...0xFFEF, 0x1D100...0x1D1FF, 0x1F300...0x1F6FF,
        ]
        let scalars = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ -> Unicode.Scalar? in
            let range = ranges.randomElement(using: &random) ?? 0...0
            guard let scalar = Unicode.Scalar(.random(in: range, using: &random)),
                let age = scalar.properties.age, age.major <= 8
            else { return nil }
            return scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test("Decoding what was encoded gives the form that Foundation composes")
    func roundTrip() throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        var random = Seeded(77)
        for _ in 0..<1500 {
            let text = text(&random)
            // Foundation does not order these three marks either.
            guard !text.unicodeScalars.contains(where: { [0xF73, 0xF75, 0xF81].contains($0.value) }) else {
                continue
            }
            let ids = tokenizer.encode(text, specialTokens: .asText)
            let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
            let composed = text.precomposedStringWithCanonicalMapping
            try #require(
                Array(decoded.utf8) == Array(composed.utf8), "\(text.unicodeScalars.map { $0.value })")
        }
    }

    @Test("Text made of random bytes comes back in the composed form")
    func randomBytes() throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        var random = Seeded(78)
        for _ in 0..<400 {
            let count = Int.random(in: 0...60, using: &random)
            let text = String(decoding: (0..<count).map { _ in random.next() as UInt8 }, as: UTF8.self)
            let ids = tokenizer.encode(text, specialTokens: .asText)
            var composed: [UInt8] = []
            for scalar in text._nfc { composed += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter }
            try #require(
                Array(tokenizer.decode(ids, skipSpecialTokens: false).utf8) == composed,
                "\(text.debugDescription)")
        }
    }

    @Test(
        "Composition orders marks as Unicode asks",
        arguments: [
            ("e\u{301}", "\u{E9}"), ("a\u{301}\u{323}", "\u{1EA1}\u{301}"), ("\u{212B}", "\u{C5}"),
            ("\u{1100}\u{1161}", "\u{AC00}"), ("\u{344}", "\u{308}\u{301}"), ("\u{F73}", "\u{F71}\u{F72}"),
            ("\u{323}\u{F73}", "\u{F71}\u{F72}\u{323}"), ("x\u{F81}\u{F75}", "x\u{F71}\u{F71}\u{F80}\u{F74}"),
            ("\u{FB01}", "\u{FB01}"), ("\u{0}", "\u{0}"), ("", ""),
        ])
    func composition(_ text: String, _ composed: String) {
        let bytes = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) }
        #expect(bytes == Array(composed.utf8))
    }

    @Test("A long run of marks composes like short ones, in canonical order")
    func longRuns() {
        let text = "a" + String(repeating: "\u{301}\u{323}", count: 100)
        let expected =
            "\u{1EA1}" + String(repeating: "\u{323}", count: 99)
            + String(repeating: "\u{301}", count: 100)
        let bytes = Array(text.utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) }
        #expect(bytes == Array(expected.utf8))
    }
}
