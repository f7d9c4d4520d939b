// Where the tests find their files.
public import Foundation

/// The committed test files under `Tests/Fixtures`.
public enum Fixtures {
    /// The repository's root folder.
    public static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The file or folder at `path`, relative to `Tests/Fixtures`.
    public static func url(_ path: String) -> URL {
        repository.appendingPathComponent("Tests/Fixtures").appendingPathComponent(path)
    }

    /// The bytes of the file at `path`, relative to `Tests/Fixtures`.
    public static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }
}
