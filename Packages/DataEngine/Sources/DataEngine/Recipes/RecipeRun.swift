// Runs a recipe: sources, check, deduplication, rating, selection, mixture, exports, card. Each stage reads the files
// of earlier ones in the work folder.
internal import Foundation
internal import Outputs
internal import Settings
internal import StrictJSON
internal import TrainingData

/// One run of a recipe.
public struct RecipeRun {
    /// Changes when the stages make other bytes of the same inputs.
    private static let version = "1"
    private let recipe: Recipe
    private let text: String
    private let tools: RecipeTools
    private let store: StageStore
    private let lock: OutputClaim

    /// A run in the recipe's work folder, which is made when it is not there.
    ///
    /// - Parameters:
    ///   - recipe: The recipe.
    ///   - text: The text of its file, for the card.
    ///   - tools: What the program supplies.
    /// - Throws: `OutputError` when another process works there.
    public init(_ recipe: Recipe, text: String, tools: RecipeTools) throws {
        (self.recipe, self.text, self.tools) = (recipe, text, tools)
        guard !recipe.work.isEmpty else {
            throw DataEngineError.impossible("the recipe names no folder; give work, or --work")
        }
        store = try StageStore(recipe.work, check: tools.check, report: tools.report)
        lock = try OutputClaim(
            recipe.work, as: .directory, existing: .replaced,
            inputs: recipe.sources.map(\.path) + recipe.against)
        try store.removeUnfinished()
    }

    /// Makes the rows.
    ///
    /// - Returns: The path of the rows, and the SHA-256 of the file.
    /// - Throws: What the stages throw, naming file and line.
    public func run() throws -> (rows: String, hash: String) {
        var current = try importSources()
        let pictures = try picturesHash(RowFile(store.path(current.name)))
        current = try check(current, pictures)
        current = try dedupe(current, pictures)
        let (kept, ratings) = try rateAndFilter(current, pictures)
        let rows = try mix(kept)
        try export(rows)
        try card(rows, ratings, pictures)
        return (store.path(rows.name), rows.hash)
    }

    /// A file of the work folder and its hash.
    private typealias Made = (name: String, hash: String)

    private func stage(
        _ name: String, from inputs: [String], outputs: [String], _ work: (Bool) throws -> Void
    ) throws -> Made {
        let hashes = try store.run(name, from: [Self.version] + inputs, outputs: outputs, work)
        return (outputs[0], hashes[0])
    }

    private func importSources() throws -> Made {
        let made = try recipe.sources.map { source in
            let settings = try source.node.yaml()
            return try stage(
                "source-\(source.name)", from: [tools.importerVersion, settings, contentHash(source.path)],
                outputs: ["source-\(source.name).jsonl"]
            ) { _ in try tools.importer(source, try store.claim("source-\(source.name).jsonl")) }
        }
        let names = recipe.sources.flatMap { [$0.name, $0.source, $0.license] }
        return try stage("import", from: made.map(\.hash) + names, outputs: ["imported.jsonl"]) { _ in
            let writer = try RowWriter(store.claim("imported.jsonl"))
            for (source, file) in zip(recipe.sources, made) {
                try RowFile(store.path(file.name)).forEach { row in
                    var json = try row.json.setting("id", to: .string("\(source.name)/\(row.sample.id)"))
                    let origin =
                        source.source.isEmpty && source.count == 0 && source.weight == 0
                        ? row.sample.source : source.source
                    json = json.setting("source", to: .string(origin.isEmpty ? source.name : origin))
                    if !source.license.isEmpty { json = json.setting("license", to: .string(source.license)) }
                    try writer.write(line: Array(json.compact.utf8))
                }
            }
            try writer.finish()
        }
    }

    private func check(_ rows: Made, _ pictures: String) throws -> Made {
        guard recipe.check != .off else { return rows }
        let drops = recipe.check == .drop
        let made = try store.run(
            "check", from: [Self.version, recipe.check.rawValue, rows.hash, pictures],
            outputs: ["check.jsonl"] + (drops ? ["checked.jsonl"] : [])
        ) { _ in
            let input = RowFile(store.path(rows.name), name: rows.name)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let listing = try StreamedFile(store.claim("check.jsonl"))
            var bad: Set<Int> = []
            let summary = try RowCheck(tools.router).run(input) { finding in
                if finding.severity == .error { bad.insert(finding.line) }
                try listing.append(try encoder.encode(finding) + [0x0A])
            }
            try listing.append(try encoder.encode(["summary": summary]) + [0x0A])
            try listing.finish()
            tools.report("check: \(summary.errors) errors, \(summary.warnings) warnings")
            if recipe.check == .stop, summary.errors > 0 {
                throw DataEngineError.badFile(
                    file: store.path("check.jsonl"),
                    problem:
                        "lists \(summary.errors) errors of \(store.path(rows.name)); correct the rows, or set "
                        + "check: drop to leave them out")
            }
            if drops { try copy(input, without: bad, to: "checked.jsonl") }
        }
        return drops ? ("checked.jsonl", made[1]) : rows
    }

    /// Copies the rows of all lines but some.
    private func copy(_ input: RowFile, without bad: Set<Int>, to name: String) throws {
        let writer = try RowWriter(store.claim(name))
        try input.forEachBatch { results in
            // A line that is not a row is among the bad ones.
            for case .success(let row) in results where !bad.contains(row.sample.line) {
                try writer.write(row)
            }
        }
        guard writer.count > 0 else {
            throw DataEngineError.badFile(file: input.path, problem: "no row is without errors")
        }
        try writer.finish()
    }

    private func dedupe(_ rows: Made, _ pictures: String) throws -> Made {
        guard let options = recipe.dedupe.options else { return rows }
        let evaluations = try recipe.against.flatMap { [try fileHash($0), try picturesHash(RowFile($0))] }
        return try stage(
            "dedupe", from: ["\(options)", rows.hash, pictures] + evaluations,
            outputs: ["deduped.jsonl", "removed.jsonl"]
        ) { _ in
            let count = try options.run(
                RowFile(store.path(rows.name), name: rows.name), against: recipe.against.map { RowFile($0) },
                to: store.claim("deduped.jsonl"), report: store.claim("removed.jsonl"))
            tools.report("dedupe: \(count.text)")
        }
    }

    private func rateAndFilter(_ rows: Made, _ pictures: String) throws -> (rows: Made, ratings: Made?) {
        guard !recipe.rate.model.isEmpty else { return (rows, nil) }
        let ratings = try stage(
            "rate", from: [try tools.rater.identity(recipe.rate), rows.hash, pictures],
            outputs: ["ratings.jsonl"]
        ) { mayContinue in
            let claim = try store.claim("ratings.jsonl")
            if !mayContinue { try claim.open(keeping: 0).close() }
            try tools.rater.rate(store.path(rows.name), recipe.rate, to: claim)
        }
        let filtered = try stage(
            "filter", from: [try recipe.filter.node.yaml(), rows.hash, ratings.hash],
            outputs: ["filtered.jsonl"]
        ) { _ in
            let counts = try recipe.filter.selection.run(
                RowFile(store.path(rows.name)), ratings: RatingTable(store.path(ratings.name)),
                to: store.claim("filtered.jsonl"))
            for (task, count) in counts.sorted(by: { $0.key < $1.key }) {
                tools.report("filter: \(task): \(count.text)")
            }
        }
        return (filtered, ratings)
    }

    private func mix(_ rows: Made) throws -> Made {
        let mixture = recipe.mixture
        let settings = [
            "\(mixture.seed)", "\(mixture.total ?? 0)", "\(mixture.repeats)",
            mixture.counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n"),
            mixture.weights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: "\n"),
        ]
        return try stage("mix", from: settings + [rows.hash], outputs: ["rows.jsonl"]) { _ in
            let (counts, outside) = try mixture.run(
                [RowFile(store.path(rows.name))], to: store.claim("rows.jsonl"))
            for count in counts { tools.report("mix: \(count.group): \(count.taken) of \(count.rows)") }
            if outside > 0 { tools.report("mix: in no group: 0 of \(outside)") }
        }
    }

    private func export(_ rows: Made) throws {
        for settings in recipe.exports {
            try store.run(
                "export-\(settings.output)", from: [Self.version, try settings.node.yaml(), rows.hash],
                outputs: [settings.output]
            ) { _ in
                var export = RowExport(settings.layout)
                export.withAnswers = settings.withAnswers
                let report = try export.run(RowFile(store.path(rows.name)), to: store.claim(settings.output))
                for line in report.text.split(separator: "\n") {
                    tools.report("export: \(settings.output): \(line)")
                }
            }
        }
    }

    private func card(_ rows: Made, _ ratings: Made?, _ pictures: String) throws {
        var card = DataCard()
        (card.title, card.samples, card.recipe) = (recipe.name, recipe.samples, text)
        let inputs = [recipe.name, "\(recipe.samples)", text, rows.hash, ratings?.hash ?? "", pictures]
        _ = try stage("card", from: inputs, outputs: ["card.md", "card.html"]) { _ in
            try card.run(
                RowFile(store.path(rows.name), name: rows.name),
                ratings: try ratings.map { try RatingTable(store.path($0.name)) },
                markdown: store.claim("card.md"), html: store.claim("card.html"))
        }
    }
}
