// Which file was opened, and whether it has changed since.
import Foundation

/// The identity, size and times of a file at one moment.
///
/// Two equal states mean that nothing was written in between, as far as the file system's clock can tell.
/// The time of the last status change is included: a program can set the time of the last modification back,
/// but not this one.
public struct FileState: Hashable, Sendable {
    /// The path by which the file was reached.
    public let path: String
    /// Its length.
    public let byteCount: Int
    private let device, inode: UInt64
    /// Seconds and nanoseconds.
    private let modified, changed: [Int]

    init(_ status: stat, path: String) {
        self.path = path
        byteCount = Int(status.st_size)
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        modified = [Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec)]
        changed = [Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec)]
    }

    /// The state of the file at `path` now; nil when nothing is there.
    public init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status, path: path)
    }

    /// Everything but the path, as text: a file keeps it when it is renamed.
    var mark: String {
        "\(device) \(inode) \(byteCount) \(modified[0]).\(modified[1]) \(changed[0]).\(changed[1])"
    }

    /// The time of the last modification.
    var modification: Date { Date(timeIntervalSince1970: Double(modified[0]) + Double(modified[1]) / 1e9) }

    /// Whether the file last changed so shortly before `date` that a later change could have the same times.
    func isRecent(at date: Date) -> Bool {
        let change = Date(timeIntervalSince1970: Double(changed[0]) + Double(changed[1]) / 1e9)
        return date.timeIntervalSince(max(modification, change)) < 0.05
    }
}
