// A comparison as JSON. docs/r1-diff.md describes the keys; they do not change under one `schema`.
internal import Basics
internal import Checkpoint
public import Foundation
internal import ModelFamilies

extension CheckpointComparison {
    /// The version of the JSON's keys.
    static let schema = "r1-diff 1"

    /// The whole comparison as JSON; infinities are the strings "inf" and "-inf".
    ///
    /// - Throws: What `JSONEncoder` throws.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(Report(self)) + Data([UInt8(ascii: "\n")])
    }
}

/// The structure of the JSON: derived results are included, intermediate sums are not.
private struct Report: Encodable {
    struct Tensor: Encodable {
        let name: String
        let dtype: DType
        let shape: [Int]

        init(_ info: TensorInfo) { (name, dtype, shape) = (info.name, info.dtype, info.shape) }
    }

    struct Numbers: Encodable {
        let elementCount, changedCount, beyondToleranceCount: Int
        let changedFraction, changedBitFraction: Double
        let maximum, mean, rootMeanSquare, relative: Double
        let cosine: Double?
        let largestULP: Int?
        let nanCountA, nanCountB, infinityCountA, infinityCountB: Int

        init(_ it: ElementStatistics) {
            (elementCount, changedCount, beyondToleranceCount) = (
                it.elementCount, it.changedCount, it.beyondCount
            )
            (changedFraction, changedBitFraction) = (it.changedFraction, it.changedBitFraction)
            (maximum, mean, rootMeanSquare, relative) = (it.maximum, it.mean, it.rootMeanSquare, it.relative)
            (cosine, largestULP) = (it.cosine, it.largestULP)
            (nanCountA, nanCountB) = (it.nanCountA, it.nanCountB)
            (infinityCountA, infinityCountB) = (it.infinityCountA, it.infinityCountB)
        }
    }

    struct Difference: Encodable {
        let name, nameB: String
        let shape: [Int]
        let dtypeA, dtypeB: DType
        let part: ModelPart
        let layer: Int?
        let module: String
        let isDifferent, wasRead: Bool
        let values: Numbers

        init(_ it: TensorDifference) {
            (name, nameB, shape, dtypeA, dtypeB) = (it.name, it.nameB, it.shape, it.dtypeA, it.dtypeB)
            (part, layer, module) = (it.place.part, it.place.layer, it.place.module)
            (isDifferent, wasRead, values) = (it.isDifferent, it.wasRead, Numbers(it.statistics))
        }
    }

    struct Rollup: Encodable {
        let part: ModelPart
        let layer: Int?
        let tensorCount, differentCount: Int
        let values: Numbers

        init(_ it: CheckpointComparison.Rollup) {
            (part, layer, tensorCount, differentCount) = (
                it.part, it.layer, it.tensorCount, it.differentCount
            )
            values = Numbers(it.statistics)
        }
    }

    /// Absent tolerances are 0; `exact` is true when none was given.
    struct Allowed: Encodable {
        let absolute, relative: Double
        let ulp: Int
        let equalNaN, exact: Bool

        init(_ it: Tolerances) {
            (absolute, relative, ulp) = (it.absolute ?? 0, it.relative ?? 0, it.ulp ?? 0)
            (equalNaN, exact) = (it.equalNaN, it.isExact)
        }
    }

    let schema: String
    let isSame, stoppedEarly: Bool
    let a, b: CheckpointComparison.Side
    let naming: CheckpointComparison.Naming?
    let tolerances: Allowed
    let removed, added: [Tensor]
    let renamed: [CheckpointComparison.Renamed]
    let reshaped: [CheckpointComparison.Reshaped]
    let retyped: [String]
    let sideFiles: [SideFileDifference]
    let tensors: [Difference]
    let parts, layers: [Rollup]

    init(_ it: CheckpointComparison) {
        schema = CheckpointComparison.schema
        (isSame, stoppedEarly, a, b, naming) = (it.isSame, it.stoppedEarly, it.a, it.b, it.naming)
        tolerances = Allowed(it.tolerances)
        (removed, added) = (it.removed.map(Tensor.init), it.added.map(Tensor.init))
        (renamed, reshaped, retyped) = (it.renamed, it.reshaped, it.retyped.map(\.name))
        (sideFiles, tensors) = (it.sideFiles, it.tensors.map(Difference.init))
        (parts, layers) = (it.parts.map(Rollup.init), it.layers.map(Rollup.init))
    }
}
