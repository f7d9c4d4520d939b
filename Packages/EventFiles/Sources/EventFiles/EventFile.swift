// An event file of TensorBoard that a program appends to.
internal import Basics
public import Foundation
internal import Outputs

/// A new event file, `events.out.tfevents.SECONDS.HOST`, in a folder that TensorBoard shows as one run.
///
/// TensorBoard reads the files of a folder in the order of their names, so the name of a new file comes after those
/// that are there: SECONDS is the time, or the newest file's plus one where that is later. Nothing is appended to a file
/// of an earlier process, whose last record may have been cut off.
public final class EventFile {
    /// The path of the file.
    public let path: String
    private let descriptor: Int32
    /// The bytes of the whole records.
    private var size = 0

    /// Begins a file; creates the folder if it is missing.
    ///
    /// The file opens a session at `step`: TensorBoard no longer shows what the folder's earlier files recorded at this
    /// step and later. A run that goes on after N steps starts at N + 1, a new one at 0. TensorBoard's fast loader
    /// (`--load_fast`, its default) takes no notice of sessions: it drops the void values of a tag when the tag is next
    /// recorded.
    ///
    /// - Parameters:
    ///   - folder: The folder of the run's event files.
    ///   - step: The first step that the file may record.
    ///   - wallTime: The time of the session's start.
    /// - Throws: `OutputError.cannotWrite`, which names the file or the folder and the system's reason.
    public convenience init(in folder: String, startingAt step: Int = 0, wallTime: Date = Date()) throws {
        try self.init(in: folder, startingAt: step, wallTime: wallTime, host: LockHolder.current.host)
    }

    /// Begins a file with the name of a machine.
    init(in folder: String, startingAt step: Int, wallTime: Date, host: String) throws {
        path = "\(folder)/\(try Self.name(after: Self.names(in: folder), wallTime, host))"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else {
            throw OutputError.cannotWrite(path: path, reason: systemText(errno))
        }
        try append([
            Event(wallTime: wallTime, step: 0, content: .fileVersion),
            Event(wallTime: wallTime, step: step, content: .sessionStart),
        ])
    }

    deinit { close(descriptor) }

    /// Appends the numbers of a step and passes them to the system.
    ///
    /// TensorBoard keeps 32 bits of each number: it is rounded to the nearest `Float`, and beyond the range of `Float` to
    /// infinity. Numbers that are not finite are written as they are, because TensorBoard marks them in the chart.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - wallTime: When it ended.
    ///   - scalars: The numbers by their tags; what is before the first `/` of a tag groups the charts. Without any
    ///     number nothing is written.
    /// - Throws: `OutputError.cannotWrite`, which names the file and the system's reason. The file then ends with the
    ///   last whole record, and the next call may try again.
    public func append(step: Int, wallTime: Date = Date(), scalars: [String: Double]) throws {
        guard !scalars.isEmpty else { return }
        try append([Event(wallTime: wallTime, step: step, content: .scalars(scalars))])
    }

    /// Appends a text of a step and passes it to the system.
    ///
    /// - Parameters:
    ///   - step: The step.
    ///   - wallTime: When it was noticed.
    ///   - tag: Where TensorBoard's page of texts shows it; not the tag of a number.
    ///   - text: The text, which TensorBoard reads as Markdown.
    /// - Throws: As `append(step:wallTime:scalars:)`.
    public func append(step: Int, wallTime: Date = Date(), tag: String, text: String) throws {
        try append([Event(wallTime: wallTime, step: step, content: .text(text, tag: tag))])
    }

    private func append(_ events: [Event]) throws {
        var rest = events.flatMap { record($0.encoded) }[...]
        let end = size + rest.count
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || count < 0 && errno == EINTR else {
                let reason = systemText(errno)
                // If this fails too, TensorBoard stops at the cut record; the error says what is wrong.
                _ = ftruncate(descriptor, off_t(size))
                throw OutputError.cannotWrite(path: path, reason: reason)
            }
            rest = rest.dropFirst(max(0, count))
        }
        size = end
    }
}

extension EventFile {
    private static let start = "events.out.tfevents."

    /// The names in a folder, which is created if it is missing.
    private static func names(in folder: String) throws -> [String] {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw OutputError.cannotWrite(path: folder, reason: systemReason(of: error))
        }
    }

    /// The name of a file that comes after all event files among `names`.
    static func name(after names: [String], _ wallTime: Date, _ host: String) -> String {
        let times = names.filter { $0.hasPrefix(start) }.compactMap { name in
            name.dropFirst(start.count).split(separator: ".").first.flatMap { Int($0) }
        }
        let seconds = max(Int(wallTime.timeIntervalSince1970), (times.max() ?? -1) + 1)
        return start + String(format: "%010ld", seconds) + ".\(host)"
    }
}
