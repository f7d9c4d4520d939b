// Opens and reads files that a user named. Anything but a regular file is refused at once: reading a pipe or a
// device may never end.
internal import Foundation

/// A file that cannot be read, and why.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// The path.
    public let path: String
    /// The system's reason, or what is there instead of a file.
    public let reason: String
    /// Whether nothing is at the path.
    public let isMissing: Bool

    init(path: String, reason: String, isMissing: Bool = false) {
        (self.path, self.reason, self.isMissing) = (path, reason, isMissing)
    }

    /// The path and the reason.
    public var description: String { "\(path): \(reason)" }
}

/// Opens a regular file for reading and returns its descriptor, which the caller closes, and its size in bytes.
///
/// Never waits for a pipe or a device. Throws ``FileError``.
public func openRegularFile(_ path: String) throws -> (descriptor: Int32, byteCount: Int) {
    guard !path.isEmpty else {
        throw FileError(path: "''", reason: "expected the path of a file, found nothing")
    }
    guard !path.utf8.contains(0) else { throw FileError(path: path, reason: "the path has a zero byte") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
        let code = errno
        // Sockets cannot be opened at all.
        let reason = code == ENXIO ? "not a regular file" : code == ENOENT ? "no such file" : systemText(code)
        throw FileError(path: path, reason: reason, isMissing: code == ENOENT)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
        let code = errno
        close(descriptor)
        throw FileError(path: path, reason: systemText(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw FileError(path: path, reason: kindText(status.st_mode))
    }
    return (descriptor, Int(status.st_size))
}

/// The bytes of a regular file.
///
/// - Parameters:
///   - path: The file.
///   - limit: The most bytes it may have.
/// - Returns: All bytes.
/// - Throws: ``FileError``.
public func readRegularFile(_ path: String, atMost limit: Int = .max) throws -> [UInt8] {
    let (descriptor, byteCount) = try openRegularFile(path)
    defer { close(descriptor) }
    guard byteCount <= limit else {
        throw FileError(
            path: path, reason: "it has \(byteText(byteCount)); the limit is \(byteText(limit))")
    }
    var failure: Int32 = 0
    // Files of /proc say that they have no bytes, so reading ends only at the end.
    var bytes: [UInt8] = []
    var room = max(byteCount + 1, 4096)
    while failure == 0 {
        let start = bytes.count
        bytes += [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let got = read(descriptor, buffer.baseAddress, room)
            if got < 0 { failure = errno }
            count = max(0, got)
        }
        if failure == EINTR {
            failure = 0
        } else if bytes.count == start {
            break
        }
        room = max(byteCount + 1 - bytes.count, 4096)
    }
    guard failure == 0 else { throw FileError(path: path, reason: systemText(failure)) }
    return bytes
}

/// Throws ``FileError`` when there is something at the path that is neither a regular file nor, where allowed, a
/// folder, or that may not be read; opens and closes the file.
public func requireRegularFile(_ path: String, orFolder isFolderAllowed: Bool = false) throws {
    var status = stat()
    if isFolderAllowed, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        guard access(path, R_OK | X_OK) == 0 else {
            throw FileError(path: path, reason: systemText(errno))
        }
        return
    }
    close(try openRegularFile(path).descriptor)
}

private func kindText(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "it is a folder; expected a regular file"
    case S_IFIFO: "it is a pipe; expected a regular file"
    case S_IFCHR, S_IFBLK: "it is a device; expected a regular file"
    default: "not a regular file"
    }
}

/// The system's message for an error number.
public func systemText(_ code: Int32) -> String {
    strerror(code).map { String(cString: $0) } ?? "error \(code)"
}
