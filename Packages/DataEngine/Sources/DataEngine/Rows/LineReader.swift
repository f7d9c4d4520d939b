// Reads a file line by line with a buffer, so that memory does not grow with the file.
internal import Basics
internal import Foundation

/// One line of a file.
struct Line: Sendable {
    /// The number, from 1.
    let number: Int
    /// Where it begins in the file, in bytes.
    let offset: Int
    /// Its bytes without the line feed.
    let bytes: [UInt8]

    /// Whether it has only white space.
    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
}

/// The lines of a regular file, in order; a byte-order mark at its start is left out.
final class LineReader {
    private static let bufferSize = 1 << 18
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// The offset in the file of `buffer[0]`.
    private var base = 0
    private var number = 0

    /// Opens a file; throws ``DataEngineError/badFile(file:problem:)``.
    init(_ path: String) throws {
        self.path = path
        do {
            descriptor = try openRegularFile(path).descriptor
        } catch let error as FileError {
            throw DataEngineError.badFile(file: path, problem: "cannot be read: \(error.reason)")
        }
        try fill()
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    deinit { close(descriptor) }

    /// The next line; nil after the last one.
    ///
    /// Throws ``DataEngineError/badFile(file:problem:)``.
    func next() throws -> Line? {
        var searched = start
        while true {
            let end = buffer.withUnsafeBytes { bytes -> Int? in
                guard searched < bytes.count, let first = bytes.baseAddress,
                    let found = memchr(first + searched, 0x0A, bytes.count - searched)
                else { return nil }
                return UnsafeRawPointer(found) - first
            }
            if let end { return take(end, next: end + 1) }
            if isAtEnd { return start < buffer.count ? take(buffer.count, next: buffer.count) : nil }
            let rest = buffer.count - start
            try fill()
            searched = start + rest
        }
    }

    /// The next lines: at most `count`, and no more after `byteCount` bytes.
    func next(atMost count: Int, byteCount: Int) throws -> [Line] {
        var (lines, bytes): ([Line], Int) = ([], 0)
        while lines.count < count, bytes < byteCount, let line = try next() {
            lines.append(line)
            bytes += line.bytes.count
        }
        return lines
    }

    private func take(_ end: Int, next: Int) -> Line {
        number += 1
        defer { start = next }
        return Line(number: number, offset: base + start, bytes: Array(buffer[start..<end]))
    }

    /// Drops what was returned and reads more.
    private func fill() throws {
        buffer.removeFirst(start)
        base += start
        start = 0
        let room = max(Self.bufferSize, buffer.count)
        var failure: Int32 = 0
        let more = [UInt8](unsafeUninitializedCapacity: room) { bytes, count in
            var got = read(descriptor, bytes.baseAddress, room)
            while got < 0, errno == EINTR { got = read(descriptor, bytes.baseAddress, room) }
            if got < 0 { failure = errno }
            count = max(0, got)
        }
        guard failure == 0 else {
            throw DataEngineError.badFile(file: path, problem: "cannot be read: \(systemText(failure))")
        }
        isAtEnd = more.isEmpty
        buffer += more
    }
}
