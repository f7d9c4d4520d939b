// What can be wrong with a file of samples, in words that a user can act on, and the rows that are set aside
// because of it.
import Foundation

/// An error in a file of samples.
public enum SampleError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or read.
    case unreadable(file: String, reason: String)
    /// The file has no rows at all.
    case noRows(file: String)
    /// A row is not one JSON object.
    case invalidJSON(file: String, line: Int, reason: String)
    /// A key has a value of the wrong kind or range, or is missing (`found` is then "nothing").
    case wrongValue(file: String, line: Int, key: String, expected: String, found: String)
    /// A row has none of the layouts that are known; `found` lists its keys.
    case noLayout(file: String, line: Int, found: String)
    /// Two rows have one id.
    case duplicateID(file: String, line: Int, id: String, firstLine: Int)
    /// An image does not exist or cannot be read.
    case missingImage(location: String, path: String, reason: String)
    /// A row has neither a gold nor an assistant turn to learn from.
    case nothingToLearn(location: String)

    /// The key that a value is wrong of, where the error is about one.
    public var key: String? {
        switch self {
        case .wrongValue(_, _, let key, _, _): key
        case .duplicateID: "id"
        case .missingImage: "images"
        case .noLayout: "messages"
        case .unreadable, .noRows, .invalidJSON, .nothingToLearn: nil
        }
    }

    /// File and line, key, expected, found.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .noRows(let file): "\(file): no rows; expected one JSON object per line"
        case .invalidJSON(let file, let line, let reason): "\(file):\(line): not a JSON object: \(reason)"
        case .wrongValue(let file, let line, let key, let expected, let found):
            "\(file):\(line): \"\(key)\": expected \(expected), found \(found)"
        case .noLayout(let file, let line, let found):
            "\(file):\(line): \"messages\": expected a list of turns or a layout of docs/data-layouts.md, found "
                + "\(found); say which key is which, for example map: question=KEY solution=KEY images=KEY"
        case .duplicateID(let file, let line, let id, let firstLine):
            "\(file):\(line): the id \"\(id)\" was already used in line \(firstLine); give each row its own id, or "
                + "import the rows with --renumber"
        case .missingImage(let location, let path, let reason):
            "\(location): image \(path.utf8.count > 200 ? "\(path.prefix(60))..." : path): \(reason)"
        case .nothingToLearn(let location):
            "\(location): neither \"solution\" nor a last assistant turn: nothing to learn from"
        }
    }
}

/// What the reader does with a row that it cannot use.
public enum RejectPolicy: String, Codable, Sendable, CaseIterable {
    /// The first such row is thrown as an error.
    case stop
    /// Such rows are set aside and reported together.
    case collect
}

/// A row that cannot be used, and why.
public struct Reject: Codable, Sendable, Equatable {
    /// The file as it was named to the reader.
    public var file: String
    /// The line, counted from one.
    public var line: Int
    /// The key that the reason is about, where it is about one.
    public var key: String?
    /// The reason in words, with file and line.
    public var reason: String

    /// A row set aside.
    public init(file: String, line: Int, key: String? = nil, reason: String) {
        (self.file, self.line, self.key, self.reason) = (file, line, key, reason)
    }
}

/// Writes the rejects as JSON lines with the keys `file`, `line` and `reason`.
///
/// An empty list writes an empty file, so that a finished run always leaves one. Throws
/// ``SampleError/unreadable``.
public func writeRejects(_ rejects: [Reject], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var lines = Data()
    for reject in rejects {
        lines.append(try encoder.encode(reject))
        lines.append(0x0A)
    }
    do {
        try lines.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
        throw SampleError.unreadable(file: path, reason: "the reject file cannot be written: \(error)")
    }
}
