// Reads the rows of a set, one after the other, so that a table larger than memory can be read. RowStream finds the rows,
// BenchmarkLayout makes them neutral; this file handles files, ids and what pandas would do.
internal import Foundation
internal import Parquet
internal import StrictJSON
public import TrainingData

/// Reads a benchmark, or custom rows, from any layout.
///
/// Memory is bounded: some rows, 64 MiB of pictures that later rows may name, and the ids. Custom rows and a file that is
/// one JSON object are held whole.
public struct BenchmarkReader {
    /// The benchmark.
    public let benchmark: Benchmark
    /// The layout; nil for custom rows.
    public let layout: BenchmarkLayout?
    /// The name of the set.
    public let set: String
    /// The files, in the order of reading.
    public let files: [String]
    /// What a user should know about the set, such as a split that is not what its name says.
    public private(set) var notes: [String] = []
    /// Rows so far.
    public private(set) var rowCount = 0
    /// Rows without a picture that were dropped as the reference drops them; only with `pandasMissing`.
    public private(set) var droppedCount = 0

    private let options: BenchmarkOptions
    private var source: RowFeed
    private var pending: [BenchmarkRow] = []
    private var samples: [Sample] = []
    private var lineOfID: [String: Int] = [:]
    private var pandas: PandasCells?

    /// Opens a set and finds its layout.
    ///
    /// - Parameters:
    ///   - input: A file, a folder of shards, or a pattern such as `data/test-*.parquet`.
    ///   - options: What the caller knows, and how rows are read.
    /// - Throws: ``SampleError`` for files that cannot be read, are incomplete or fit no layout.
    public init(_ input: String, _ options: BenchmarkOptions = BenchmarkOptions()) throws {
        self.options = options
        files = try SetName.files(input, split: options.split)
        source = RowFeed(files)
        let start = try source.start()
        let isCustom = options.benchmark == .custom
        if isCustom
            || (options.benchmark == nil && options.layout == nil && start.columns.contains("messages"))
        {
            (benchmark, layout) = (.custom, nil)
            set = options.set ?? SetName.set(of: input, files: files, .custom)
            samples = try SampleReader.read(input).samples.reversed()
            if options.pictures == .required { try checkImages(samples) }
            return
        }
        let found = try BenchmarkLayout.chosen(start.file, start.form, columns: start.columns, options)
        (benchmark, layout) = (found.benchmark, found)
        set = options.set ?? SetName.set(of: input, files: files, found.benchmark)
        source.columns = found.columns
        if start.form == .table {
            var cells = PandasCells(header: start.header)
            if options.pandasMissing {
                var all = RowFeed(files, pictures: .asWritten)
                while let row = try all.next() {
                    // A row that cannot be read is reported when its turn comes.
                    if let members = try? row.members.get() { cells.add(members) }
                }
            }
            pandas = cells
        }
        try note(found)
    }

    /// Rows, of those read so far, whose cells pandas reads otherwise: words such as `None` for missing cells, and numbers
    /// that it rewrites.
    ///
    /// Complete after the last row. 0 for files that are no tables.
    public var pandasDifferences: Int { pandas?.differenceCount ?? 0 }

    /// The next row; nil at the end.
    ///
    /// Throws ``SampleError`` with file and line for a row that cannot be used; the next call goes on after it. After an
    /// error of a whole file the next call returns nil.
    public mutating func next() throws -> BenchmarkRow? {
        if benchmark == .custom {
            guard let sample = samples.popLast() else { return nil }
            return try checked(BenchmarkRow(sample, set: set))
        }
        while pending.isEmpty {
            guard let found = try source.next() else { return nil }
            pending = try rows(of: found).reversed()
        }
        return try pending.popLast().map { row in try checked(row) }
    }

    /// Reads all rows of a set.
    ///
    /// - Parameters:
    ///   - input: As in `init`.
    ///   - options: As in `init`.
    ///   - policy: With `.stop` the first bad row is thrown; with `.collect` bad rows are returned as rejects.
    /// - Returns: The rows, the rejects and the reader with its notes and counts.
    /// - Throws: ``SampleError``, also for a set without any row.
    public static func read(
        _ input: String, _ options: BenchmarkOptions = BenchmarkOptions(),
        rejects policy: RejectPolicy = .stop
    ) throws -> (rows: [BenchmarkRow], rejects: [Reject], reader: BenchmarkReader) {
        var reader = try BenchmarkReader(input, options)
        var (rows, rejects): ([BenchmarkRow], [Reject]) = ([], [])
        while true {
            do {
                guard let row = try reader.next() else { break }
                rows.append(row)
            } catch let error as SampleError {
                guard policy == .collect else { throw error }
                rejects.append(
                    Reject(
                        file: reader.source.file, line: reader.source.line, key: error.key, reason: "\(error)"
                    ))
            }
        }
        guard !rows.isEmpty || !rejects.isEmpty else { throw SampleError.noRows(file: input) }
        return (rows, rejects, reader)
    }

    private mutating func rows(of found: RowFeed.Found) throws -> [BenchmarkRow] {
        var members = try found.members.get()
        if pandas != nil {
            if options.pandasMissing {
                members = pandas?.applied(to: members) ?? members
                if found.header.contains("image"), members["image"] == nil {
                    droppedCount += 1
                    return []
                }
            } else {
                pandas?.add(members)
            }
        }
        let row = RowSource(
            members: members, place: found.place, form: found.form, set: set, number: found.number,
            numberInFile: found.numberInFile, options: options)
        return try layout?.read(row) ?? []
    }

    private mutating func checked(_ row: BenchmarkRow) throws -> BenchmarkRow {
        if let first = lineOfID[row.id] {
            throw row.place.fault(
                "id", expected: "an index or id of its own",
                found: "\"\(row.id)\", which the row at \(first) has already")
        }
        lineOfID[row.id] = row.place.line
        rowCount += 1
        return row
    }

    /// Notes about sets whose name says something else than they hold.
    private mutating func note(_ layout: BenchmarkLayout) throws {
        if files.count == 1, let shard = SetName.shard(of: files[0]), shard.count > 1 {
            notes.append("only shard \(shard.number) of \(shard.count) is read; give the folder to read all")
        }
        if layout.id == "refcoco", RefCOCOSplit("\(set)/\(files[0])").name == "RefCOCO_val" {
            let count = try files.reduce(0) { try $0 + Self.parquetRowCount($1) }
            if count == 8811 {
                notes.append(
                    "this \"val\" of RefCOCO has 8,811 objects: the 3,811 of the UNC split val and 5,000 others; scores "
                        + "on it are not those of RefCOCO val")
            }
        }
    }

    private static func parquetRowCount(_ file: String) throws -> Int {
        guard RowFeed.isParquet(file) else { return 0 }
        do { return try ParquetReader(file).rowCount } catch {
            throw SampleError.unreadable(file: file, reason: error.reason)
        }
    }
}
