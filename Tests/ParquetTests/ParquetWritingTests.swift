// What is written is read back.
import Foundation
import TestKit
import Testing

@testable import Parquet

@Suite struct ParquetWritingTests {
    private static let columns: [ParquetColumn] = [
        .init("id", .text), .init("count", .int), .init("share", .double), .init("flag", .bool),
        .init("options", .list(.text)), .init("images", .list(.image)), .init("image", .image),
        .init("deep", .list(.list(.int))),
        .init("model", .record([.init("gold", .text), .init("tags", .list(.text))])),
    ]

    private func write(
        _ rows: [[ParquetValue]], columns: [ParquetColumn] = columns,
        compression: ParquetWriter.Compression = .zstd
    ) throws -> [UInt8] {
        final class Sink { var bytes: [UInt8] = [] }
        let sink = Sink()
        var writer = try ParquetWriter(columns: columns, compression: compression) { sink.bytes += $0 }
        for row in rows { try writer.append(row) }
        try writer.finish()
        return sink.bytes
    }

    private func read(_ bytes: [UInt8]) throws -> [[ParquetValue]] {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("w-\(UUID()).parquet").path
        defer { unlink(path) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        var rows = try ParquetReader(path).rows()
        var all: [[ParquetValue]] = []
        while let row = try rows.next() { all.append(row) }
        return all
    }

    private static func picture(_ bytes: [UInt8]?, _ path: String?) -> ParquetValue {
        .record([
            .init("bytes", bytes.map(ParquetValue.bytes) ?? .null),
            .init("path", path.map(ParquetValue.text) ?? .null),
        ])
    }

    private static func value(_ kind: ParquetColumn.Kind, _ random: inout Seeded, depth: Int = 0)
        -> ParquetValue
    {
        let roll = Int(random.next() % 10)
        if roll == 0 { return .null }
        switch kind.plain {
        case .bool: return .bool(roll % 2 == 0)
        case .int: return .int(Int64(bitPattern: random.next()))
        case .double: return .double(Double(roll) / 3)
        case .text: return .text(String(repeating: "ä\"", count: roll))
        case .bytes, .image: return .bytes((0..<roll).map { UInt8($0 * 20) })
        case .list(let element):
            return .list((0..<(roll % 4)).map { _ in value(element, &random, depth: depth + 1) })
        case .record(let fields):
            return .record(fields.map { .init($0.name, value($0.kind, &random, depth: depth + 1)) })
        }
    }

    @Test("Random rows come back, with and without compression", arguments: [1, 2, 3, 4])
    func roundTrip(seed: UInt64) throws {
        var random = Seeded(seed)
        let rows = (0..<200).map { _ in Self.columns.map { Self.value($0.kind, &random) } }
        for compression in [ParquetWriter.Compression.none, .zstd] {
            let bytes = try write(rows, compression: compression)
            #expect(try read(bytes) == rows)
            #expect(try write(rows, compression: compression) == bytes)
        }
    }

    @Test("A file without rows, and one of several groups")
    func sizes() throws {
        #expect(try read(write([])).isEmpty)
        let columns = [ParquetColumn("n", .int)]
        let rows = (0..<25_000).map { [ParquetValue.int($0)] }
        #expect(try read(write(rows, columns: columns)) == rows)
    }

    @Test("A value of another kind is refused with its column")
    func refusal() throws {
        let error = #expect(throws: ParquetError.self) {
            try write([[.text("3")]], columns: [ParquetColumn("n", .int)])
        }
        #expect(error?.description.contains("column n: expected a value of kind int") == true)
        #expect(throws: ParquetError.self) { try write([[]], columns: [ParquetColumn("n", .int)]) }
        #expect(throws: ParquetError.self) { try write([], columns: []) }
    }
}
