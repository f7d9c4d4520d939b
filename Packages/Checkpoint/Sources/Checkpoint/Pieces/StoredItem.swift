// An item that a writer stores: a tensor, a side file, or a part of the training state.
internal import Basics

/// An item to store.
struct StoredItem: Sendable {
    let section: Section
    let info: TensorInfo
    let source: ByteSource

    init(_ section: Section, _ info: TensorInfo, _ source: ByteSource) {
        (self.section, self.info, self.source) = (section, info, source)
    }

    init(_ section: Section, _ name: String, _ bytes: [UInt8]) {
        self.init(section, TensorInfo(name: name, dtype: .uint8, shape: [bytes.count]), ByteSource(bytes))
    }

    /// All items of a model in stored order: files, split, tensors, training state.
    static func all(of reader: any CheckpointReader, withTraining: Bool) throws -> [StoredItem] {
        var items = try reader.sideFileNames.map { StoredItem(.files, $0, try reader.sideFile($0) ?? []) }
        items += reader.shardPlan?.shards.map { StoredItem(.shards, $0.name, $0.header) } ?? []
        items += reader.shardPlan?.index.map { [StoredItem(.index, $0.name, $0.bytes)] } ?? []
        items += reader.tensors.map { StoredItem(.tensors, $0, ByteSource(reader, $0)) }
        guard withTraining else { return items }
        items += reader.trainingTensors.map { info in
            StoredItem(
                .training, info,
                unsafe ByteSource(byteCount: info.byteCount) { range, body in
                    unsafe try reader.withTrainingBytes(of: info.name, in: range, body)
                })
        }
        items +=
            reader.trainerState.map {
                [StoredItem(.state, FileNames.trainerState, $0)]
            } ?? []
        return items
    }

    /// Whether to check for it in the leftover of a killed run; other items are small and quickly written
    /// again.
    var isTensor: Bool { section == .tensors || section == .training }

    func isIn(_ entry: WritingJournal.Entry) -> Bool {
        entry.section == section.rawValue && entry.name.nameBytes == info.name.nameBytes
    }
}
