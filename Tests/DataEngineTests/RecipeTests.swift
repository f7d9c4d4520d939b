// Recipes: settings with lines, stages that run again only when something changed, and the same bytes every time.
import Foundation
import ImageInput
import Outputs
import Rewards
import TestKit
import Testing
import TrainingData

@testable import DataEngine

/// Rates by the number in a row's id, and can be stopped in the middle of a file.
private final class CountingRater: RecipeRater {
    struct Killed: Error {}
    var calls = 0
    /// Ratings after which the rater ends as if killed.
    var lifetime = Int.max

    func identity(_ settings: RateSettings) throws -> String { settings.model }

    func rate(_ input: String, _ settings: RateSettings, to output: OutputClaim) throws {
        calls += 1
        let done = try Data(contentsOf: URL(fileURLWithPath: output.path)).split(separator: 0x0A).count
        let file = try output.open()
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var number = 0
        try RowFile(input).forEachReadable { sample, hash in
            number += 1
            guard number > done else { return }
            if number - done > lifetime { throw Killed() }
            var rating = Rating(
                id: sample.id, row: hash, task: sample.task.rawValue, model: settings.model,
                settings: RatingSettings(answers: 2, maxNewTokens: 1, seed: 0, temperature: 1, hash: ""))
            let isTied = sample.id.hasSuffix("3")
            for reward in [1.0, isTied ? 1 : 0] {
                rating.add("a", accuracy: reward, format: 0, total: reward, status: "ok")
            }
            try file.write(contentsOf: try encoder.encode(rating) + [0x0A])
        }
    }
}

@Suite("Recipes")
struct RecipeTests {
    private let folder = TemporaryFolder()
    private let rater = CountingRater()

    private func yaml(_ more: String = "mix: {total: 12}") -> String {
        """
        name: Test
        sources:
          - {name: one, path: \(folder.path("one.jsonl")), license: MIT, weight: 1}
          - {name: two, path: \(folder.path("two.jsonl")), map: {solution: gold}, task: yorn, weight: 2}
        against: [\(folder.path("eval.jsonl"))]
        rate: {model: m}
        exports: [{to: easyr1, output: easy.jsonl}]
        \(more)

        """
    }

    init() throws {
        try folder.write("p.png", .random(1))
        var (one, two) = ("", "")
        for number in 0..<20 {
            one += pictureRow("\(number)", ["p.png"], text: "question \(number)")
            two += rowText("\(number)", "\"gold\": \"no\"", text: "other \(number)")
        }
        try folder.write("one.jsonl", one + pictureRow("twice", ["p.png"], text: "Question 5"))
        try folder.write("two.jsonl", two)
        try folder.write("eval.jsonl", rowText("e", text: "other 7"))
        try folder.write("r.yaml", yaml())
    }

    /// Runs the recipe; returns the stages that ran.
    @discardableResult
    private func run(_ work: String, _ assignments: [String] = [], stopAfter: String? = nil) throws
        -> [String]
    {
        var recipe = try Recipe(file: folder.path("r.yaml"), assignments: assignments)
        recipe.work = folder.path(work)
        var ran: [String] = []
        let tools = RecipeTools(
            importer: { try importRecords($0, to: $1) }, importerVersion: "1", rater: rater,
            router: try RewardRouter(embedding: nil)
        ) { line in
            if line.hasSuffix(": running") { ran.append(String(line.dropLast(9))) }
        }
        _ = try RecipeRun(recipe, text: folder.text("r.yaml"), tools: tools).run()
        return ran
    }

    private func bytes(_ work: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for name in try folder.names(work) where name != "stages" {
            result[name] = try folder.text("\(work)/\(name)")
        }
        return result
    }

    /// The names of files that differ between two work folders.
    private func differences(_ a: String, _ b: String) throws -> [String] {
        let (a, b) = (try bytes(a), try bytes(b))
        return Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
    }

    private let stages = [
        "source-one", "source-two", "import", "check", "dedupe", "rate", "filter", "mix", "export-easy.jsonl",
        "card",
    ]

    @Test(
        "All stages run once; then only those whose inputs, settings or files changed; the bytes are the same"
    )
    func incremental() throws {
        #expect(try run("a") == stages)
        let first = try bytes("a")
        #expect(try run("a").isEmpty && bytes("a") == first && rater.calls == 1)
        #expect(try run("b") == stages)
        #expect(try differences("a", "b") == [])

        // Weights 1 to 2: 4 of the first source, 8 of the second; ties, the repeated row and the leak are gone.
        var rows: [(id: String, source: String)] = []
        try RowFile(folder.path("a/rows.jsonl")).forEach { rows.append(($0.sample.id, $0.sample.source)) }
        #expect(
            rows.filter { $0.source == "one" }.count == 4 && rows.filter { $0.source == "two" }.count == 8)
        #expect(rows.allSatisfy { !$0.id.hasSuffix("3") && $0.id != "two/7" && $0.id != "one/twice" })
        #expect(first["removed.jsonl"]?.split(separator: "\n").count == 2)
        #expect(first["rows.jsonl"]?.contains("\"license\":\"MIT\"") == true)

        #expect(try run("a", ["filter.epsilon=0.5"]) == ["filter"])
        #expect(try run("a", ["mix.total=6"]) == ["filter", "mix", "export-easy.jsonl", "card"])
        #expect(try run("a") == ["mix", "export-easy.jsonl", "card"])
        #expect(try bytes("a") == first)
        try folder.write("a/filtered.jsonl", "changed by hand\n")
        #expect(try run("a") == ["filter"])
        #expect(try bytes("a") == first && rater.calls == 2)

        // A picture's bytes are an input, too.
        try folder.write("p.png", .random(4))
        #expect(try run("a") == ["check", "dedupe", "rate", "card"])
        #expect(rater.calls == 3)
        try folder.write("p.png", .random(1))
        try run("a")
        #expect(try bytes("a") == first)
    }

    @Test("A run that ends in the middle of the ratings continues them and ends with the same bytes")
    func killed() throws {
        try run("whole")
        rater.calls = 0
        for lifetime in [5, 9] {
            rater.lifetime = lifetime
            #expect(throws: CountingRater.Killed.self) { try run("cut") }
        }
        #expect(try folder.text("cut/ratings.jsonl").split(separator: "\n").count == 14)
        rater.lifetime = .max
        // What a kill leaves of a file that was being written.
        try folder.write("cut/rows.jsonl.partial-123", "half")
        try run("cut")
        #expect(try differences("cut", "whole") == [])
        // Other ratings are not continued.
        rater.lifetime = 5
        #expect(throws: CountingRater.Killed.self) { try run("cut", ["rate.model=other"]) }
        rater.lifetime = .max
        try run("cut")
        #expect(try differences("cut", "whole") == [])
    }

    @Test("Rows with errors end the run, are left out, or stay")
    func checks() throws {
        try folder.write(
            "two.jsonl", folder.text("two.jsonl") + rowText("bad", "\"gold\": \"perhaps\"", text: "z"))
        let error = #expect(throws: DataEngineError.self) { try run("a") }
        #expect(try #require(error).description.contains("check.jsonl: lists 1 errors"), "\(error!)")
        try run("a", ["check=drop"])
        #expect(try folder.text("a/check.jsonl").contains("\"id\":\"two/bad\""))
        #expect(try !folder.text("a/checked.jsonl").contains("two/bad"))
        try run("a", ["check=report"])
        #expect(try folder.text("a/deduped.jsonl").contains("two/bad"))
    }

    @Test(
        "A bad recipe is refused with its line or setting",
        arguments: [
            ("mixx: {}", "r.yaml:8: unknown setting mixx; did you mean mix?"),
            ("mix: {total: -1}", "r.yaml:8: setting mix.total"),
            ("mix:\n  counts: {a: x}", "r.yaml:9: setting mix.counts.a"),
            ("mix: {counts: {':one': 3}}", "the rows of :one have another number or weight"),
            ("check: maybe", "stop, drop, report or off"), ("[", "not YAML"),
            ("exports: [{to: llava, output: rows.jsonl}]", "not YAML"),
        ])
    func badRecipes(_ more: String, _ part: String) throws {
        try folder.write("r.yaml", yaml(more))
        let error = #expect(throws: DataEngineError.self) { try Recipe(file: folder.path("r.yaml")) }
        #expect(try #require(error).description.contains(part), "\(error!)")
    }

    @Test("Settings of a recipe contradict one another in words")
    func contradictions() throws {
        for (assignment, part) in [
            ("sources=[]", "at least one source"), ("rate.model=", "filter: it needs ratings"),
            ("exports=[{to: llava, output: rows.jsonl}]", "no other file"),
            ("sources=[{name: a/b, path: x}]", "letters, digits"),
            ("sources=[{name: a, path: x}, {name: a, path: y}]", "also the name of another"),
            ("sources=5", "a list of tables"),
        ] {
            let error = #expect(throws: DataEngineError.self) {
                try Recipe(file: folder.path("r.yaml"), assignments: ["filter.epsilon=0.5", assignment])
            }
            #expect(try #require(error).description.contains(part), "\(error!)")
        }
    }

    @Test("A map of keys is checked row by row")
    func maps() throws {
        try folder.write("two.jsonl", folder.text("two.jsonl") + rowText("x", "\"solution\": \"yes\""))
        let missing = #expect(throws: DataEngineError.self) { try run("a") }
        #expect(try #require(missing).description.contains("two.jsonl:21: \"gold\""))
        try folder.write("two.jsonl", rowText("x", "\"solution\": \"yes\", \"gold\": \"no\""))
        let both = #expect(throws: DataEngineError.self) { try run("a") }
        #expect(try #require(both).description.contains("two.jsonl:1: \"solution\""))
    }
}

@Suite("Recipes that ship")
struct ShippedRecipeTests {
    @Test("The examples are valid; the paper's mixture has 45,000 rows, 9,000 of each category")
    func examples() throws {
        let examples = Fixtures.repository.appendingPathComponent("Examples")
        #expect(
            try Recipe(file: examples.appendingPathComponent("mixed-small.yaml").path).rate.model.isEmpty
                == false)
        let recipe = try Recipe(file: examples.appendingPathComponent("mixed-45k.yaml").path)
        #expect(recipe.mix.total == 45_000 && recipe.sources.reduce(0) { $0 + $1.count } == 45_000)
        // Geometry counts among charts and documents.
        let categories = Dictionary(grouping: recipe.sources) { $0.task == "math" ? "chart" : $0.task }
        #expect(categories.count == 5)
        #expect(categories.values.allSatisfy { $0.reduce(0) { $0 + $1.count } == 9_000 })
        #expect(recipe.sources.allSatisfy { !$0.license.isEmpty } && recipe.filter.epsilon == 0)
        #expect(recipe.rate.set.contains("grpo.groupSize=8"))
    }
}

@Suite("Damaged files of the data engine")
struct DamagedFileTests {
    @Test(
        "Rows, ratings and recipes changed at random are read or refused, never a crash",
        arguments: 0..<60 as Range<UInt64>)
    func damaged(_ seed: UInt64) throws {
        var generator = Seeded(seed)
        let rows = try RatedRows(count: 6, seed: seed)
        let recipe = Fixtures.repository.appendingPathComponent("Examples/mixed-small.yaml").path
        for (name, bytes) in [
            ("rows.jsonl", try Data(contentsOf: rows.folder.url("rows.jsonl"))),
            ("ratings.jsonl", try Data(contentsOf: rows.folder.url("ratings.jsonl"))),
            ("r.yaml", try Data(contentsOf: URL(fileURLWithPath: recipe))),
        ] {
            try Data(generator.damaged(Array(bytes))).write(to: rows.folder.url("damaged-\(name)"))
        }
        // Whatever is thrown says what is wrong; any other end of the process fails the test.
        for body in [
            { _ = try RatingTable(rows.folder.path("damaged-ratings.jsonl")) },
            { try RowFile(rows.folder.path("damaged-rows.jsonl")).forEach { _ in } },
            { _ = try Recipe(file: rows.folder.path("damaged-r.yaml")) },
        ] {
            do { try body() } catch { #expect("\(error)".contains("damaged-"), "\(error)") }
        }
    }
}
