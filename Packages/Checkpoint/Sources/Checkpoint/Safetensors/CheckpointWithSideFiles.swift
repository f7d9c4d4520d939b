// A stored model with the side files of another directory, such as those of the form it is exported to.

/// A checkpoint whose side files come from a directory instead of its own.
///
/// The tensors are the source's. They are checked against the directory's `config.json` when the model is
/// written.
public final class CheckpointWithSideFiles: CheckpointView {
    /// The model with its original side files.
    public let source: any CheckpointReader
    /// The names of the side files, sorted by their bytes.
    public let sideFileNames: [String]
    private let directory: String

    /// Presents `source` with the side files of `directory`; its weights and folders are left out.
    ///
    /// Throws `CheckpointError.cannotOpen` when there is no such directory.
    public init(_ source: any CheckpointReader, from directory: String) throws {
        self.source = source
        self.directory = directory
        let names = try SafetensorsDirectory.entries(of: directory)
        sideFileNames = try SafetensorsDirectory.sideFiles(
            among: names.filter { $0 != SafetensorsDirectory.indexName }, of: directory
        ).names
    }

    /// The bytes of a side file, or nil when there is none of this name.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        sideFileNames.contains(name) ? try SafetensorsDirectory.read("\(directory)/\(name)") : nil
    }

    /// Always nil: a directory records no hashes.
    public func recordedHash(ofSideFile name: String) -> String? { nil }

    /// Those of the source, and the side files.
    public var sourceFiles: [String] { source.sourceFiles + sideFileNames.map { "\(directory)/\($0)" } }
}
