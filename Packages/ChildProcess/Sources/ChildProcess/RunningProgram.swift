// The tree of running programs, as the system shows it.
internal import Foundation
public import Glibc

/// A program that runs now.
public struct RunningProgram: Equatable, Sendable {
    /// Its process id.
    public let id: pid_t
    /// The path that its file had when it started; nil for a process that has ended, and for one of another user.
    public let executable: String?

    /// The descendants of a process, in no order; nil when the system does not show its processes.
    static func descendants(of ancestor: pid_t) -> [RunningProgram]? {
        var children: [pid_t: [pid_t]] = [:]
        // The reason does not matter to callers: they know no more about the processes than before.
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else { return nil }
        for name in names {
            // A process that has ended meanwhile has no file.
            guard let id = pid_t(name), let parent = parent(of: id) else { continue }
            children[parent, default: []].append(id)
        }
        var (found, next) = ([RunningProgram](), [ancestor])
        while let id = next.popLast() {
            for child in children[id] ?? [] {
                found.append(RunningProgram(id: child, executable: executable(of: child)))
                next.append(child)
            }
        }
        return found
    }

    private static func executable(of id: pid_t) -> String? {
        // There is no link for a process that has ended.
        guard let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/exe") else {
            return nil
        }
        // A program that was built again meanwhile still runs.
        let mark = " (deleted)"
        return file.hasSuffix(mark) ? String(file.dropLast(mark.count)) : file
    }

    /// The parent of a process: the second field behind the name, which may contain anything.
    private static func parent(of id: pid_t) -> pid_t? {
        // There is no file for a process that has ended.
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}
