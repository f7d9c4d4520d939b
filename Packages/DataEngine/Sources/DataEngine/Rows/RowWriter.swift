// Writes rows to an output that may be in another folder than the rows were read from.
internal import Foundation
public import Outputs
internal import StrictJSON

/// Writes rows, one a line, to an output that appears when it is complete.
public final class RowWriter {
    private let file: StreamedFile
    private let folder: String
    private var changes: [String: PathChange] = [:]
    /// How many rows were written.
    public private(set) var count = 0

    /// Begins an output; throws `OutputError`.
    public init(_ claim: OutputClaim) throws {
        file = try StreamedFile(claim)
        folder = URL(fileURLWithPath: claim.path).deletingLastPathComponent().path
    }

    /// How paths of rows of a folder are written.
    private func change(from source: String) -> PathChange {
        if let known = changes[source] { return known }
        let change = PathChange(from: source, to: folder)
        changes[source] = change
        return change
    }

    /// Writes a row: its bytes unchanged when it stays in its folder, otherwise with new paths.
    func write(_ row: DataRow) throws { try write(line: line(of: row)) }

    /// The line of a row as it is written.
    func line(of row: DataRow) throws -> [UInt8] {
        let change = change(from: row.folder)
        return change.isNone
            ? row.bytes : Array(try row.json.mappingPaths(change.callAsFunction).compact.utf8)
    }

    /// Writes a line.
    func write(line: [UInt8]) throws {
        try file.append(line)
        try file.append(CollectionOfOne(0x0A))
        count += 1
    }

    /// Appends text that is no whole line.
    func append(_ text: String) throws { try file.append(text) }

    /// Completes the output; throws `OutputError`.
    public func finish() throws { try file.finish() }
}
