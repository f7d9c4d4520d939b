// A JSON list of objects over many lines: its elements are found without holding the whole file.

/// Reads the elements of a JSON list, which may be as long as the file is.
///
/// Finds where an element ends by its brackets and quotes; the parser of JSON then checks the element.
struct JSONListRows: RowReader {
    private let file: String
    private let source: ByteSource
    private var carried: [UInt8] = []
    private var line = 1
    /// Elements so far; several may be on one line.
    private var number = 0
    private var isOpen = false
    private var isDone = false
    private var (needsComma, isAfterComma) = (false, false)

    init(_ source: ByteSource, file: String) { (self.source, self.file) = (source, file) }

    mutating func next() throws -> RowBatch? {
        while !isDone {
            let block = try source.read()
            if block.isEmpty {
                isDone = true
                guard carried.allSatisfy(isSpace) else {
                    throw fault("the list ends in the middle of an element; the file is cut off")
                }
                throw fault("the list has no ']' at its end; the file is cut off")
            }
            let bytes = carried + block
            let (rows, rest) = try scan(bytes)
            carried = Array(bytes[rest...])
            if !rows.isEmpty { return RowBatch(file: file, bytes: bytes, rows: rows) }
        }
        return nil
    }

    private func fault(_ reason: String) -> SampleError {
        .invalidJSON(file: file, line: line, reason: reason)
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// The whole elements in some bytes, and where the first one that is not whole begins.
    private mutating func scan(_ bytes: [UInt8]) throws -> (rows: [RowBatch.Row], rest: Int) {
        var rows: [RowBatch.Row] = []
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte == 0x0A { line += 1 }
            if isSpace(byte) {
                place += 1
            } else if !isOpen {
                if byte == 0xEF, bytes.count >= 3 { place += 3; continue }
                guard byte == UInt8(ascii: "[") else { throw fault("expected '['") }
                isOpen = true
                place += 1
            } else if byte == UInt8(ascii: "]") {
                guard !isAfterComma else { throw fault("expected an element after ',', found ']'") }
                try finish(Array(bytes[(place + 1)...]))
                return (rows, bytes.count)
            } else if byte == UInt8(ascii: ",") {
                guard needsComma else { throw fault("expected an element, found ','") }
                (needsComma, isAfterComma) = (false, true)
                place += 1
            } else {
                guard !needsComma else { throw fault("expected ',' or ']' after an element") }
                let (end, lines) = elementEnd(bytes, from: place)
                guard let end else { return (rows, place) }
                number += 1
                rows.append(RowBatch.Row(line: number, content: .json(place..<end)))
                (needsComma, isAfterComma) = (true, false)
                line += lines
                place = end
            }
        }
        return (rows, place)
    }

    private mutating func finish(_ rest: [UInt8]) throws {
        isDone = true
        var rest = rest
        while true {
            guard rest.allSatisfy(isSpace) else { throw fault("expected nothing after the list's ']'") }
            rest = try source.read()
            if rest.isEmpty { return }
        }
    }

    /// Where the element that begins at a place ends; nil when it goes on after these bytes.
    private func elementEnd(_ bytes: [UInt8], from start: Int) -> (end: Int?, lines: Int) {
        bytes.withUnsafeBufferPointer { bytes in
            var (depth, lines, place) = (0, 0, start)
            while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "\""):
                    place += 1
                    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
                        place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
                    }
                    guard place < bytes.count else { return (nil, 0) }
                    if depth == 0 { return (place + 1, lines) }
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return (place, lines) }
                    depth -= 1
                    if depth == 0 { return (place + 1, lines) }
                case UInt8(ascii: ","): if depth == 0 { return (place, lines) }
                case 0x0A: lines += 1
                default: break
                }
                place += 1
            }
            return (nil, 0)
        }
    }
}
