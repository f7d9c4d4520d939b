// Parquet files of pyarrow, pandas and fastparquet: Fixtures/parquet/make_parquet.py wrote them and the rows that they
// hold.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import Parquet

extension ParquetValue {
    /// The value as make_parquet.py notes it.
    var noted: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .integer(Int(value))
        case .double(let value): value.isFinite ? .number(value) : .string("\(value)")
        case .text(let text): .string(text)
        case .bytes(let bytes):
            .object(["bytes": .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())])
        case .list(let elements): .array(elements.map(\.noted))
        case .record(let members):
            .object(JSONObject(Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value.noted) })))
        }
    }
}

/// All rows of a file as objects.
func rows(_ path: String, limits: ParquetLimits = ParquetLimits()) throws -> [JSONValue] {
    let reader = try ParquetReader(path, limits: limits)
    var rows = reader.rows()
    var found: [JSONValue] = []
    while let row = try rows.next() {
        found.append(
            .object(JSONObject(Dictionary(uniqueKeysWithValues: zip(reader.columns, row.map(\.noted))))))
    }
    return found
}

/// Whether two values are equal where whole numbers may be written as either kind.
func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.array(let left), .array(let right)):
        left.count == right.count && zip(left, right).allSatisfy(isSame)
    case (.object(let left), .object(let right)):
        left.count == right.count
            && left.allSatisfy { key, value in right[key].map { isSame(value, $0) } ?? false }
    default: left == right || (left.double != nil && left.double == right.double)
    }
}

private let names = {
    do {
        return try FileManager.default.contentsOfDirectory(atPath: Fixtures.url("parquet").path)
            .filter { $0.hasSuffix(".parquet") }.sorted()
    } catch { fatalError("\(error)") }
}()

@Suite struct ParquetReadingTests {
    @Test("Files of other programs give their rows", arguments: names)
    func others(name: String) throws {
        let path = Fixtures.url("parquet/\(name)").path
        let wanted = try JSONValue(
            parsing: String(contentsOfFile: path.replacing(".parquet", with: ".json"), encoding: .utf8))
        let found = try rows(path)
        let list = try #require(wanted.elements)
        #expect(found.count == list.count)
        for (index, (found, wanted)) in zip(found, list).enumerated() where !isSame(found, wanted) {
            Issue.record("row \(index): found \(found), wanted \(wanted)")
            break
        }
        #expect(try ParquetReader(path).rowCount == list.count)
    }

    @Test("There are files of every kind")
    func kinds() { #expect(names.count >= 26) }

    @Test("Damaged files are refused with the file's name and never crash", arguments: names)
    func damage(name: String) throws {
        let bytes = try Fixtures.bytes("parquet/\(name)")
        var random = Seeded(UInt64(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }.magnitude))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("damaged-\(UUID()).parquet")
            .path
        defer { unlink(path) }
        var limits = ParquetLimits()
        (limits.pageBytes, limits.pageValues) = (1 << 20, 1 << 16)
        for _ in 0..<12 {
            try Data(random.damaged(bytes)).write(to: URL(fileURLWithPath: path))
            do { _ = try rows(path, limits: limits) } catch let error as ParquetError {
                #expect(error.description.hasPrefix(path) && !error.reason.isEmpty)
            }
        }
    }

    @Test("What is no Parquet file is refused in words")
    func refusals() throws {
        let good = try Fixtures.bytes("parquet/plain.parquet")
        let cases: [([UInt8], String)] = [
            ([], "too short"), (Array("PAR1".utf8), "too short"), (Array(good.dropLast(3)), "cut off"),
            (Array(good.dropLast(8)) + [255, 255, 255, 127] + Array("PAR1".utf8), "larger than the file"),
            (try Fixtures.bytes("fuzz/parquet/found-negative-columns"), "its schema says -"),
        ]
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("no-\(UUID()).parquet").path
        defer { unlink(path) }
        for (bytes, words) in cases {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ParquetError.self) { try rows(path) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        let missing = #expect(throws: ParquetError.self) { try ParquetReader("/no/such") }
        #expect(missing?.description == "/no/such: no such file")
    }

    @Test("An error names row group and column")
    func place() throws {
        var bytes = try Fixtures.bytes("parquet/codec-snappy-v1.parquet")
        // The first page of the first column follows the mark.
        for index in 30..<60 { bytes[index] = 0xFF }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID()).parquet")
            .path
        defer { unlink(path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ParquetError.self) { try rows(path) }
        #expect(error?.rowGroup == 0 && error?.column == "text", "\(String(describing: error))")
    }
}
