// What a file of rows is, by its first bytes; its name does not matter.

/// The kind of a file of rows.
enum RowKind {
    case jsonLines, jsonList, jsonObject
    /// A table with a header line; the byte that separates cells.
    case table(separator: UInt8)
    case tar, parquet

    /// The bytes that `init` looks at.
    static let startSize = 1 << 16

    /// Finds the kind; throws ``SampleError`` for kinds of files that hold no rows.
    init(_ bytes: [UInt8], file: String) throws {
        func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
        if starts("PAR1") { self = .parquet; return }
        if bytes.count >= 265, bytes[257..<262].elementsEqual("ustar".utf8) { self = .tar; return }
        for (start, advice) in [
            ("ARROW1", "an Arrow file; save it as Parquet (to_parquet)"),
            ("PK\u{3}\u{4}", "a zip archive; unpack it"),
            ("\u{89}PNG", "a picture"), ("\u{89}HDF", "an HDF5 file; save its rows as JSON lines or Parquet"),
            ("version https://git-lfs", "a pointer of Git LFS; fetch the file itself (git lfs pull)"),
            ("SQLite format 3", "a database; save its rows as JSON lines"), ("<!DOCTYPE", "a web page"),
        ] where bytes.starts(with: start.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }) {
            throw SampleError.unreadable(file: file, reason: "it is \(advice)")
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        if text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) {
            throw SampleError.unreadable(file: file, reason: "its text is UTF-16; save it as UTF-8")
        }
        let rest = text.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        switch rest.first {
        case UInt8(ascii: "["): self = .jsonList
        case UInt8(ascii: "{"): self = Self.isSpread(rest, of: bytes.count) ? .jsonObject : .jsonLines
        default:
            let line = text.prefix { $0 != 0x0A }
            if line.contains(0x09) {
                self = .table(separator: 0x09)
            } else if line.contains(UInt8(ascii: ",")),
                line.first != UInt8(ascii: "\"") || line.contains(0x22)
            {
                self = .table(separator: UInt8(ascii: ","))
            } else {
                self = .jsonLines
            }
        }
    }

    /// Whether an object goes on after its first line, as people's editors and `indent=` write it.
    private static func isSpread(_ bytes: ArraySlice<UInt8>, of count: Int) -> Bool {
        guard let end = bytes.firstIndex(of: 0x0A) else { return false }
        let line = bytes[..<end].filter { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }
        guard line != [UInt8(ascii: "{")] else { return true }
        let next = bytes[end...].drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        // A line that ends open, before one that begins with a key.
        return
            (line.last == UInt8(ascii: "[") || line.last == UInt8(ascii: "{")
            || line.last == UInt8(ascii: ","))
            && next.first != nil
    }
}
