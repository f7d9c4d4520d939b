// SHA-256 of stored bytes, and the manifest whose hash is a model's identity.
internal import Basics
import Dispatch
internal import Synchronization

/// An item with its hash: what a manifest lists and `verify` recomputes.
struct ManifestEntry: Sendable {
    let section: Section
    let info: TensorInfo
    let sha256: String

    init(section: Section, info: TensorInfo, sha256: String) {
        (self.section, self.info, self.sha256) = (section, info, sha256)
    }

    /// A side file, or a file of another section.
    init(_ section: Section = .files, file name: String, _ bytes: [UInt8]) {
        self.init(
            section: section, info: TensorInfo(name: name, dtype: .uint8, shape: [bytes.count]),
            sha256: Checkpoint.sha256(bytes))
    }

    /// Throws when the source records a different hash for this item.
    func expectHash(of source: any CheckpointReader) throws {
        let recorded =
            (source as? any SectionHashes)?.recordedHash(section, info.name)
            ?? (section == .tensors ? source.recordedHash(of: info.name) : nil)
        guard let recorded, recorded != sha256 else { return }
        throw CheckpointError.damaged(
            file: source.location,
            problem: "\(section.rawValue): \(info.name) does not have its recorded SHA-256")
    }

    /// The manifest as text: a first line, then one line per tensor and side file, sorted by their bytes.
    ///
    /// Training state is left out: a model is the same with and without its optimizer moments.
    static func manifest(_ entries: [ManifestEntry]) -> [UInt8] {
        let lines = entries.filter { $0.section == .tensors || $0.section == .files }.map { entry in
            let shape = entry.info.shape.map(String.init).joined(separator: ",")
            return "\(entry.section.rawValue)\t\(entry.info.name)\t\(entry.info.dtype.rawValue)\t[\(shape)]"
                + "\t\(entry.sha256)\n"
        }
        return Array(("r1-manifest 1\n").utf8)
            + lines.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }.joined()
    }
}

/// A reader that records hashes for every section, not only for tensors and side files.
protocol SectionHashes {
    /// The SHA-256 that the file records for an item, or nil when there is no such item.
    func recordedHash(_ section: Section, _ name: String) -> String?
}

extension ShardPlan {
    /// The entries of its headers and index.
    var files: [ManifestEntry] {
        shards.map { ManifestEntry(.shards, file: $0.name, $0.header) }
            + (index.map { [ManifestEntry(.index, file: $0.name, $0.bytes)] } ?? [])
    }
}
