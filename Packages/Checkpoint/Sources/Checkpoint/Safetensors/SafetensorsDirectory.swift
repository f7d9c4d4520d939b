// A directory as published on the hub: one or several safetensors files, an index, and side files.
internal import Basics
import Foundation
import StrictJSON

/// A model directory: `model.safetensors`, or shards listed in `model.safetensors.index.json`, with side
/// files.
public final class SafetensorsDirectory: CheckpointReader {
    /// The path that was opened.
    public let location: String
    /// The tensors, shard by shard in the order of the file names, within a shard in the order of their
    /// bytes.
    public let tensors: [TensorInfo]
    /// The names of the side files, sorted by their bytes.
    public let sideFileNames: [String]
    /// Entries that are not part of the checkpoint: folders, hidden files, other weight formats.
    public let leftOut: [String]
    private let index: ShardPlan.File?
    private let shards: [SafetensorsFile]
    private let shardOfTensor: [NameBytes: Int]

    static let singleName = "model.safetensors"
    /// The weights of an adapter of PEFT.
    public static let adapterName = "adapter_model.safetensors"
    static let indexName = "model.safetensors.index.json"
    /// The index of PyTorch's shards, which is no side file either.
    static let pyTorchIndexName = "pytorch_model.bin.index.json"
    /// Side files are read whole, so their size is limited; the largest public tokenizer has about 35 MB.
    static let maximumSideFileByteCount = 256 << 20
    private static let otherWeights = [
        ".safetensors", ".h5", ".bin", ".pt", ".pth", ".gguf", ".onnx", ".msgpack",
    ]

    /// Opens and checks a directory; throws `CheckpointError` when shards and index do not agree.
    ///
    /// With `isFP8`, weights in FP8 are there as bytes.
    init(_ path: String, isFP8: Bool = false) throws {
        location = path
        let model = SafetensorsFile.Model(isFP8: isFP8)
        let names = try Self.entries(of: path)
        let index: ShardPlan.File?
        if names.contains(Self.singleName) {
            index = nil
            shards = [try SafetensorsFile("\(path)/\(Self.singleName)", of: model)]
            shardOfTensor = Dictionary(uniqueKeysWithValues: shards[0].tensors.map { ($0.name.nameBytes, 0) })
        } else if names.contains(Self.indexName) {
            let bytes = try Self.read("\(path)/\(Self.indexName)")
            index = ShardPlan.File(name: Self.indexName, bytes: bytes)
            let list = try WeightIndex(bytes, location: "\(path)/\(Self.indexName)")
            shards = try list.files.map { try SafetensorsFile("\(path)/\($0)", of: model) }
            shardOfTensor = try list.places(in: shards, leftOut: shards.flatMap(\.bufferNames))
        } else if case let files = Self.shardNames(names), !files.isEmpty {
            index = nil
            shards = try files.map { try SafetensorsFile("\(path)/\($0)", of: model) }
            shardOfTensor = try WeightIndex.places(of: shards)
        } else {
            try ForeignWeights.refuse(names, in: path)
            throw CheckpointError.notACheckpoint(file: path)
        }
        tensors = shards.flatMap(\.tensors)
        self.index = index

        let weightNames = Set(shards.map { fileName(of: $0.location) })
        (sideFileNames, leftOut) = try Self.sideFiles(
            among: names.filter { !weightNames.contains($0) && $0 != index?.name }, of: path)
    }

    /// The shards with their headers byte for byte, and the index; nil when buffers are left out.
    public var shardPlan: ShardPlan? {
        guard shards.allSatisfy(\.bufferNames.isEmpty) else { return nil }
        return ShardPlan(
            shards: shards.map { ShardPlan.Shard(name: fileName(of: $0.location), header: $0.headerBytes) },
            index: index)
    }

    /// That buffers are left out.
    public var readingNotes: [String] { bufferNote(shards.flatMap(\.bufferNames)).map { [$0] } ?? [] }

    /// The shard of a tensor.
    public func file(of name: String) -> String {
        shardOfTensor[name.nameBytes].map { shards[$0].location } ?? location
    }

    /// The name of a tensor's type when it is none of ours, such as `F8_E4M3`.
    func foreignType(_ name: String) -> String? {
        shardOfTensor[name.nameBytes].flatMap { shards[$0].foreignType(name) }
    }

    /// Divides a directory's entries into side files and those that are not part of a checkpoint.
    static func sideFiles(
        among names: [String], of path: String
    ) throws -> (names: [String], leftOut: [String]) {
        var found: (names: [String], leftOut: [String]) = ([], [])
        for name in names {
            let isOther =
                name.hasPrefix(".") || name == pyTorchIndexName
                || otherWeights.contains { name.hasSuffix($0) }
            if try isOther || FileKind(of: "\(path)/\(name)") == .directory {
                found.leftOut.append(name)
            } else {
                found.names.append(name)
            }
        }
        return found
    }

    /// Whether a directory with these entries has a model in safetensors.
    static func isOne(_ names: [String]) -> Bool {
        names.contains(singleName) || names.contains(indexName) || !shardNames(names).isEmpty
    }

    /// All files of the checkpoint.
    public var sourceFiles: [String] {
        let index = index.map { ["\(location)/\($0.name)"] } ?? []
        return shards.map(\.location) + index + sideFileNames.map { "\(location)/\($0)" }
    }

    static func entries(of path: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
    }

    /// The safetensors files of a directory without an index; an adapter's are not a model's.
    static func shardNames(_ names: [String]) -> [String] {
        names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") && !$0.hasPrefix("adapter_") }
    }

    static func read(_ path: String) throws -> [UInt8] {
        let file = try MappedFile(path)
        try ForeignWeights.refusePointer(file)
        guard file.byteCount <= maximumSideFileByteCount else {
            throw CheckpointError.unsupported(
                file: path,
                problem: "\(byteText(file.byteCount)) is too large for a side file; the limit is "
                    + byteText(maximumSideFileByteCount))
        }
        return try file.bytes(in: 0..<file.byteCount)
    }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? {
        shardOfTensor[name.nameBytes].flatMap { shards[$0].info(name) }
    }

    /// Whether there is a tensor of this name: all are mapped.
    public func isMapped(_ name: String) -> Bool { shardOfTensor[name.nameBytes] != nil }

    /// Gives `body` a tensor's mapped bytes; throws `CheckpointError.missingTensor` for an unknown name.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try shard(of: name).withBytes(of: name, body)
    }

    /// Gives `body` the bytes `range` of a tensor, read from its file; throws as `withBytes(of:_:)` does.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R { unsafe try shard(of: name).withBytes(of: name, in: range, body) }

    private func shard(of name: String) throws -> SafetensorsFile {
        guard let shard = shardOfTensor[name.nameBytes] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return shards[shard]
    }

    /// The side files of a directory that may have no weights, with their names in the order of their bytes.
    ///
    /// Throws `CheckpointError` for a directory or a file that cannot be read.
    public static func sideFiles(in path: String) throws -> [(name: String, bytes: [UInt8])] {
        let names = try entries(of: path).filter { $0 != indexName }
        return try sideFiles(among: names, of: path).names.map { ($0, try read("\(path)/\($0)")) }
    }

    /// The bytes of a side file, or nil when there is none of this name.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        sideFileNames.contains(name) ? try Self.read("\(location)/\(name)") : nil
    }
}
