// A model in FP8 with its weights in bfloat16: each is multiplied by the scale of its block.
internal import Basics
internal import CChunks
internal import StrictJSON

/// A checkpoint of safetensors in FP8 (`quant_method` `fp8`) whose weights appear in bfloat16.
///
/// A weight is the 8-bit number times the scale of its block, in float32, rounded to nearest even. Scales of
/// activations, which only matter to programs that compute in FP8, are left out. `config.json` loses its
/// `quantization_config`.
final class WidenedCheckpoint: CheckpointView {
    private struct Weight: Sendable {
        let values: [Float]
        let scales: FP8Scales
    }

    private let directory: SafetensorsDirectory
    let tensors: [TensorInfo]
    private let positions: [NameBytes: Int]
    private let weights: [NameBytes: Weight]
    let readingNotes: [String]

    private static let activationScales = ["input_scale", "activation_scale", "output_scale"]

    /// Presents a directory; throws `CheckpointError` for a weight without scales and for scales without a weight.
    init(_ directory: SafetensorsDirectory, _ settings: StoredQuantization.FP8) throws {
        self.directory = directory
        var weights: [NameBytes: Weight] = [:]
        var used: Set<NameBytes> = []
        for info in directory.tensors {
            guard let format = FP8Format(directory.foreignType(info.name)) else { continue }
            guard info.shape.count >= 2, info.elementCount > 0 else {
                throw CheckpointError.unsupported(
                    file: directory.file(of: info.name),
                    problem: "tensor \(info.name) in FP8 has shape \(info.shape), expected a matrix")
            }
            let scales = ["_scale_inv", "_scale"].compactMap { directory.info(info.name + $0) }
            guard scales.count == 1, let scale = scales.first else {
                throw CheckpointError.missingTensor(
                    key: info.name + "_scale_inv", file: directory.file(of: info.name), expected: nil,
                    others: 0)
            }
            used.insert(scale.name.nameBytes)
            weights[info.name.nameBytes] = Weight(
                values: format.values,
                scales: try FP8Scales(scale, of: info, block: settings.block, in: directory))
        }
        let (activations, others) = Self.split(directory.tensors.filter { !used.contains($0.name.nameBytes) })
        if let stray = others.first(where: {
            $0.name.hasSuffix(".weight_scale_inv") || $0.name.hasSuffix(".weight_scale")
        }) {
            throw CheckpointError.damaged(
                file: directory.file(of: stray.name),
                problem: "tensor \(stray.name) has scales, and there is no weight in FP8 for them")
        }
        self.weights = weights
        tensors = others.map { info in
            weights[info.name.nameBytes] == nil
                ? info : TensorInfo(name: info.name, dtype: .bfloat16, shape: info.shape)
        }
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
        let note = activations.first.map { first in
            ["left out, scales of activations: \(first.name) and \(activations.count - 1) more"]
        }
        readingNotes =
            directory.readingNotes + ["\(weights.count) tensors in FP8 become bfloat16"] + (note ?? [])
    }

    private static func split(_ tensors: [TensorInfo]) -> (activations: [TensorInfo], others: [TensorInfo]) {
        let isActivation = { (info: TensorInfo) in activationScales.contains { info.name.hasSuffix(".\($0)") }
        }
        return (tensors.filter(isActivation), tensors.filter { !isActivation($0) })
    }

    /// Safetensors with other numbers than appear here.
    var formatName: String { "safetensors in FP8" }

    var source: any CheckpointReader { directory }

    /// The tensor of this name, or nil.
    func info(_ name: String) -> TensorInfo? { positions[name.nameBytes].map { tensors[$0] } }

    /// Whether the tensor is stored as it appears.
    func isMapped(_ name: String) -> Bool { info(name) != nil && weights[name.nameBytes] == nil }

    /// Gives `body` a tensor's bytes; throws as `withBytes(of:in:_:)` does.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard isMapped(name) else {
            return unsafe try withBytes(of: name, in: 0..<(info(name)?.byteCount ?? 0), body)
        }
        return unsafe try directory.withBytes(of: name, body)
    }

    /// Gives `body` the bytes `range` of a tensor, widened during the call.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.cannotOpen` when there is not enough memory.
    func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let info = info(name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        guard let weight = weights[name.nameBytes] else {
            return unsafe try directory.withBytes(of: name, in: range, body)
        }
        let elements = range.lowerBound / 2..<(range.upperBound + 1) / 2
        let memory = try PageBuffer(2 * elements.count, for: name, of: location)
        let scales = weight.scales
        let columns = info.shape.dropFirst().reduce(1, *)
        unsafe try directory.withBytes(of: name, in: elements) { stored in
            unsafe r1_widen(
                stored.baseAddress, memory.bytes.baseAddress, elements.lowerBound, elements.count, columns,
                weight.values, scales.values, scales.block.rows, scales.block.columns, scales.blocksAcross)
        }
        let start = range.lowerBound - 2 * elements.lowerBound
        return unsafe try memory.withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// A side file of the directory; `config.json` without its settings of the quantization.
    func sideFile(_ name: String) throws -> [UInt8]? {
        let bytes = try directory.sideFile(name)
        guard name == FileNames.configuration, let bytes else { return bytes }
        return Array((Self.withoutQuantization(try OrderedJSON(parsing: bytes)).indented + "\n").utf8)
    }

    private static func withoutQuantization(_ json: OrderedJSON) -> OrderedJSON {
        guard case .object(let members) = json else { return json }
        return .object(
            members.filter { !StoredQuantization.keys.contains($0.key) }.map {
                OrderedJSON.Member(key: $0.key, value: withoutQuantization($0.value))
            })
    }

    /// Always nil: the split is about the names and sizes in FP8.
    var shardPlan: ShardPlan? { nil }
}
