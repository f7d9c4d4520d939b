// A small Swift interface to the HDF5 library: handles that close themselves, errors with the library's
// message.
internal import Basics
internal import CHDF5
import Foundation

/// An open HDF5 object; closing it is tied to its lifetime.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let close: Close
    typealias Close = @convention(c) (hid_t) -> herr_t

    /// Takes ownership of an identifier that the library returned; nil when the call failed.
    init?(_ id: hid_t, close: Close) {
        guard id >= 0 else { return nil }
        self.id = id
        self.close = close
    }

    deinit { _ = close(id) }

    /// Leaves the object open until the program ends.
    ///
    /// For a file whose disk failed: the library cannot close it, and trying again is not safe.
    consuming func leave() { discard self }

    /// Closes the object now and returns whether that succeeded.
    consuming func closed() -> Bool {
        let result = close(id)
        discard self
        return result >= 0
    }
}

/// Operations on HDF5 files.
///
/// The library keeps its error state per thread, so every entry prepares its thread first.
enum HDF5 {
    /// The most bytes a name may have, well below the limit of an attribute.
    static let maximumNameByteCount = 4096

    /// Opens a finished file for reading.
    static func open(_ path: String) throws -> HDF5Handle {
        // The library's message hides why the system refused, such as too many open files.
        try opening(path) { try requireRegularFile(path) }
        r1_h5_prepare()
        errno = 0
        guard let file = unsafe HDF5Handle(r1_h5_open_file(path), close: H5Fclose) else {
            let code = errno
            if code == EMFILE || code == ENFILE || code == ENOMEM {
                throw CheckpointError.cannotOpen(file: path, reason: systemText(code))
            }
            throw problem(path, "open it")
        }
        return file
    }

    /// The library's message for the last failed call on this thread.
    static func message() -> String {
        var text = [CChar](repeating: 0, count: 512)
        unsafe text.withUnsafeMutableBufferPointer { unsafe r1_h5_error_text($0.baseAddress) }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let message = String(decoding: bytes, as: UTF8.self)
        // The library wraps the system's message: "... error message = 'No space left on device', ...".
        let parts = message.components(separatedBy: "error message = '")
        let words = parts.count == 2 ? parts[1].components(separatedBy: "'").first : nil
        return words ?? message.replacingOccurrences(of: "\n", with: " ")
    }

    static func problem(_ file: String, _ step: String) -> CheckpointError {
        .damaged(file: file, problem: "HDF5 cannot \(step): \(message())")
    }

    /// The path inside the file of an item of a section; throws `CheckpointError.badName`.
    static func path(_ section: Section, _ name: String, file: String) throws -> String {
        func bad(_ problem: String) -> CheckpointError { .badName(name: name, file: file, problem: problem) }
        guard name.utf8.count <= maximumNameByteCount else {
            throw bad("is longer than \(maximumNameByteCount) bytes")
        }
        guard section.isTree else {
            guard isPlainFileName(name) else { throw bad("is not a file name") }
            return "/\(section.rawValue)/\(name)"
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ isPlainFileName(String($0)) }) else {
            throw bad("has an empty part, a slash or a control character")
        }
        return "/\(section.rawValue)/" + parts.joined(separator: "/")
    }

    static func string(_ object: borrowing HDF5Handle, _ name: String, file: String) throws -> String {
        var text = [CChar](repeating: 0, count: maximumNameByteCount)
        let length = unsafe text.withUnsafeMutableBufferPointer {
            unsafe r1_h5_read_string(object.id, name, $0.baseAddress, $0.count)
        }
        let bytes = text.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }
        guard length >= 0, let value = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError.damaged(
                file: file, problem: "attribute '\(name)' is not a string of fixed length")
        }
        return value
    }

    static func integer(_ object: borrowing HDF5Handle, _ name: String, file: String) throws -> Int {
        var value: Int64 = 0
        guard unsafe r1_h5_read_integer(object.id, name, &value) >= 0 else {
            throw CheckpointError.damaged(file: file, problem: "attribute '\(name)' is not a 64-bit integer")
        }
        return Int(value)
    }

    static func hasLink(_ group: borrowing HDF5Handle, _ name: String) -> Bool {
        unsafe r1_h5_has_hard_link(group.id, name) == 1
    }
}
