// The ratings of a file by row, without the answers: about a hundred bytes a row.
internal import Foundation
internal import StrictJSON
internal import TrainingData

/// Mean and spread of the rewards of many rows.
public struct RatingTable {
    /// What is kept of a rating.
    struct Entry {
        /// The hash of the row's content.
        let row: Digest
        let line: Int
        /// Whether the row could not be answered.
        let isUnusable: Bool
        let accuracy, total: Spread
    }

    /// The file.
    let path: String
    private var entries: [Digest: Entry] = [:]

    /// How many rows are rated.
    public var count: Int { entries.count }

    /// Reads a file of ratings.
    ///
    /// - Throws: ``DataEngineError`` with file, line and key.
    public init(_ path: String) throws {
        self.path = path
        let reader = try LineReader(path)
        while let line = try reader.next() {
            if line.isBlank { continue }
            let location = "\(path):\(line.number)"
            let fields = try RatingFields(line.bytes, location: location)
            let id = try fields.text("id")
            let status = try fields.texts("status")
            let isUnusable = fields["problem"] != nil
            let entry = Entry(
                row: Digest(try fields.text("row")), line: line.number, isUnusable: isUnusable,
                accuracy: Spread(try fields.numbers("accuracy", count: status.count), status: status),
                total: Spread(try fields.numbers("total", count: status.count), status: status))
            if let first = entries.updateValue(entry, forKey: Digest(id)) {
                throw DataEngineError.badLine(
                    location: location,
                    problem:
                        "the row \"\(id)\" was already rated in line \(first.line); a file has one rating a row"
                )
            }
        }
        guard !entries.isEmpty else {
            throw DataEngineError.badFile(file: path, problem: "no ratings; r1-data rate writes them")
        }
    }

    /// The rating of a row; nil when there is none.
    ///
    /// - Throws: ``DataEngineError`` when the rating is that of other content under the same id.
    func entry(of row: DataRow) throws -> Entry? {
        guard let entry = entries[Digest(row.sample.id)] else { return nil }
        guard try Digest(rowHash(row.bytes)) == entry.row else {
            throw DataEngineError.badLine(
                location: row.location,
                problem:
                    "the row \"\(row.sample.id)\" is not the one that \(path):\(entry.line) rates: its content "
                    + "changed; rate the rows again, or put back what changed")
        }
        return entry
    }
}

/// The members of one line of ratings, read with errors that name file, line and key.
private struct RatingFields {
    let location: String
    let members: JSONObject

    init(_ bytes: [UInt8], location: String) throws {
        self.location = location
        do {
            let value = try bytes.withUnsafeBufferPointer { try JSONValue(parsing: $0) }
            guard let members = value.members else {
                throw DataEngineError.badLine(
                    location: location, problem: "expected a rating (a JSON object), found \(value.summary)")
            }
            self.members = members
        } catch let error as JSONSyntaxError {
            throw DataEngineError.badLine(
                location: location,
                problem: "not a rating: \(error.description); if rating was stopped here, continue it")
        }
    }

    subscript(key: String) -> JSONValue? { members[key].flatMap { $0 == .null ? nil : $0 } }

    func text(_ key: String) throws -> String {
        guard let text = self[key]?.text else { throw fault(key, "a text") }
        return text
    }

    func texts(_ key: String) throws -> [String] {
        guard let list = self[key]?.elements else { throw fault(key, "a list of texts") }
        return try list.map { element in
            guard let text = element.text else { throw fault(key, "a list of texts") }
            return text
        }
    }

    func numbers(_ key: String, count: Int) throws -> [Double] {
        let numbers = self[key]?.elements?.compactMap(\.double) ?? []
        guard numbers.count == count, self[key]?.elements?.count == count else {
            throw fault(key, "\(count) numbers, one for each status")
        }
        return numbers
    }

    private func fault(_ key: String, _ expected: String) -> DataEngineError {
        .badValue(
            location: location, key: key, expected: expected, found: members[key]?.summary ?? "nothing")
    }
}
