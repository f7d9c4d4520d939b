// The rows of a Parquet file; pictures inside rows become data: URIs.
internal import Foundation
internal import Parquet
internal import StrictJSON

/// Reads a Parquet file.
struct ParquetTableRows: RowReader {
    /// The most rows of a batch.
    private static let mostRows = 1024

    private let file: String
    private let columns: [JSONKey]
    private var rows: ParquetRows
    private var number = 0
    private var isBroken = false

    init(_ path: String) throws {
        file = path
        do throws(ParquetError) {
            let reader = try ParquetReader(path)
            (columns, rows) = (reader.columns.map { JSONKey($0) }, reader.rows())
        } catch { throw SampleError.unreadable(file: path, reason: Self.reason(error)) }
    }

    mutating func next() throws -> RowBatch? {
        guard !isBroken else { return nil }
        var batch: [RowBatch.Row] = []
        batch.reserveCapacity(Self.mostRows)
        let columns = columns
        var size = 0
        while batch.count < Self.mostRows, size < 4 * ByteSource.blockSize {
            var members = JSONObject()
            members.reserveCapacity(columns.count)
            do throws(ParquetError) {
                let isRow = try rows.next { column, value in
                    if !value.isNull { members[columns[column]] = JSONValue(value, size: &size) }
                }
                guard isRow else { break }
            } catch { throw SampleError.unreadable(file: file, reason: Self.reason(error)) }
            number += 1
            batch.append(RowBatch.Row(line: number, content: .members(members)))
        }
        return batch.isEmpty ? nil : RowBatch(file: file, rows: batch, columns: columns.map(\.text))
    }

    /// The reason with row group and column, without the file.
    private static func reason(_ error: ParquetError) -> String {
        var place: [String] = []
        if let group = error.rowGroup { place.append("row group \(group)") }
        if let column = error.column { place.append("column \(column)") }
        return place.isEmpty ? error.reason : "\(place.joined(separator: ", ")): \(error.reason)"
    }
}

extension JSONValue {
    /// A cell as JSON: bytes become base64, a picture's with their type; numbers that JSON does not have become null.
    fileprivate init(_ value: ParquetValue, size: inout Int) {
        switch value {
        case .null: self = .null
        case .bool(let isTrue): self = .bool(isTrue)
        case .int(let number): self = .integer(Int(number))
        case .double(let number): self = number.isFinite ? .number(number) : .null
        case .text(let text):
            size += text.utf8.count
            self = .string(text)
        case .bytes(let bytes):
            size += 2 * bytes.count
            self = .string(embedded(bytes))
        case .list(let elements): self = .array(elements.map { JSONValue($0, size: &size) })
        case .record(let members):
            var object: JSONObject = [:]
            for member in members where !member.value.isNull {
                object[member.name] = JSONValue(member.value, size: &size)
            }
            self = .object(object)
        }
    }
}

/// Bytes as a `data:` URI; texts that a writer did not mark as such stay texts.
func embedded(_ bytes: [UInt8]) -> String {
    let type = mediaType(bytes)
    if type == nil, let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) {
        return text
    }
    return "data:\(type ?? "application/octet-stream");base64,\(Data(bytes).base64EncodedString())"
}

/// The media type of a picture by its first bytes; nil when it is none that is known.
func mediaType(_ bytes: [UInt8]) -> String? {
    for (start, type) in [
        ([0x89, 0x50, 0x4E, 0x47], "image/png"), ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        ([0x47, 0x49, 0x46, 0x38], "image/gif"), ([0x49, 0x49, 0x2A, 0x00], "image/tiff"),
        ([0x4D, 0x4D, 0x00, 0x2A], "image/tiff"),
    ] as [([UInt8], String)] where bytes.starts(with: start) {
        return type
    }
    if bytes.count >= 12, bytes.starts(with: "RIFF".utf8), bytes[8..<12].elementsEqual("WEBP".utf8) {
        return "image/webp"
    }
    if bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) {
        return bytes[8..<11].elementsEqual("avi".utf8) ? "image/avif" : "image/heic"
    }
    if bytes.count >= 26, bytes.starts(with: "BM".utf8), bytes[6..<10].allSatisfy({ $0 == 0 }) {
        return "image/bmp"
    }
    return nil
}
