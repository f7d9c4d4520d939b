// The reports of a comparison: text for a terminal, JSON, HTML page, SVG picture.
import Basics
import Checkpoint
import Foundation
import TestKit
import Testing

@testable import CheckpointDiff

#if canImport(FoundationXML)
    import FoundationXML
#endif

struct ComparisonReportTests {
    /// Two models of which a few numbers differ.
    private func comparison() throws -> CheckpointComparison {
        let a = try TestModel(isTied: false).tensors()
        var b = a
        for name in ["model.layers.1.mlp.up_proj.weight", "visual.merger.ln_q.weight"] {
            let index = try #require(b.firstIndex { $0.info.name == name })
            b[index].bytes[1] ^= 1
        }
        return try compare(a, b)
    }

    @Test("Text fits a terminal of 80 columns, whatever the names")
    func width() throws {
        let name = (0..<12).map { "a_rather_long_part_\($0)" }.joined(separator: ".")
        for result in [try comparison(), try compare([floats(name, [1])], [floats(name, [.nan])])] {
            let lines = result.text().split(separator: "\n").filter {
                !$0.contains("/") && !$0.contains(name)
            }
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        }
        let text = try compare([floats(name, [1])], [floats(name, [.nan])]).text()
        #expect(text.contains(name) && text.contains("NaN 0 -> 1"))
    }

    @Test("JSON has the documented keys and says what is different")
    func json() throws {
        let result = try comparison()
        let json = try #require(try JSONSerialization.jsonObject(with: result.json()) as? [String: Any])
        #expect(json["schema"] as? String == CheckpointComparison.schema)
        #expect(json["isSame"] as? Bool == false)
        let tensors = try #require(json["tensors"] as? [[String: Any]])
        #expect(tensors.count == result.tensors.count)
        let changed = tensors.filter { $0["isDifferent"] as? Bool == true }
        #expect(
            changed.compactMap { $0["name"] as? String }.sorted() == result.different.map(\.name).sorted())
        let values = try #require(changed.first?["values"] as? [String: Any])
        for key in [
            "beyondToleranceCount", "changedBitFraction", "changedCount", "changedFraction", "cosine",
            "elementCount", "infinityCountA", "infinityCountB", "largestULP", "maximum", "mean", "nanCountA",
            "nanCountB", "relative", "rootMeanSquare",
        ] {
            #expect(values[key] != nil, "\(key)")
        }
        #expect((json["parts"] as? [Any])?.count == 4 && (json["layers"] as? [Any])?.count == 3)
    }

    @Test("The page and the picture are well-formed XML, name what changed and load nothing")
    func markup() throws {
        let result = try comparison()
        for (text, isPage) in [(result.html(), true), (result.svg(), false)] {
            #expect(text.contains("mlp.up_proj"))
            #expect(!text.contains("http://") || !isPage)
            #expect(!text.contains("https://") && !text.contains("@import") && !text.contains("url("))
            #expect(text.contains("prefers-color-scheme: dark"))
        }
        let parser = XMLParser(data: Data(result.svg().utf8))
        #expect(parser.parse(), "\(parser.parserError.debugDescription)")
    }

    @Test("A name is text in the page and in the picture, never markup")
    func hostileName() throws {
        let name = "model.layers.0.<script>alert(1)</script>'&.weight"
        let result = try compare([floats(name, [1])], [floats(name, [2])])
        for text in [result.html(), result.svg()] {
            #expect(!text.contains("<script>alert") && text.contains("&lt;script&gt;alert(1)"))
        }
    }

    @Test("A result does not depend on how work falls to threads")
    func repeats() throws {
        var generator = SeededGenerator(state: 8)
        let a = (0..<700_000).map { _ in Float.random(in: -1...1, using: &generator) }
        let b = a.map { $0 + Float.random(in: -0.01...0.01, using: &generator) }
        let results = try (0..<3).map { _ in try compare([floats("w", a)], [floats("w", b)]).tensors }
        #expect(results.allSatisfy { $0 == results[0] })
    }
}
