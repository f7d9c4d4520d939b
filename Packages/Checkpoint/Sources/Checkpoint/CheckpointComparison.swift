// What differs between two stored models: structure, values, side files.
// ElementComparison.swift holds the loops over elements, ComparisonReport.swift the text and the JSON.
internal import StrictJSON
public import TensorMath

/// How far two elements may be apart and still count as equal.
public struct Tolerances: Sendable, Equatable, Codable {
    /// Absolute distance that is allowed.
    public var absolute: Double
    /// Distance that is allowed relative to the magnitude in the second model.
    public var relative: Double

    /// Elements are equal when |a - b| <= absolute + relative * |b|, as in NumPy's `isclose`.
    public init(absolute: Double = 0, relative: Double = 0) {
        self.absolute = absolute
        self.relative = relative
    }

    /// Equal means the same bits: 0 and -0 differ, a NaN equals the same NaN.
    public static let exact = Tolerances()

    /// Whether elements are compared by their bits.
    var isExact: Bool { absolute == 0 && relative == 0 }
}

/// The distance between two tensors of one name and shape.
public struct TensorDifference: Sendable, Equatable, Codable {
    /// The tensor's name.
    public let name: String
    /// The shape that both have.
    public let shape: [Int]
    /// The element type in the first model.
    public let dtypeA: DType
    /// The element type in the second model.
    public let dtypeB: DType
    /// The number of elements.
    public let elementCount: Int
    /// The number of elements that differ by more than the tolerance.
    public let changedCount: Int
    /// The largest |a - b|; pairs with a NaN are left out.
    public let maximum: Double
    /// The mean of |a - b| over all elements; pairs with a NaN count as 0.
    public let mean: Double
    /// NaN elements in the first model.
    public let nanCountA: Int
    /// NaN elements in the second model.
    public let nanCountB: Int

    /// The part of the elements that differ, from 0 to 1.
    public var changedFraction: Double { elementCount == 0 ? 0 : Double(changedCount) / Double(elementCount) }

    /// Whether any element or the element type differs.
    public var isDifferent: Bool { changedCount > 0 || dtypeA != dtypeB }
}

/// The outcome of comparing two stored models.
public struct CheckpointComparison: Sendable, Equatable, Codable {
    /// A tensor whose shape differs.
    public struct Reshaped: Sendable, Equatable, Codable {
        /// The tensor's name.
        public let name: String
        /// The shape in the first model.
        public let shapeA: [Int]
        /// The shape in the second model.
        public let shapeB: [Int]
    }

    /// A tensor that goes by another public name, since the models come in two naming styles.
    public struct Renamed: Sendable, Equatable, Codable {
        /// The name in the first model.
        public let nameA: String
        /// The name in the second model.
        public let nameB: String
    }

    /// One of the two models.
    public struct Side: Sendable, Equatable, Codable {
        /// The path that was opened.
        public let location: String
        /// The number of tensors.
        public let tensorCount: Int
        /// The bytes of all tensors.
        public let byteCount: Int
        /// The identity of an HDF5 checkpoint, or nil.
        public let identity: String?
        /// The number of training tensors; training state is not compared.
        public let trainingTensorCount: Int
    }

    /// The first model.
    public let a: Side
    /// The second model.
    public let b: Side
    /// How far elements may be apart.
    public let tolerances: Tolerances
    /// Names of tensors that only the first model has.
    public let removed: [String]
    /// Names of tensors that only the second model has.
    public let added: [String]
    /// Tensors whose public names differ; they are compared like the others.
    public let renamed: [Renamed]
    /// Tensors whose shapes differ; their values are not compared.
    public let reshaped: [Reshaped]
    /// Tensors that both have in one shape, in the order of the first model.
    public let tensors: [TensorDifference]
    /// Side files that only one model has or whose bytes differ, sorted by name.
    public let sideFiles: [String]
    /// Paths of keys in `config.json` whose values differ, such as `vision_config.depth`.
    public let configurationKeys: [String]

    /// Tensors whose element types differ; their values are compared all the same.
    public var retyped: [TensorDifference] { tensors.filter { $0.dtypeA != $0.dtypeB } }

    /// Whether tensors and side files are the same within the tolerance.
    public var isSame: Bool {
        removed.isEmpty && added.isEmpty && renamed.isEmpty && reshaped.isEmpty && sideFiles.isEmpty
            && !tensors.contains(where: \.isDifferent)
    }

    /// Compares two models on all cores; memory use does not grow with them.
    ///
    /// Throws `CheckpointError` when something cannot be read.
    public static func compare(
        _ a: any CheckpointReader, _ b: any CheckpointReader, tolerances: Tolerances = .exact
    ) throws -> CheckpointComparison {
        let inB = byCanonicalName(b)
        let pairs = byCanonicalName(a).compactMap { name, left in inB[name].map { (left, $0) } }
            .sorted { $0.0.position < $1.0.position }.map { ($0.0.info, $0.1.info) }
        let (pairedA, pairedB) = (Set(pairs.map(\.0.name.nameBytes)), Set(pairs.map(\.1.name.nameBytes)))
        let comparable = pairs.filter { $0.shape == $1.shape }
        return CheckpointComparison(
            a: side(a), b: side(b), tolerances: tolerances,
            removed: a.tensors.map(\.name).filter { !pairedA.contains($0.nameBytes) },
            added: b.tensors.map(\.name).filter { !pairedB.contains($0.nameBytes) },
            renamed: pairs.filter { $0.name.nameBytes != $1.name.nameBytes }.map {
                Renamed(nameA: $0.name, nameB: $1.name)
            },
            reshaped: pairs.filter { $0.shape != $1.shape }.map {
                Reshaped(name: $0.name, shapeA: $0.shape, shapeB: $1.shape)
            },
            tensors: try differences(comparable, a, b, tolerances),
            sideFiles: try sideFileDifferences(a, b),
            configurationKeys: try configurationDifferences(a, b))
    }

    /// A model's tensors by their names in the original style; of two that share one the first stands for it.
    private static func byCanonicalName(
        _ reader: any CheckpointReader
    ) -> [NameBytes: (position: Int, info: TensorInfo)] {
        Dictionary(
            reader.tensors.enumerated().map { (KeyTable.original($1.name).nameBytes, ($0, $1)) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func side(_ reader: any CheckpointReader) -> Side {
        Side(
            location: reader.location, tensorCount: reader.tensors.count, byteCount: reader.tensorByteCount,
            identity: reader.identity, trainingTensorCount: reader.trainingTensors.count)
    }

    private static func tally(
        _ a: UnsafeRawBufferPointer, _ infoA: TensorInfo, _ b: UnsafeRawBufferPointer, _ infoB: TensorInfo,
        _ tolerances: Tolerances
    ) throws -> ElementTally {
        // The workers only read the bytes, and all are done before this function returns.
        nonisolated(unsafe) let (sharedA, sharedB) = unsafe (a, b)
        let (count, sliceLength) = (infoA.elementCount, 1 << 18)
        let partial = try parallelMap((count + sliceLength - 1) / sliceLength) { number in
            let range = number * sliceLength..<min((number + 1) * sliceLength, count)
            return unsafe compareElements(
                sharedA, infoA.dtype, sharedB, infoB.dtype, in: range, tolerances)
        }
        return partial.reduce(into: ElementTally()) { $0.merge($1) }
    }

    /// Tensor by tensor, each on all cores: no more than one of each model has to be unpacked at a time.
    private static func differences(
        _ pairs: [(TensorInfo, TensorInfo)], _ a: any CheckpointReader, _ b: any CheckpointReader,
        _ tolerances: Tolerances
    ) throws -> [TensorDifference] {
        let totals = try pairs.map { left, right in
            unsafe try a.withBytes(of: left.name) { bytesA in
                unsafe try b.withBytes(of: right.name) { bytesB in
                    unsafe try tally(bytesA, left, bytesB, right, tolerances)
                }
            }
        }
        return zip(pairs, totals).map { pair, tally in
            let count = pair.0.elementCount
            return TensorDifference(
                name: pair.0.name, shape: pair.0.shape, dtypeA: pair.0.dtype, dtypeB: pair.1.dtype,
                elementCount: count, changedCount: tally.changedCount, maximum: tally.maximum,
                mean: count == 0 ? 0 : tally.sum / Double(count),
                nanCountA: tally.nanCountA, nanCountB: tally.nanCountB)
        }
    }

    private static func sideFileDifferences(
        _ a: any CheckpointReader, _ b: any CheckpointReader
    ) throws -> [String] {
        let names = Set(a.sideFileNames).union(b.sideFileNames)
        return try names.sorted().filter { try a.sideFile($0) != b.sideFile($0) }
    }

    private static func configurationDifferences(
        _ a: any CheckpointReader, _ b: any CheckpointReader
    ) throws -> [String] {
        let name = CheckpointWriter.configurationName
        guard let left = try a.sideFile(name), let right = try b.sideFile(name), left != right else {
            return []
        }
        let valuesA = leaves(try KeyTable.parse(left, "\(a.location)/\(name)"))
        let valuesB = leaves(try KeyTable.parse(right, "\(b.location)/\(name)"))
        return Set(valuesA.keys).union(valuesB.keys).sorted().filter { valuesA[$0] != valuesB[$0] }
    }

    /// Every value of a configuration that is no object, under its dotted path.
    private static func leaves(_ json: OrderedJSON, path: String = "") -> [String: String] {
        guard case .object(let members) = json else { return [path: json.compact] }
        return members.reduce(into: [:]) { result, member in
            let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
            result.merge(leaves(member.value, path: inner)) { first, _ in first }
        }
    }
}
