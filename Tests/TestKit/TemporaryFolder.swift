// Folders for tests that write.
public import Foundation

/// A folder that is gone when the test is over.
public final class TemporaryFolder {
    /// Its path.
    public let root: URL

    /// Makes an empty folder; stops the tests when the system has no room for one.
    public init() {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("r1-tests-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        } catch {
            fatalError("no folder for a test: \(error)")
        }
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// The place of an entry.
    public func url(_ name: String) -> URL { root.appendingPathComponent(name) }

    /// The path of an entry; without a name, of the folder.
    public func path(_ name: String = "") -> String { name.isEmpty ? root.path : url(name).path }

    /// The path of an entry.
    public func callAsFunction(_ name: String) -> String { path(name) }

    /// The names in the folder, sorted.
    public var entries: [String] { get throws { try names() } }

    /// Writes a text file and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: url(name))
        return path(name)
    }

    /// Writes rows of the handwritten example, beside its pictures.
    public func write(_ name: String, exampleRows rows: some Sequence<String>) throws {
        try write(name, rows.map { $0 + "\n" }.joined())
        guard !has("images") else { return }
        try FileManager.default.createSymbolicLink(
            at: url("images"), withDestinationURL: Fixtures.examples.appendingPathComponent("images"))
    }

    /// Reads a text file.
    public func text(_ name: String) throws -> String { try String(contentsOf: url(name), encoding: .utf8) }

    /// Whether something is there.
    public func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Names in the folder, or in one of its folders, sorted.
    public func names(_ name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }

    /// Copies a folder of `Tests/Fixtures` into a new folder and returns its path.
    public func copy(fixture: String, to name: String) throws -> String {
        try FileManager.default.copyItem(at: Fixtures.url(fixture), to: url(name))
        return path(name)
    }
}
