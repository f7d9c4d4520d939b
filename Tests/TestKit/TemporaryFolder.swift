// Folders for tests that write.
internal import Foundation

/// A folder that is gone when the test is over.
public final class TemporaryFolder {
    /// Its path.
    public let path: String

    /// Makes an empty folder.
    public init() throws {
        path = NSTemporaryDirectory() + "r1-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of an entry.
    public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self(name)))
        return self(name)
    }

    /// Copies the files of a folder of `Tests/Fixtures` into a new folder and returns its path.
    public func copy(fixture: String, to name: String) throws -> String {
        try FileManager.default.copyItem(atPath: Fixtures.url(fixture).path, toPath: self(name))
        return self(name)
    }
}
