// Whether a process that began an output still works on it.
internal import Foundation

/// Whether a process with this id runs on this machine.
///
/// A zombie does not run: a process that has ended but whose parent has not waited for it. Containers without an init
/// process keep zombies.
public func isRunning(process id: Int32) -> Bool {
    guard kill(id, 0) == 0 || errno == EPERM else { return false }
    // "ID (NAME) STATE ...": the name may have parentheses of its own. Without the file, the process has just gone.
    guard let stat = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
        let end = stat.lastIndex(of: ")")
    else { return FileManager.default.fileExists(atPath: "/proc/\(id)") }
    let state = stat[end...].dropFirst(2).first
    return state != "Z" && state != "X"
}
