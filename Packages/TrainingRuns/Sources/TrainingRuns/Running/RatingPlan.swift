// Which rows a rating has, in which batches, and how far an earlier process came.
internal import Basics
internal import Checkpoint
internal import DataEngine
internal import Foundation
internal import Rollouts
internal import TrainingData

/// The lines that a rating will have, without answers.
struct RatingPlan {
    /// A rating for each readable row, in the order of the file.
    let ratings: [Rating]
    /// For each rating the row's index among the usable rows, which numbers its random answers; nil for a row that
    /// is set aside.
    let samples: [Int?]
    /// Where batches end, as indices into `ratings`.
    private let ends: [Int]
    private let file: String

    init(_ rows: UsableRows, of file: String, batchSize: Int, model: String, settings: RatingSettings) throws
    {
        var reasons = Dictionary(
            rows.rejects.map { ($0.line, $0.reason) }, uniquingKeysWith: { first, _ in first })
        let indices = Dictionary(uniqueKeysWithValues: rows.samples.enumerated().map { ($1.line, $0) })
        var (ratings, samples, ends): ([Rating], [Int?], [Int]) = ([], [], [])
        for row in try ratedRows(file) {
            let index = indices[row.line]
            let problem = index == nil ? reasons.removeValue(forKey: row.line) ?? "set aside" : nil
            if let index, index > 0, index % batchSize == 0 { ends.append(ratings.count) }
            ratings.append(
                Rating(
                    id: row.id, row: row.hash, task: row.task, problem: problem, model: model,
                    settings: settings))
            samples.append(index)
        }
        (self.ratings, self.samples, self.ends) = (ratings, samples, ends + [ratings.count])
        self.file = file
    }

    /// A hash of rows, model and settings: equal where the ratings will be.
    func identity() throws -> String {
        let encoder = RunIdentity.encoder
        return sha256(Array(try ratings.map { sha256(Array(try encoder.encode($0))) }.joined().utf8))
    }

    /// The batches after a number of ratings at which one ends.
    func batches(after count: Int) -> [Range<Int>] {
        let ends = ends.filter { $0 > count }
        return zip([count] + ends, ends).map { $0..<$1 }
    }

    /// How many whole batches a file has, as lines and bytes.
    ///
    /// - Throws: `RunError.badFile` when it has ratings of other rows, by another model or with other settings.
    func progress(in path: String) throws -> (lines: Int, bytes: Int) {
        guard FileManager.default.fileExists(atPath: path) else { return (0, 0) }
        let bytes = try readRegularFile(path)
        let complete = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let lines = bytes[..<complete].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropLast()
        guard lines.count <= ratings.count else {
            throw mismatch(path, line: ratings.count + 1, "there are only \(ratings.count) rows")
        }
        for (index, line) in lines.enumerated() {
            try check(Data(line), against: ratings[index], path, line: index + 1)
        }
        let count = ends.last { $0 <= lines.count } ?? 0
        return (count, lines.prefix(count).reduce(0) { $0 + $1.count + 1 })
    }

    private func check(_ line: Data, against expected: Rating, _ path: String, line number: Int) throws {
        let found: Rating
        do { found = try JSONDecoder().decode(Rating.self, from: line) } catch {
            throw mismatch(path, line: number, "it is not a rating")
        }
        guard found.model == expected.model else {
            throw mismatch(path, line: number, "another model made it")
        }
        guard found.settings == expected.settings else {
            throw mismatch(
                path, line: number,
                "it was made with other settings "
                    + "(\(found.settings.difference(from: expected.settings)))")
        }
        guard found.id == expected.id, found.row == expected.row else {
            throw mismatch(
                path, line: number,
                "it rates the row \"\(found.id)\", not \"\(expected.id)\" as \(file) has it "
                    + "now")
        }
    }

    private func mismatch(_ path: String, line: Int, _ problem: String) -> RunError {
        .badFile(
            file: "\(path):\(line)",
            problem:
                "\(problem), so this rating cannot continue the file; put back what changed, choose another "
                + "output, or start again with --overwrite")
    }
}

/// The readable rows of a file, with what identifies them.
private func ratedRows(_ file: String) throws -> [(line: Int, id: String, hash: String, task: String)] {
    var rows: [(line: Int, id: String, hash: String, task: String)] = []
    try RowFile(file).forEachReadable { row, hash in
        rows.append((row.line, row.id, hash, row.task.rawValue))
    }
    return rows
}

extension RatingSettings {
    /// The first setting that differs, in words.
    fileprivate func difference(from other: RatingSettings) -> String {
        let pairs: [(String, String, String)] = [
            ("answers per row", "\(answers)", "\(other.answers)"),
            ("maxNewTokens", "\(maxNewTokens)", "\(other.maxNewTokens)"),
            ("seed", "\(seed)", "\(other.seed)"), ("temperature", "\(temperature)", "\(other.temperature)"),
        ]
        guard let pair = pairs.first(where: { $0.1 != $0.2 }) else { return "of data, dtype or rewards" }
        return "\(pair.0) \(pair.1), now \(pair.2)"
    }
}
