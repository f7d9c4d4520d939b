// WebDataset shards: a tar archive in which the files of one row follow one another and share the name before the dot.
// https://github.com/webdataset/webdataset
internal import StrictJSON

/// Reads the rows of a tar archive.
struct TarRows: RowReader {
    /// The most bytes of one file in the archive.
    private static let fileLimit = 1 << 28
    private static let block = 512

    private let file: String
    private let source: ByteSource
    private var bytes: [UInt8] = []
    private var position = 0
    private var isAtEnd = false
    private var number = 0
    /// The row whose files are being read.
    private var row: TarRow?

    init(_ source: ByteSource, file: String) { (self.source, self.file) = (source, file) }

    mutating func next() throws -> RowBatch? {
        var rows: [RowBatch.Row] = []
        var size = 0
        while rows.count < 256, size < 4 * ByteSource.blockSize, !isAtEnd {
            guard let entry = try entry() else {
                isAtEnd = true
                if let row { rows.append(finished(row)) }
                row = nil
                break
            }
            let (key, ending) = TarRow.split(entry.name)
            size += 2 * entry.bytes.count
            if row?.key != key {
                if let row { rows.append(finished(row)) }
                row = TarRow(key: key)
            }
            row?.add(entry.bytes, ending: ending, place: RowPlace(file: file, line: number + 1))
        }
        return rows.isEmpty ? nil : RowBatch(file: file, rows: rows)
    }

    private mutating func finished(_ row: TarRow) -> RowBatch.Row {
        number += 1
        return RowBatch.Row(line: number, content: row.content)
    }

    // MARK: - The archive

    private mutating func take(_ count: Int) throws -> ArraySlice<UInt8>? {
        while bytes.count - position < count {
            let block = try source.read()
            if block.isEmpty {
                guard position == bytes.count else {
                    throw SampleError.unreadable(file: file, reason: "the archive is cut off")
                }
                return nil
            }
            bytes = Array(bytes[position...]) + block
            position = 0
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// The next regular file; nil at the end.
    private mutating func entry() throws -> (name: String, bytes: [UInt8])? {
        var longName: String?
        while let slice = try take(Self.block) {
            let header = Array(slice)
            if header.allSatisfy({ $0 == 0 }) { return nil }
            guard let size = Self.octal(header[124..<136]), let sum = Self.octal(header[148..<156]),
                Self.sum(header) == sum
            else {
                throw SampleError.unreadable(
                    file: file, reason: "the archive is damaged: a header's sum is wrong")
            }
            guard size <= Self.fileLimit else {
                throw SampleError.unreadable(
                    file: file, reason: "a file of \(size) bytes; the limit is \(Self.fileLimit)")
            }
            let body = Array(try take((size + Self.block - 1) / Self.block * Self.block)?.prefix(size) ?? [])
            guard body.count == size else {
                throw SampleError.unreadable(file: file, reason: "the archive is cut off")
            }
            switch header[156] {
            case UInt8(ascii: "L"): longName = Self.text(body[...])
            case UInt8(ascii: "x"): longName = Self.paxPath(body) ?? longName
            case 0, UInt8(ascii: "0"):
                var name = Self.text(header[0..<100])
                let prefix = header[257..<262].elementsEqual("ustar".utf8) ? Self.text(header[345..<500]) : ""
                if !prefix.isEmpty { name = "\(prefix)/\(name)" }
                return (longName ?? name, body)
            default: longName = nil  // a folder, a link or a global header: no file of a row
            }
        }
        return nil
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// A number in octal digits, or in binary when the first bit is set (GNU).
    private static func octal(_ bytes: ArraySlice<UInt8>) -> Int? {
        if let first = bytes.first, first >= 0x80 {
            guard bytes.dropFirst().prefix(bytes.count - 8).allSatisfy({ $0 == 0 }), first == 0x80 else {
                return nil
            }
            let value = bytes.suffix(7).reduce(0) { $0 << 8 | Int($1) }
            return value
        }
        let digits = bytes.filter { $0 != 0 && $0 != 0x20 }
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    private static func sum(_ header: [UInt8]) -> Int {
        header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
    }

    /// The path of a pax header: records "LENGTH path=NAME\n".
    private static func paxPath(_ bytes: [UInt8]) -> String? {
        for record in bytes.split(separator: 0x0A) {
            guard let space = record.firstIndex(of: 0x20) else { continue }
            let text = record[(space + 1)...]
            if text.starts(with: "path=".utf8) { return String(decoding: text.dropFirst(5), as: UTF8.self) }
        }
        return nil
    }
}

/// The files of one row.
private struct TarRow {
    let key: String
    private var members: JSONObject = [:]
    private var pictures: [JSONValue] = []
    private var fault: SampleError?

    init(key: String) { self.key = key }

    /// The name before the first dot of its last part, and what follows the dot.
    static func split(_ name: String) -> (key: String, ending: String) {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        guard let dot = name[start...].firstIndex(of: ".") else { return (name, "") }
        return (String(name[..<dot]), name[name.index(after: dot)...].lowercased())
    }

    mutating func add(_ bytes: [UInt8], ending: String, place: RowPlace) {
        let last = ending.split(separator: ".").last.map(String.init) ?? ""
        if last == "json" {
            do {
                let value = try bytes.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
                    try JSONValue(parsing: buffer)
                }
                guard let object = value.members else {
                    fault = .invalidJSON(
                        file: place.file, line: place.line, reason: "\(key).\(ending): found \(value.summary)"
                    )
                    return
                }
                members.merge(object) { $1 }
            } catch {
                fault = .invalidJSON(file: place.file, line: place.line, reason: "\(key).\(ending): \(error)")
            }
        } else if mediaType(bytes) != nil {
            pictures.append(.string(embedded(bytes)))
        } else {
            let text = embedded(bytes)
            members[ending.isEmpty ? "file" : ending] = .string(
                text.hasPrefix("data:") ? text : text.trimmingSpace())
        }
    }

    /// The row; the archive's pictures replace the paths that its JSON names.
    var content: RowBatch.Row.Content {
        if let fault { return .fault(fault) }
        var members = members
        if !pictures.isEmpty {
            for name in ["image", "images", "image_path"] { members[name] = nil }
            members[pictures.count == 1 ? "image" : "images"] =
                pictures.count == 1 ? pictures[0] : .array(pictures)
        }
        if members["id"] == nil { members["id"] = .string(key) }
        return .members(members)
    }
}
