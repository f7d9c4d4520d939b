// Reads a source that is in the record's layout already: keys may have other names, and the task may be given.
import Foundation
import Outputs
import StrictJSON
import TrainingData

@testable import DataEngine

/// Imports rows of the record from a JSON-lines file.
///
/// - Parameters:
///   - source: The file, the names of keys and the task of rows that give none.
///   - output: The file of rows to write.
/// - Returns: How many rows were written.
/// - Throws: ``DataEngineError`` for a row that is not one; `OutputError`.
@discardableResult
func importRecords(_ source: RecipeSource, to output: OutputClaim) throws -> Int {
    let reader = try LineReader(source.path)
    let writer = try RowWriter(output)
    let folder = PathChange(from: RowFile(source.path).folder, to: RowFile(output.path).folder)
    while let line = try reader.next() {
        if line.isBlank { continue }
        let location = "\(source.path):\(line.number)"
        let json: OrderedJSON
        do { json = try OrderedJSON(parsing: line.bytes) } catch {
            throw DataEngineError.badLine(location: location, problem: "not a JSON object: \(error)")
        }
        var row = try renamed(json, source.map, location)
        if !source.task.isEmpty, row["task"] ?? .null == .null {
            row = row.setting("task", to: .string(source.task))
        }
        if row["id"] ?? .null == .null { row = row.setting("id", to: .string("\(line.number)")) }
        try writer.write(line: Array(row.mappingPaths(folder.callAsFunction).compact.utf8))
    }
    guard writer.count > 0 else {
        throw DataEngineError.badFile(
            file: source.path, problem: "no rows; expected one JSON object per line")
    }
    try writer.finish()
    return writer.count
}

/// The row with the record's names of keys.
private func renamed(_ row: OrderedJSON, _ map: [String: String], _ location: String) throws -> OrderedJSON {
    guard case .object(let members) = row else {
        throw DataEngineError.badLine(location: location, problem: "expected a JSON object")
    }
    var names: [String: String] = [:]
    for (name, old) in map.sorted(by: { $0.key < $1.key }) {
        guard members.contains(where: { $0.key == old }) else {
            throw DataEngineError.badValue(
                location: location, key: old, expected: "a value for \(name), as the map says",
                found: "nothing")
        }
        if old != name, members.contains(where: { $0.key == name }) {
            throw DataEngineError.badValue(
                location: location, key: name, expected: "no such key, because the map takes \(old) for it",
                found: "one")
        }
        names[old] = name
    }
    return .object(members.map { .init(key: names[$0.key] ?? $0.key, value: $0.value) })
}
