// A set of a run: found, counted and hashed before anything is asked.
internal import Basics
public import Benchmarks
internal import Checkpoint
internal import Foundation
internal import TrainingData

/// What a run asks of a set.
public struct SetRequest: Sendable {
    /// A file, a folder of shards or a pattern.
    public var path: String
    /// How it is read.
    public var reading = BenchmarkOptions()
    /// Ask only this many questions, each with all rotations of its options; 0 asks all.
    public var limit = 0
    /// Whether the limit takes the questions whose hashes are smallest, which is a fixed sample of the whole set;
    /// otherwise it takes the first ones.
    public var isSampled = false

    /// All rows of a set.
    public init(_ path: String) { self.path = path }

    /// A set as command lines and settings name it: `PATH` or `BENCHMARK=PATH`.
    public init(argument: String) {
        path = argument
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        if parts.count == 2, let benchmark = Benchmark(rawValue: parts[0].lowercased()) {
            (path, reading.benchmark) = (parts[1], benchmark)
        }
    }
}

/// A set that was found and counted.
public struct PlannedSet: Sendable {
    /// What the manifest says of it.
    public var manifest: SetManifest
    /// What a user should know about it.
    public let notes: [String]
    /// The ids and rotations of the rows that are asked, in order.
    let rows: [(id: String, rotation: Int)]
    private let request: SetRequest

    /// Reads a set once, to count its rows.
    ///
    /// - Parameters:
    ///   - request: What to read.
    ///   - answers: How its questions are answered, by its benchmark.
    /// - Throws: `SampleError` for a set that cannot be read or has no rows.
    public init(_ request: SetRequest, answers: (Benchmark) throws -> AnswerSettings) throws {
        self.request = request
        var reader = try BenchmarkReader(request.path, request.reading)
        var (rows, groups): ([(id: String, rotation: Int)], [String]) = ([], [])
        while let row = try reader.next() {
            rows.append((row.id, row.rotation))
            groups.append(row.group)
        }
        guard !rows.isEmpty else { throw SampleError.noRows(file: request.path) }
        if request.limit > 0 {
            let chosen = Self.chosen(groups, request)
            rows = zip(rows, groups).filter { chosen.contains($0.1) }.map(\.0)
        }
        self.rows = rows
        notes =
            reader.notes
            + (reader.pandasDifferences > 0
                ? [
                    "pandas reads cells of \(countText(reader.pandasDifferences)) rows otherwise ("
                        + (request.reading.pandasMissing
                            ? "as here" : "--pandas-missing does the same") + ")"
                ] : [])
        manifest = SetManifest(
            name: reader.set, benchmark: reader.benchmark.rawValue, path: request.path,
            files: try reader.files.map { file in
                SetFile(
                    path: file,
                    bytes: try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0,
                    sha256: try sha256(ofFile: file))
            }, rows: rows.count, limit: request.limit, isSampled: request.isSampled,
            split: request.reading.split, pandasMissing: request.reading.pandasMissing,
            answers: try answers(reader.benchmark))
    }

    /// A set of a run that was made before.
    ///
    /// - Parameters:
    ///   - manifest: What the run's manifest says of the set.
    ///   - path: Where it is now.
    /// - Throws: `BenchmarkRunError.badFile` when the files are not those of the manifest.
    init(_ manifest: SetManifest, at path: String) throws {
        var request = SetRequest(path)
        (request.limit, request.isSampled) = (manifest.limit, manifest.isSampled)
        request.reading.benchmark = Benchmark(rawValue: manifest.benchmark)
        (request.reading.set, request.reading.split) = (manifest.name, manifest.split)
        request.reading.pandasMissing = manifest.pandasMissing
        request.reading.pictures = .none
        try self.init(request) { _ in manifest.answers }
        for (now, then) in zip(self.manifest.files, manifest.files) where now.sha256 != then.sha256 {
            throw BenchmarkRunError.badFile(
                now.path,
                "it is not the file that was asked (SHA-256 \(then.sha256.prefix(16))..., now "
                    + "\(now.sha256.prefix(16))...); scores of other data would mean nothing")
        }
        guard self.manifest.files.count == manifest.files.count, rows.count == manifest.rows else {
            throw BenchmarkRunError.badFile(
                path,
                "expected \(manifest.rows) rows of \(manifest.files.count) files, found \(rows.count) of "
                    + "\(self.manifest.files.count)")
        }
    }

    /// The row with an id, with its pictures.
    ///
    /// - Throws: `SampleError`, or `BenchmarkRunError.badFile` when there is none.
    func row(id: String) throws -> BenchmarkRow {
        var found: BenchmarkRow?
        var options = request.reading
        options.pictures = .optional
        var reader = try BenchmarkReader(request.path, options)
        while found == nil, let row = try reader.next() { if row.id == id { found = row } }
        guard let found else { throw BenchmarkRunError.badFile(request.path, "it has no row \(id)") }
        return found
    }

    /// Calls `body` with each row that is asked, in order; pictures are in memory only for the row at hand.
    ///
    /// - Parameters:
    ///   - pictures: What is done about pictures.
    ///   - body: Receives the row's place among `rows` and the row.
    /// - Throws: `SampleError` for rows that cannot be read, and what `body` throws.
    func forEachRow(
        pictures: PictureNeed, _ body: (_ index: Int, _ row: BenchmarkRow) throws -> Void
    ) throws {
        var options = request.reading
        options.pictures = pictures
        var reader = try BenchmarkReader(request.path, options)
        var next = 0
        while next < rows.count, let row = try reader.next() {
            guard row.id == rows[next].id, row.rotation == rows[next].rotation else { continue }
            try body(next, row)
            next += 1
        }
        guard next == rows.count else {
            throw BenchmarkRunError.badFile(request.path, "the file changed while it was read")
        }
    }

    /// The questions that a limit leaves, by their groups.
    private static func chosen(_ groups: [String], _ request: SetRequest) -> Set<String> {
        var seen: Set<String> = []
        let questions = groups.filter { seen.insert($0).inserted }
        guard request.isSampled else { return Set(questions.prefix(request.limit)) }
        let hashes = questions.map { sha256(Array($0.utf8)) }
        let order = questions.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
        return Set(order.prefix(request.limit).map { questions[$0] })
    }
}
