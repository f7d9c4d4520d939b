// File names, kinds and marks that tell whether a file has changed.
internal import Basics
import Foundation

/// Names of files that have a meaning in the format.
enum FileNames {
    /// The side file that describes the model.
    static let configuration = "config.json"
    /// The trainer's own state.
    static let trainerState = "trainer.json"
}

/// Whether a name is valid for a file in a directory and cannot lead out of the directory.
func isPlainFileName(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
        && name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
}

/// The last part of a path.
public func fileName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

/// What is at a path.
enum FileKind {
    case file, directory

    /// The kind of what is at `path`; throws `CheckpointError.cannotOpen` when nothing is there, and for pipes and
    /// devices.
    init(of path: String) throws {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: self = .directory
        case S_IFREG: self = .file
        default:
            // Reading a pipe or a device may never end; this names what is there.
            try opening(path) { try requireRegularFile(path) }
            self = .file
        }
    }

    /// The length of a file; throws `CheckpointError.cannotOpen` when nothing is there.
    static func byteCount(of path: String) throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        return Int(status.st_size)
    }
}

/// The identity and state of a file without reading it: path, inode, size and time of the last change.
func fileMark(_ path: String) throws -> String {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
        throw CheckpointError.cannotOpen(file: path, reason: systemReason())
    }
    let time = status.st_mtim
    return "\(path)\t\(status.st_ino)\t\(status.st_size)\t\(time.tv_sec).\(time.tv_nsec)"
}

/// The system's message for the last failed call.
func systemReason(_ code: Int32 = errno) -> String { systemText(code) }

/// Runs `body`; a file that it cannot read becomes `CheckpointError.cannotOpen`.
func opening<R>(_ path: String, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as FileError {
        throw CheckpointError.cannotOpen(
            file: path, reason: error.isMissing ? systemText(ENOENT) : error.reason)
    }
}
