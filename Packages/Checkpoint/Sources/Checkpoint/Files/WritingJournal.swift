// The journal of an unfinished result: which items are already in it, one line each. After a kill the next
// run that makes the same result from the same source reads the journal, recomputes every hash, and writes
// what is missing.
import Foundation

/// The journal of a result under construction.
///
/// A line is written after its item is in the file. The journal is only a hint: readers compare its hashes
/// with the bytes, so a journal that is ahead of its file after a power failure does no harm.
final class WritingJournal {
    /// An item that is in the result.
    struct Entry: Equatable {
        let section: String
        let name: String
        /// The hash of its bytes.
        let sha256: String
        /// The hash of its stored bytes: the same, or the hash of its compressed chunks.
        let storedHash: String
        /// Where they are in the file, one run or one per chunk; an empty run for a chunk that is not stored.
        let runs: [Range<Int>]
    }

    /// The suffix of the journal's name.
    static let suffix = ".journal"
    private static let title = "r1-journal 1"

    private let path: String
    private let recipe: String
    private var descriptor: Int32 = -1

    /// A journal for a result; `recipe` identifies everything that the result depends on.
    init(_ path: String, recipe: String) {
        self.path = path
        self.recipe = recipe
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Starts the journal.
    func begin() throws {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw refused() }
        try append("\(Self.title)\t\(recipe)")
    }

    /// Records that an item is in the result.
    func add(_ entry: Entry) throws {
        let runs = entry.runs.map { "\($0.lowerBound)+\($0.count)" }.joined(separator: ",")
        try append([entry.section, entry.name, entry.sha256, entry.storedHash, runs].joined(separator: "\t"))
    }

    /// Removes the journal.
    func end() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        unsafe unlink(path)
    }

    /// Writes a line with one call, so that a kill leaves it whole or absent.
    private func append(_ line: String) throws {
        let bytes = Array("\(line)\n".utf8)
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else { throw refused() }
    }

    private func refused() -> CheckpointError { .cannotWrite(file: path, reason: systemReason()) }

    /// The entries of a killed run's journal; empty when its recipe differs or it cannot be read.
    func entries(of path: String) -> [Entry] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        var lines = String(decoding: data, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        // After the last line feed is nothing, or a line that a power failure cut off.
        lines.removeLast()
        guard lines.first.map(String.init) == "\(Self.title)\t\(recipe)" else { return [] }
        return lines.dropFirst().compactMap(Self.entry)
    }

    private static func entry(_ line: Substring) -> Entry? {
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5 else { return nil }
        let runs = parts[4].split(separator: ",").map { text -> Range<Int>? in
            let numbers = text.split(separator: "+").compactMap { Int($0) }
            guard numbers.count == 2, numbers[0] >= 0, numbers[1] >= 0, numbers[0] <= Int.max - numbers[1]
            else { return nil }
            return numbers[0]..<numbers[0] + numbers[1]
        }
        guard !runs.contains(nil) else { return nil }
        return Entry(
            section: parts[0], name: parts[1], sha256: parts[2], storedHash: parts[3],
            runs: runs.compactMap { $0 })
    }
}
