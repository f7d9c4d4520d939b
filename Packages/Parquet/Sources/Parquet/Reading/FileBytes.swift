// A file that is read in places, so that only what is needed is in memory.
internal import Basics
internal import Foundation

/// An open file.
final class FileBytes: Sendable {
    let path: String
    let count: Int
    private let descriptor: Int32

    /// Opens a regular file; throws ``ParquetError``.
    init(_ path: String) throws(ParquetError) {
        self.path = path
        do { (descriptor, count) = try openRegularFile(path) } catch let error as FileError {
            throw ParquetError(file: path, error.reason)
        } catch { throw ParquetError(file: path, "\(error)") }
    }

    deinit { close(descriptor) }

    /// The bytes of a place, fewer at the end of the file; throws ``ParquetError``.
    func read(_ range: Range<Int>) throws(ParquetError) -> [UInt8] {
        var failure: Int32 = 0
        let range = range.clamped(to: 0..<count)
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            filled = 0
            while filled < range.count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, range.count - filled,
                    off_t(range.lowerBound + filled))
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                if got == 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw ParquetError(file: path, systemText(failure)) }
        guard bytes.count == range.count else {
            throw ParquetError(file: path, "it became shorter while it was read")
        }
        return bytes
    }
}
