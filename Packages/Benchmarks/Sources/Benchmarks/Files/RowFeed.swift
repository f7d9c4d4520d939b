// The rows of the files of a set in order, each with its file, line and number.
internal import Foundation
internal import StrictJSON
internal import TrainingData

/// The form of the file of a row.
enum FileForm: String, Sendable {
    /// VLMEvalKit's table.
    case table = "TSV"
    /// Hugging Face's rows.
    case parquet = "Parquet"
    /// The benchmark's own JSON.
    case json = "JSON"
}

/// Feeds a reader with rows.
struct RowFeed {
    /// A row.
    struct Found {
        let members: Result<JSONObject, SampleError>
        let place: RowPlace
        let form: FileForm
        /// The columns of its table; empty for other files.
        let header: [String]
        /// The number of the row in all files, from 0.
        let number: Int
        /// The number of the row in its file, from 0.
        let numberInFile: Int
    }

    private var files: ArraySlice<String>
    private let pictures: PictureCells
    private var stream: RowStream?
    private var batch: RowBatch?
    private var position = 0
    private var form = FileForm.json
    private var queue: ArraySlice<Found> = []
    private var (number, numberInFile) = (0, 0)
    /// The columns that every file must have, once the layout is known.
    var columns: [String] = []
    /// The file and line of the last row.
    private(set) var (file, line) = ("", 0)

    init(_ files: [String], pictures: PictureCells = .index) {
        (self.files, self.pictures) = (files[...], pictures)
    }

    /// What the first file says about itself, without taking its rows.
    ///
    /// Throws ``SampleError`` for a file without rows.
    mutating func start() throws -> (file: String, form: FileForm, columns: Set<String>, header: [String]) {
        let first = files.first ?? ""
        while queue.isEmpty { guard try fill() else { throw SampleError.noRows(file: first) } }
        guard let found = queue.first else { throw SampleError.noRows(file: first) }
        var columns = Set(found.header)
        if columns.isEmpty {
            for row in queue {
                if case .success(let members) = row.members { columns.formUnion(members.keys) }
            }
        }
        if columns.isEmpty { _ = try found.members.get() }
        return (found.place.file, found.form, columns, found.header)
    }

    /// The next row; nil at the end.
    ///
    /// Throws ``SampleError`` for a file that cannot be read further; there are no rows after that.
    mutating func next() throws -> Found? {
        do {
            while queue.isEmpty { guard try fill() else { return nil } }
        } catch {
            (files, stream, batch) = ([], nil, nil)
            throw error
        }
        guard let found = queue.popFirst() else { return nil }
        (file, line) = (found.place.file, found.place.line)
        return found
    }

    /// Queues the rows of the next batch; false at the end.
    private mutating func fill() throws -> Bool {
        while true {
            if let batch = try stream?.next() {
                queue = rows(of: batch)[...]
                try check(batch)
                return true
            }
            guard let path = files.popFirst() else { return false }
            (stream, numberInFile, file, line) = (RowStream([path], pictures: pictures), 0, path, 0)
            form = Self.isParquet(path) ? .parquet : .json
        }
    }

    private mutating func rows(of batch: RowBatch) -> [Found] {
        if batch.columns != nil, form == .json { form = .table }
        var rows: [Found] = []
        for index in batch.rows.indices {
            let members = Result { () throws(SampleError) in try batch.members(index) }
            var inner = [members]
            if form == .json, case .success(let object) = members {
                inner = Self.unwrapped(object).map(Result.success)
            }
            for (offset, members) in inner.enumerated() {
                rows.append(
                    Found(
                        members: members,
                        place: RowPlace(file: batch.file, line: batch.rows[index].line + offset), form: form,
                        header: batch.columns ?? [], number: number, numberInFile: numberInFile))
                (number, numberInFile) = (number + 1, numberInFile + 1)
            }
        }
        return rows
    }

    /// A row, or the rows inside an object that holds all of them.
    private static func unwrapped(_ object: JSONObject) -> [JSONObject] {
        for key in ["question", "query", "sent", "messages"] where object[key] != nil { return [object] }
        return Wrapped.rows(in: object) ?? [object]
    }

    /// Checks that a later file of the set has the same layout.
    private func check(_ batch: RowBatch) throws {
        guard let header = batch.columns, let missing = columns.first(where: { !header.contains($0) }) else {
            return
        }
        throw SampleError.unreadable(
            file: batch.file, reason: "it has no column \"\(missing)\", which the files before it have")
    }

    /// Whether a file is a Parquet file by its first bytes; false for one that cannot be read, which opening it reports.
    static func isParquet(_ path: String) -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? handle.close() }  // only read
        return (try? handle.read(upToCount: 4)).map { $0 == Data("PAR1".utf8) } ?? false
    }
}
