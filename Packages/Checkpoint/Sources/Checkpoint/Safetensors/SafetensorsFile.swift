// One safetensors file, mapped.
internal import Basics

/// A single `.safetensors` file as a checkpoint: tensors only, no side files.
public final class SafetensorsFile: CheckpointReader, WeightShard {
    /// The path that was opened.
    public let location: String
    /// The tensors in the order of their bytes.
    public let tensors: [TensorInfo]
    /// The tensors with their places in the file.
    let entries: [SafetensorsHeader.Entry]
    /// The names of buffers, which are no parameters and are left out.
    let bufferNames: [String]
    let headerBytes: [UInt8]
    private let file: MappedFile
    private let dataStart: Int
    private let positions: [NameBytes: Int]

    /// Whether a file begins like safetensors: a length, then an opening brace.
    static func looksRight(_ file: MappedFile) -> Bool {
        guard file.byteCount > 8 else { return false }
        // Cannot throw: the range was just checked.
        return (try? file.bytes(in: 8..<9)) == [UInt8(ascii: "{")]
    }

    /// Opens and checks a file; throws `CheckpointError` when its header and its length do not agree.
    public convenience init(_ path: String) throws { try self.init(path, of: nil) }

    /// What a file is a part of.
    struct Model {
        /// Whether FP8 weights are there, as bytes.
        let isFP8: Bool
    }

    /// Opens a file; of a model, buffers are left out.
    init(_ path: String, of model: Model?) throws {
        location = path
        file = try MappedFile(path)
        try ForeignWeights.refusePointer(file)
        guard file.byteCount >= 8 else {
            throw CheckpointError.damaged(file: path, problem: "only \(file.byteCount) bytes long")
        }
        let declared = try file.bytes(in: 0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard declared <= SafetensorsHeader.maximumByteCount, declared <= file.byteCount - 8 else {
            throw CheckpointError.damaged(
                file: path,
                problem: "declares a header of \(declared) bytes in a file of \(file.byteCount) bytes")
        }
        dataStart = 8 + Int(declared)
        headerBytes = try file.bytes(in: 8..<dataStart)
        let header = try SafetensorsHeader(json: headerBytes, location: path) { name, type in
            guard let model else { return false }
            return isBuffer(name) || model.isFP8 && type.hasPrefix("F8_E") && type != "F8_E8M0"
        }
        guard header.dataByteCount == file.byteCount - dataStart else {
            throw CheckpointError.damaged(
                file: path,
                problem: "its tensors take \(header.dataByteCount) bytes, "
                    + "the file holds \(file.byteCount - dataStart)")
        }
        bufferNames = model == nil ? [] : header.entries.map(\.info.name).filter(isBuffer)
        entries = model == nil ? header.entries : header.entries.filter { !isBuffer($0.info.name) }
        tensors = entries.map(\.info)
        positions = Dictionary(
            uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
    }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? {
        positions[name.nameBytes].map { tensors[$0] }
    }

    /// The name of a tensor's type when it is none of ours, such as `F8_E4M3`.
    func foreignType(_ name: String) -> String? {
        positions[name.nameBytes].flatMap { entries[$0].foreignType }
    }

    /// Whether there is a tensor of this name: all are mapped.
    public func isMapped(_ name: String) -> Bool { positions[name.nameBytes] != nil }

    /// Gives `body` a tensor's mapped bytes; throws `CheckpointError.missingTensor` for an unknown name.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try file.withBytes(in: place(of: name), body)
    }

    /// Gives `body` the bytes `range` of a tensor, read from the file; throws as `withBytes(of:_:)` does.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let place = try place(of: name)
        require(
            range.lowerBound >= 0 && range.upperBound <= place.count,
            "bytes \(range) of \(name), which has \(place.count)")
        let start = place.lowerBound
        return unsafe try file.withPiece(in: start + range.lowerBound..<start + range.upperBound, body)
    }

    /// Which bytes of the file a tensor is.
    private func place(of name: String) throws -> Range<Int> {
        guard let position = positions[name.nameBytes] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        let range = entries[position].range
        return dataStart + range.lowerBound..<dataStart + range.upperBound
    }

    /// None: a single file carries only tensors.
    public var sideFileNames: [String] { [] }

    /// Always nil.
    public func sideFile(_ name: String) -> [UInt8]? { nil }

    /// The one file as a plan of one shard; nil when buffers are left out.
    public var shardPlan: ShardPlan? {
        guard bufferNames.isEmpty else { return nil }
        return ShardPlan(
            shards: [ShardPlan.Shard(name: fileName(of: location), header: headerBytes)], index: nil)
    }
}
