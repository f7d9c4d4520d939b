// The result of comparing two stored models: structure, side files, values. ComparisonRun.swift computes it;
// the folder Reports presents it.
internal import Basics
internal import Checkpoint
internal import ModelFamilies

/// What to compare, and how strictly.
public struct ComparisonOptions: Sendable, Equatable {
    /// Which differences between elements are allowed.
    public var tolerances = Tolerances.exact
    /// Tensors and side files to compare; empty for all.
    public var only: [NamePattern] = []
    /// Tensors and side files to leave out.
    public var ignored: [NamePattern] = []
    /// Names to change, on both sides, before tensors are matched; the first rule that matches a name
    /// applies.
    public var rules: [NameRule] = []
    /// Whether to stop at the first difference.
    public var isQuick = false
    /// Whether tensors with equal recorded hashes count as equal without being read.
    public var trustsHashes = false

    /// Everything is compared, bit for bit.
    public init() {}

    func selects(_ names: String...) -> Bool {
        (only.isEmpty || only.contains { names.contains(where: $0.matches) })
            && !ignored.contains { names.contains(where: $0.matches) }
    }
}

/// The distance between two tensors of one shape.
struct TensorDifference: Sendable, Equatable {
    /// The tensor's name in the first model.
    let name: String
    /// The tensor's name in the second model.
    let nameB: String
    /// The shape that both have.
    let shape: [Int]
    /// The element type in the first model.
    let dtypeA: DType
    /// The element type in the second model.
    let dtypeB: DType
    /// The position of the tensor in the model.
    let place: ModulePath
    /// The numbers.
    let statistics: ElementStatistics
    /// False when the tensor was not read because its recorded hashes are equal; then the statistics are
    /// empty.
    let wasRead: Bool

    /// Whether any element exceeds the tolerances, or the element type differs.
    var isDifferent: Bool { statistics.beyondCount > 0 || dtypeA != dtypeB }
}

/// The outcome of comparing two stored models.
public struct CheckpointComparison: Sendable, Equatable {
    /// A tensor whose shape differs.
    struct Reshaped: Sendable, Equatable, Codable {
        /// The tensor's name in the first model.
        let name: String
        /// The shape in the first model.
        let shapeA: [Int]
        /// The shape in the second model.
        let shapeB: [Int]
    }

    /// A tensor with different names in the two models.
    struct Renamed: Sendable, Equatable, Codable {
        /// How it was found.
        enum Reason: String, Sendable, Codable {
            /// Both names are public names of one tensor, in two styles.
            case style
            /// A rule of the caller maps the names, so this is not a difference.
            case rule
            /// Both have the same bytes.
            case content
        }

        /// The name in the first model.
        let nameA: String
        /// The name in the second model.
        let nameB: String
        /// How it was found.
        let reason: Reason
    }

    /// Two naming styles of one family: the second model is compared under the names of the first style.
    struct Naming: Sendable, Equatable, Encodable {
        /// The style of the first model.
        let a: String
        /// The style of the second model.
        let b: String
    }

    /// One of the two models.
    struct Side: Sendable, Equatable, Codable {
        /// The path that was opened.
        let location: String
        /// What it is: `HDF5 mapped`, `HDF5 compressed`, `safetensors file`, `directory`, or `delta on` one
        /// of these.
        let format: String
        /// The number of tensors.
        let tensorCount: Int
        /// The bytes of all tensors.
        let byteCount: Int
        /// The identity of an HDF5 checkpoint, or nil.
        let identity: String?
        /// The number of training tensors; training state is not compared.
        let trainingTensorCount: Int
    }

    /// Statistics over many tensors: a part of the model, or a layer of it.
    struct Rollup: Sendable, Equatable {
        /// The part of the model.
        let part: ModelPart
        /// The layer, or nil for the whole part.
        let layer: Int?
        /// The number of tensors there that both models have with the same shape.
        var tensorCount = 0
        /// The number of them that differ.
        var differentCount = 0
        /// The combined statistics.
        var statistics = ElementStatistics()
    }

    /// The first model.
    let a: Side
    /// The second model.
    let b: Side
    /// The naming styles where they are known and differ, or nil.
    let naming: Naming?
    /// Which differences between elements are allowed.
    let tolerances: Tolerances
    /// Tensors that only the first model has.
    let removed: [TensorInfo]
    /// Tensors that only the second model has.
    let added: [TensorInfo]
    /// Tensors whose names differ; they are compared like the others.
    let renamed: [Renamed]
    /// Tensors whose shapes differ; their values are not compared.
    let reshaped: [Reshaped]
    /// Side files that only one model has or that differ, sorted by name.
    let sideFiles: [SideFileDifference]
    /// Tensors that both have with the same shape, in the order of the first model.
    let tensors: [TensorDifference]
    /// Whether the comparison stopped at the first difference, so that there may be more.
    let stoppedEarly: Bool

    /// Tensors whose element types differ; their values are compared anyway.
    var retyped: [TensorDifference] { tensors.filter { $0.dtypeA != $0.dtypeB } }

    /// Tensors whose type differs, grouped by the change, in stored order; each group is one line in a
    /// report.
    var retypedGroups: [(name: String, change: String)] {
        var groups: [(first: String, count: Int, change: String)] = []
        for tensor in retyped {
            let change = "\(tensor.dtypeA) -> \(tensor.dtypeB)"
            if let place = groups.firstIndex(where: { $0.change == change }) {
                groups[place].count += 1
            } else {
                groups.append((tensor.name, 1, change))
            }
        }
        return groups.map { ($0.first + ($0.count > 1 ? " and \($0.count - 1) more" : ""), $0.change) }
    }

    /// Tensors that differ by more than the tolerances or in type.
    var different: [TensorDifference] { tensors.filter(\.isDifferent) }

    /// Tensors with any changed bit, most severe first: those whose NaN or infinities changed, then by the
    /// largest distance; equal ones in stored order.
    var changed: [TensorDifference] {
        let all = tensors.filter { $0.statistics.changedCount > 0 || $0.dtypeA != $0.dtypeB }
        func rank(_ item: TensorDifference) -> (Int, Double) {
            let it = item.statistics
            let isSevere = it.nanCountA != it.nanCountB || it.infinityCountA != it.infinityCountB
            return (isSevere ? 1 : 0, it.maximum)
        }
        return all.enumerated().sorted { left, right in
            let (x, y) = (rank(left.element), rank(right.element))
            return x != y ? x > y : left.offset < right.offset
        }.map(\.element)
    }

    /// Whether tensors and side files are the same within the tolerances.
    ///
    /// JSON files with equal values and different text are a difference; tensors renamed by a rule of the
    /// caller are not.
    public var isSame: Bool {
        naming == nil && removed.isEmpty && added.isEmpty && reshaped.isEmpty && sideFiles.isEmpty
            && !renamed.contains { $0.reason != .rule } && !tensors.contains(where: \.isDifferent)
    }

    /// Sums by part of the model, in the order of `ModelPart`.
    var parts: [Rollup] {
        let all = rollups { ($0.place.part, nil) }
        return ModelPart.allCases.flatMap { part in all.filter { $0.part == part } }
    }

    /// Sums by layer, vision tower first.
    var layers: [Rollup] {
        rollups { $0.place.layer == nil ? nil : ($0.place.part, $0.place.layer) }
            .sorted { ($0.part.order, $0.layer ?? 0) < ($1.part.order, $1.layer ?? 0) }
    }

    private func rollups(_ key: (TensorDifference) -> (ModelPart, Int?)?) -> [Rollup] {
        struct Key: Hashable {
            let part: ModelPart
            let layer: Int?
        }
        var positions: [Key: Int] = [:]
        var result: [Rollup] = []
        for tensor in tensors {
            guard let (part, layer) = key(tensor) else { continue }
            let position = positions[Key(part: part, layer: layer)] ?? result.count
            if position == result.count {
                positions[Key(part: part, layer: layer)] = position
                result.append(Rollup(part: part, layer: layer))
            }
            result[position].add(tensor)
        }
        return result
    }
}

extension CheckpointComparison.Rollup {
    mutating func add(_ tensor: TensorDifference) {
        tensorCount += 1
        differentCount += tensor.isDifferent ? 1 : 0
        statistics.merge(tensor.statistics)
    }
}

extension ModelPart {
    /// The place in reports.
    var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
