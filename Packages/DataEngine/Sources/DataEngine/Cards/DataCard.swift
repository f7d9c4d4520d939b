// The data card: what a set of rows is, where it comes from, under which terms, and how to make it again.
internal import Foundation
public import Outputs
internal import TrainingData

/// What a data card shows.
public struct DataCard: Sendable, Equatable {
    /// The heading.
    public var title = "Data card"
    /// Sample rows of each task.
    public var samples = 2
    /// The longest side of a sample's picture, in pixels.
    public var side = 256
    /// The recipe that makes the rows; empty for none.
    public var recipe = ""

    /// A card without a recipe.
    public init() {}

    /// Writes the card.
    ///
    /// - Parameters:
    ///   - input: The rows.
    ///   - ratings: Ratings of the rows, for the histogram of difficulty; nil for none.
    ///   - markdown: Where to write Markdown; nil for nowhere.
    ///   - html: Where to write HTML; nil for nowhere.
    /// - Throws: ``DataEngineError`` for bad rows, ratings of other content and unusable pictures of samples;
    ///   `OutputError`.
    public func run(
        _ input: RowFile, ratings: RatingTable?, markdown: OutputClaim?, html: OutputClaim?
    ) throws {
        var counts = CardCounts()
        var chosen: [String: [(key: UInt64, row: DataRow)]] = [:]
        try input.forEach { row in
            try counts.add(row, try ratings?.entry(of: row))
            // The same rows are samples whatever their order.
            let key = Digest("card \(row.sample.id)").word
            var list = chosen[row.sample.task.rawValue] ?? []
            if list.count < samples || key < list.last?.key ?? .max {
                list.append((key, row))
                list.sort { $0.key < $1.key }
                chosen[row.sample.task.rawValue] = Array(list.prefix(samples))
            }
        }
        let rows = chosen.sorted { $0.key < $1.key }.flatMap { $0.value.map(\.row) }
        let content = CardContent(
            card: self, file: URL(fileURLWithPath: input.path).lastPathComponent,
            hash: try fileHash(input.path),
            counts: counts, hasRatings: ratings != nil, samples: try rows.map { try ShownRow($0, side: side) }
        )
        for (claim, text) in [(markdown, content.markdown), (html, content.html)] {
            guard let claim else { continue }
            let file = try StreamedFile(claim)
            try file.append(text)
            try file.finish()
        }
    }
}

/// Everything on a card.
struct CardContent {
    let card: DataCard
    let file: String
    let hash: String
    let counts: CardCounts
    let hasRatings: Bool
    let samples: [ShownRow]

    /// A table with a heading.
    struct Table {
        let title: String
        let head: [String]
        let rows: [[String]]
    }

    /// The tables of a card.
    var tables: [Table] {
        var tables: [Table] = []
        let sources = Set(counts.kinds.values.flatMap(\.keys)).sorted()
        func name(_ text: String) -> String { text.isEmpty ? "(none)" : text }
        tables.append(
            Table(
                title: "Rows by task and source", head: ["task"] + sources.map(name) + ["all"],
                rows: counts.kinds.sorted { $0.key < $1.key }.map { task, counts in
                    [task] + sources.map { "\(counts[$0] ?? 0)" } + ["\(counts.values.reduce(0, +))"]
                }))
        tables.append(
            Table(
                title: "Licenses", head: ["license", "rows"],
                rows: counts.licenses.sorted { $0.key < $1.key }.map { [name($0.key), "\($0.value)"] }))
        tables.append(
            Table(
                title: "Pictures", head: ["pictures of a row", "rows"],
                rows: counts.pictures.sorted { $0.key < $1.key }.map { ["\($0.key)", "\($0.value)"] }))
        let lengths = [
            ("question", counts.questions), ("gold", counts.golds), ("rationale", counts.rationales),
        ]
        tables.append(
            Table(
                title: "Lengths in characters",
                head: ["text", "rows", "least", "median", "90 % up to", "most"],
                rows: lengths.compactMap { name, values in
                    CheckSummary.Range(values).map {
                        [
                            name, "\(values.count)", "\($0.least)", "\($0.median)", "\($0.tenth9)",
                            "\($0.most)",
                        ]
                    }
                }))
        if hasRatings {
            let most = max(1, counts.difficulty.max() ?? 1)
            tables.append(
                Table(
                    title: "Difficulty", head: ["mean reward", "rows", ""],
                    rows: counts.difficulty.enumerated().map { index, count in
                        let bar = String(repeating: "█", count: (count * 30 + most - 1) / most)
                        return ["0.\(index) to \(index == 9 ? "1.0" : "0.\(index + 1)")", "\(count)", bar]
                    }))
        }
        return tables
    }

    /// What the card says of ratings.
    var ratingText: String? {
        guard hasRatings else { return nil }
        return
            "\(counts.rated) of \(counts.rows) rows are rated; the rewards of \(counts.tied) are all equal."
    }
}
