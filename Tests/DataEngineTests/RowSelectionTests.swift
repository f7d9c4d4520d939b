// The filter reads ratings only and keeps what a brute-force selection keeps.
import Foundation
import Outputs
import TestKit
import Testing

@testable import DataEngine

/// Rows with ratings of random rewards.
struct RatedRows {
    let folder = TemporaryFolder()
    private(set) var ratings: [Rating] = []
    let tasks = ["yorn", "mcq", "open"]
    let input: String
    let settings = RatingSettings(answers: 4, maxNewTokens: 8, seed: 0, temperature: 1, hash: "h")

    init(count: Int, seed: UInt64) throws {
        var generator = Seeded(seed)
        var text = ""
        for index in 0..<count {
            let task = tasks[Int.random(in: 0..<3, using: &generator)]
            let row = rowText("r\(index)", "\"task\": \"\(task)\", \"solution\": \"yes\"")
            text += row
            let hash = try rowHash(Array(row.dropLast().utf8))
            var rating = Rating(id: "r\(index)", row: hash, task: task, model: "m", settings: settings)
            if index % 11 == 10 {
                rating.problem = "bad gold"
            } else {
                for _ in 0..<4 {
                    let accuracy = Double(Int.random(in: 0...3, using: &generator)) / 4
                    let format = Double(Int.random(in: 0...1, using: &generator))
                    rating.add(
                        "a", accuracy: accuracy, format: format, total: accuracy + 0.2 * format,
                        status: Int.random(in: 0..<6, using: &generator) == 0 ? "error" : "ok")
                }
            }
            ratings.append(rating)
        }
        input = try folder.write("rows.jsonl", text)
        try write(ratings)
    }

    /// Writes the file of ratings.
    func write(_ ratings: [Rating]) throws {
        let lines = try ratings.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + "\n" }
        try folder.write("ratings.jsonl", lines.joined())
    }

    func run(_ selection: RowSelection) throws -> [String] {
        try selection.run(
            RowFile(input), ratings: RatingTable(folder.path("ratings.jsonl")),
            to: OutputClaim(folder.path("kept.jsonl"), existing: .replaced))
        return try folder.text("kept.jsonl").split(separator: "\n").map(String.init)
    }

    /// The lines that a selection keeps, found from the ratings row by row.
    func expected(_ selection: RowSelection) throws -> [String] {
        let lines = try folder.text("rows.jsonl").split(separator: "\n").map(String.init)
        var counts: [String: Int] = [:]
        return zip(lines, ratings).compactMap { line, rating in
            let rewards = zip(selection.reward == .total ? rating.total : rating.accuracy, rating.status)
                .filter { $1 == "ok" }.map(\.0)
            guard rating.problem == nil, let most = rewards.max(), let least = rewards.min() else {
                return nil
            }
            let mean = rewards.reduce(0, +) / Double(rewards.count)
            guard most - least > selection.epsilon, mean >= selection.meanFrom ?? -9,
                mean <= selection.meanTo ?? 9,
                counts[rating.task, default: 0] < selection.limits[rating.task] ?? 999
            else { return nil }
            counts[rating.task, default: 0] += 1
            return line
        }
    }
}

@Suite("Selection by ratings")
struct RowSelectionTests {
    @Test(
        "A selection keeps what each row's rewards say, unchanged and in order",
        arguments: [1, 2, 3] as [UInt64])
    func bruteForce(_ seed: UInt64) throws {
        let rows = try RatedRows(count: 150, seed: seed)
        var generator = Seeded(seed)
        for round in 0..<12 {
            var selection = RowSelection()
            selection.epsilon = Double(Int.random(in: 0...2, using: &generator)) / 4
            selection.reward = round % 2 == 0 ? .accuracy : .total
            if round % 3 == 1 { (selection.meanFrom, selection.meanTo) = (0.3, 0.6) }
            if round % 4 == 2 { selection.limits = ["yorn": 3, "open": 0] }
            let kept = try rows.run(selection)
            #expect(kept == (try rows.expected(selection)) && !kept.isEmpty)
        }
    }

    @Test("A row without a rating is an error, kept or left out; another content under an id is an error")
    func missingRatings() throws {
        let rows = try RatedRows(count: 20, seed: 5)
        try rows.write(rows.ratings.filter { $0.id != "r4" })
        var selection = RowSelection()
        let error = #expect(throws: DataEngineError.self) { try rows.run(selection) }
        #expect(try #require(error).description.contains("rows.jsonl:5: the row \"r4\" has no rating"))
        #expect(!rows.folder.has("kept.jsonl"))
        let others = try rows.expected(selection).filter { !$0.contains("\"r4\"") }
        selection.missing = .drop
        #expect(try rows.run(selection) == others)
        selection.missing = .keep
        #expect(try rows.run(selection).filter { !$0.contains("\"r4\"") } == others)
        #expect(try rows.run(selection).contains { $0.contains("\"r4\"") })

        var changed = rows.ratings
        changed[2].row = changed[3].row
        try rows.write(changed)
        let mismatch = #expect(throws: DataEngineError.self) { try rows.run(selection) }
        #expect(try #require(mismatch).description.contains("rows.jsonl:3"))
    }

    @Test(
        "A damaged file of ratings is refused with file, line and key",
        arguments: [
            ("{\"id\": \"a\"}", "\"status\""), ("[1]", "expected a rating"), ("{\"id\": \"a", "not a rating"),
            (
                "{\"id\":\"a\",\"row\":\"x\",\"status\":[\"ok\"],\"accuracy\":[\"1\"],\"total\":[1]}",
                "\"accuracy\": expected 1 numbers"
            ), ("{\"id\":4}", "\"id\""),
        ])
    func damaged(_ line: String, _ part: String) throws {
        let folder = TemporaryFolder()
        let path = try folder.write("r.jsonl", line + "\n")
        let error = #expect(throws: DataEngineError.self) { try RatingTable(path) }
        let text = try #require(error).description
        #expect(text.hasPrefix("\(path):1: ") && text.contains(part), "\(text)")
    }

    @Test("Two ratings of one id and an empty file are refused")
    func twice() throws {
        let rows = try RatedRows(count: 3, seed: 1)
        try rows.write(rows.ratings + rows.ratings)
        let error = #expect(throws: DataEngineError.self) {
            try RatingTable(rows.folder.path("ratings.jsonl"))
        }
        #expect(
            try #require(error).description.contains(
                "ratings.jsonl:4: the row \"r0\" was already rated in line 1"))
        try rows.write([])
        #expect(throws: DataEngineError.self) { try RatingTable(rows.folder.path("ratings.jsonl")) }
    }
}
