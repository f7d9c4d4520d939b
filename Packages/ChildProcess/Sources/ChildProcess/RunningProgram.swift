// The tree of running programs, as the system shows it.
internal import Foundation
public import Glibc

/// A program that runs now.
public struct RunningProgram: Equatable, Sendable {
    /// Its process id.
    public let id: pid_t
    /// The path of its file; nil when it has ended and nobody has asked how, or belongs to another user.
    public let executable: String?

    /// The descendants of a process, in no order.
    static func descendants(of ancestor: pid_t) -> [RunningProgram] {
        var children: [pid_t: [pid_t]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            // A process that has ended meanwhile has no file.
            guard let id = pid_t(name), let parent = parent(of: id) else { continue }
            children[parent, default: []].append(id)
        }
        var (found, next) = ([RunningProgram](), [ancestor])
        while let id = next.popLast() {
            for child in children[id] ?? [] {
                let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/exe")
                found.append(RunningProgram(id: child, executable: file))
                next.append(child)
            }
        }
        return found
    }

    /// The parent of a process: the second field behind the name, which may contain anything.
    private static func parent(of id: pid_t) -> pid_t? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}
