// How a model was split over safetensors files; kept so that an export restores the same files.

/// The safetensors files of a model: their names, their headers byte for byte, and the index.
public struct ShardPlan: Sendable, Equatable {
    /// One safetensors file.
    struct Shard: Sendable, Equatable {
        /// The file's name.
        let name: String
        /// The header's JSON byte for byte, including padding.
        let header: [UInt8]

        /// Describes a file; the header is checked when the plan is used.
        init(name: String, header: [UInt8]) {
            self.name = name
            self.header = header
        }
    }

    /// A file kept byte for byte.
    struct File: Sendable, Equatable {
        /// The file's name.
        let name: String
        /// The file's content.
        let bytes: [UInt8]

        /// Pairs a name with content.
        init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The files in the order of their names.
    let shards: [Shard]
    /// `model.safetensors.index.json`, or nil for a single file.
    let index: File?

    /// Puts a plan together.
    init(shards: [Shard], index: File?) {
        self.shards = shards
        self.index = index
    }
}
