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

    /// The full set of the reference's answers, of which the committed files are a part; nil unless
    /// `make test-goldens GOLDENS=FOLDER` runs the tests.
    public static let fullSet = ProcessInfo.processInfo.environment["R1_GOLDENS"]

    /// A file or folder under `checkpoints` or `goldens`, of the full set when there is one.
    public static func reference(_ path: String) -> URL {
        fullSet.map { URL(fileURLWithPath: $0).appendingPathComponent(path) } ?? url(path)
    }

    /// The folder of the handwritten example.
    public static let examples = repository.appendingPathComponent("Examples/handwritten")

    /// The first training rows of the handwritten example, one line each.
    public static func exampleRows(_ count: Int) throws -> [String] {
        // Bytes are split, because characters of the whole file take longer than most tests.
        try Data(contentsOf: examples.appendingPathComponent("train.jsonl"))
            .split(separator: 0x0A, maxSplits: count).prefix(count)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of the file at `path`, relative to `Tests/Fixtures`.
    public static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }
}
