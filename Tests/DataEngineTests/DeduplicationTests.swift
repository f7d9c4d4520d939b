// Repeated rows and leaks: what counts as the same, and that a second pass removes nothing.
import Foundation
import ImageInput
import Outputs
import TestKit
import Testing
import TrainingData

@testable import DataEngine

@Suite("Deduplication")
struct DeduplicationTests {
    private func run(
        _ folder: TemporaryFolder, _ options: Deduplication = Deduplication(), against: [String] = [],
        _ output: String = "out.jsonl"
    ) throws -> (count: DeduplicationCount, ids: [String], removed: [String]) {
        let count = try options.run(
            RowFile(folder.path("in.jsonl")), against: against.map { RowFile(folder.path($0)) },
            to: OutputClaim(folder.path(output), existing: .replaced),
            report: OutputClaim(folder.path("removed.jsonl"), existing: .replaced))
        var ids: [String] = []
        try RowFile(folder.path(output)).forEach { ids.append($0.sample.id) }
        return (count, ids, try folder.text("removed.jsonl").split(separator: "\n").map(String.init))
    }

    @Test("Text is compared in compatibility forms, lower case and single spaces; pictures by bytes and look")
    func kinds() throws {
        let folder = TemporaryFolder()
        let image = RGBImage.random(1)
        try folder.write("a.png", image)
        try folder.write("copy.png", image)
        try folder.write("noisy.png", image.noisy(2, by: 3))
        try folder.write("small.png", image.resized(width: 64, height: 43))
        try folder.write("other.png", .random(9))
        try folder.write(
            "in.jsonl",
            pictureRow("a", ["a.png"], text: "How  many?") + pictureRow("b", ["copy.png"], text: "how many？")
                + pictureRow("c", ["noisy.png"], text: "How many?")
                + pictureRow("d", ["small.png"], text: "How many?")
                + pictureRow("e", ["other.png"], text: "How many?")
                + pictureRow("f", ["a.png"], text: "How much?")
                + pictureRow("g", ["a.png", "other.png"], text: "How many?") + rowText("h", text: "How many?")
                + rowText("i", text: "How many?"))
        let found = try run(folder)
        #expect(found.ids == ["a", "e", "f", "g", "h"])
        #expect(found.count.exact == 2 && found.count.perceptual == 2 && found.count.rows == 9)
        #expect(found.removed.count == 4)
        #expect(found.removed[0].contains("\"kind\":\"exact\"") && found.removed[0].contains("in.jsonl:1\""))
        #expect(found.removed[1].contains("\"kind\":\"perceptual\""))

        var exact = Deduplication()
        exact.distance = nil
        #expect(try run(folder, exact).ids == ["a", "c", "d", "e", "f", "g", "h"])
    }

    @Test("Leaks of an evaluation set are removed and named; a shared picture is one when asked")
    func leaks() throws {
        let folder = TemporaryFolder()
        try folder.write("a.png", .random(1))
        try folder.write("b.png", .random(1).noisy(3, by: 2))
        try folder.write("c.png", .random(2))
        try folder.write("test.jsonl", pictureRow("t", ["a.png"], text: "x") + rowText("u", text: "alone"))
        try folder.write(
            "in.jsonl",
            pictureRow("1", ["b.png"], text: "x") + pictureRow("2", ["a.png"], text: "y")
                + pictureRow("3", ["c.png"], text: "x") + rowText("4", text: "Alone"))
        let found = try run(folder, against: ["test.jsonl"])
        #expect(found.ids == ["2", "3"] && found.count.leaks == 2 && found.count.sharedPictures == 1)
        #expect(found.removed[0].contains("leakPerceptual") && found.removed[0].contains("test.jsonl:1\""))
        #expect(found.removed[1].contains("\"leak\"") && found.removed[1].contains("test.jsonl:2\""))
        var strict = Deduplication()
        strict.leak = .picture
        #expect(try run(folder, strict, against: ["test.jsonl"]).ids == ["3"])
    }

    @Test(
        "The index finds what comparing all pairs finds, and a second pass removes nothing",
        arguments: [0, 2, 4, 7])
    func index(_ distance: Int) throws {
        var generator = Seeded(UInt64(distance))
        var (index, kept): (NearIndex, [PictureHash]) = (NearIndex(distance: distance), [])
        let base = (0..<12).map { _ in UInt64.random(in: 0...UInt64.max, using: &generator) }
        for number in 0..<400 {
            var bits = base[number % base.count]
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                bits ^= 1 << UInt64.random(in: 0..<64, using: &generator)
            }
            let look = PictureHash(bits: bits)
            let key = NearIndex.Key(
                text: Digest("t"), [PictureIdentity(content: Digest("\(number)"), look: look)])
            let expected = kept.firstIndex { (look.distance(to: $0) ?? 99) <= distance }
            #expect(index.match(key)?.entry == expected)
            if expected == nil {
                kept.append(look)
                index.insert(key)
            }
        }
        #expect(kept.count > 12 && kept.count < 400)
    }

    @Test("A second pass removes nothing")
    func idempotent() throws {
        let folder = TemporaryFolder()
        var rows = ""
        for number in 0..<28 {
            try folder.write(
                "\(number).png", RGBImage.random(UInt64(number % 7)).noisy(UInt64(number), by: 2))
            rows += pictureRow("\(number)", ["\(number).png"], text: number % 2 == 0 ? "even" : "odd")
        }
        try folder.write("in.jsonl", rows)
        let first = try run(folder)
        #expect(first.ids.count == 14 && first.count.perceptual == 14)
        try FileManager.default.removeItem(at: folder.url("in.jsonl"))
        try FileManager.default.moveItem(at: folder.url("out.jsonl"), to: folder.url("in.jsonl"))
        let second = try run(folder)
        #expect(second.ids == first.ids && second.removed.isEmpty)
    }
}
