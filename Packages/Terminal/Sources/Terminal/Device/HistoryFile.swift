// Earlier messages in a file that only the user can read.
internal import Basics
import Foundation

/// A file with one message a line; line breaks and backslashes in a message are written with a backslash.
public struct HistoryFile: Sendable {
    /// The file could not be read or written.
    public struct Failure: Error, CustomStringConvertible {
        /// One line for the user.
        public let description: String
    }

    /// Where the file is.
    public let path: String

    /// A file in the user's folder for the state of programs: `mixed-r1/NAME` in `XDG_STATE_HOME`, or in
    /// `~/.local/state` without that variable; nil when there is neither.
    public init?(name: String, environment: [String: String]) {
        func folder(_ variable: String) -> String? {
            environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        guard let state = folder("XDG_STATE_HOME") ?? folder("HOME").map({ "\($0)/.local/state" }) else {
            return nil
        }
        path = "\(state)/mixed-r1/\(name)"
    }

    /// The messages of the file, the oldest first; none when there is no file.
    public func read() throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", errno) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let data = try handle.readToEnd() else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(Self.unescaped)
    }

    /// Adds a message at the end; makes the folder (0700) and the file (0600) when they are missing.
    public func append(_ text: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Failure(description: "\(path): the folder cannot be made: \(error.localizedDescription)")
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("written", errno) }
        defer { close(descriptor) }
        // A file from elsewhere may be open to others.
        guard fchmod(descriptor, 0o600) == 0 else { throw failure("protected", errno) }
        let line = Array((Self.escaped(text) + "\n").utf8)
        // One call, so that lines of two programs do not mix.
        guard write(descriptor, line, line.count) == line.count else { throw failure("written", errno) }
    }

    /// Shortens a file that has more than twice as many messages as a history keeps.
    public func trim(_ entries: [String]) throws {
        guard entries.count > 2 * History.limit else { return }
        let text = entries.suffix(History.limit).map { Self.escaped($0) + "\n" }.joined()
        let draft = "\(path).\(getpid())"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("shortened", errno) }
        do {
            let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
            guard rename(draft, path) == 0 else { throw failure("shortened", errno) }
        } catch {
            unlink(draft)
            throw error
        }
    }

    static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func unescaped(_ line: some StringProtocol) -> String {
        var (text, isEscaped) = ("", false)
        for character in line {
            if isEscaped {
                text.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                text.append(character)
            }
        }
        return text
    }

    private func failure(_ action: String, _ code: Int32) -> Failure {
        Failure(description: "\(path): cannot be \(action): \(systemText(code))")
    }
}
