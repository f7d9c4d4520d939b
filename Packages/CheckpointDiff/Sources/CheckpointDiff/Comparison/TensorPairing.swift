// Matches the tensors of two models: by the caller's rules, by name, by the known naming styles, and the rest
// by content.
internal import Basics
internal import Checkpoint
internal import ModelFamilies

/// The pairs of tensors to compare, and the tensors that only one model has.
struct TensorPairing {
    struct Pair {
        let a: TensorInfo
        let b: TensorInfo
        /// Nil when both have one name.
        let reason: CheckpointComparison.Renamed.Reason?
    }

    private(set) var pairs: [Pair] = []
    private(set) var removed: [TensorInfo] = []
    private(set) var added: [TensorInfo] = []

    /// Matches the tensors that the options select.
    ///
    /// Throws `CheckpointError.badName` when a rule gives two tensors the same name, or when a pattern or
    /// rule that should have an effect matches no tensor.
    init(_ a: any CheckpointReader, _ b: any CheckpointReader, _ options: ComparisonOptions) throws {
        let tensorsA = a.tensors.map { (info: $0, name: Self.renamed($0.name, options)) }
        let tensorsB = b.tensors.map { (info: $0, name: Self.renamed($0.name, options)) }
        try Self.checkRules(options, a, b)
        var inB = try Self.byName(tensorsB, b)
        _ = try Self.byName(tensorsA, a)
        for (info, name) in tensorsA {
            guard let other = inB.removeValue(forKey: qwen25VLHubName(name).nameBytes) else {
                if options.selects(info.name, name) { removed.append(info) }
                continue
            }
            guard options.selects(info.name, name, other.info.name, other.name) else { continue }
            let isOneName = info.name.nameBytes == other.info.name.nameBytes
            let isByRule = name.nameBytes == other.name.nameBytes
            pairs.append(Pair(a: info, b: other.info, reason: isOneName ? nil : isByRule ? .rule : .style))
        }
        let rest = Set(inB.values.map(\.info.name.nameBytes))
        added = tensorsB.filter {
            rest.contains($0.info.name.nameBytes) && options.selects($0.info.name, $0.name)
        }
        .map(\.info)
        try pairByContent(a, b)
        let positions = Dictionary(
            a.tensors.enumerated().map { ($1.name.nameBytes, $0) }, uniquingKeysWith: { first, _ in first })
        pairs.sort { positions[$0.a.name.nameBytes, default: 0] < positions[$1.a.name.nameBytes, default: 0] }
    }

    private static func renamed(_ name: String, _ options: ComparisonOptions) -> String {
        options.rules.lazy.compactMap { $0.apply(to: name) }.first ?? name
    }

    private typealias Named = (info: TensorInfo, name: String)

    private static func byName(
        _ tensors: [Named], _ reader: any CheckpointReader
    ) throws -> [NameBytes: Named] {
        var result: [NameBytes: Named] = [:]
        for tensor in tensors {
            let key = qwen25VLHubName(tensor.name).nameBytes
            if let other = result.updateValue(tensor, forKey: key) {
                throw CheckpointError.badName(
                    name: tensor.info.name, file: reader.location,
                    problem: "is matched under the same name as \(other.info.name)")
            }
        }
        return result
    }

    /// A mistyped pattern must be an error, not an empty comparison.
    private static func checkRules(
        _ options: ComparisonOptions, _ a: any CheckpointReader, _ b: any CheckpointReader
    ) throws {
        let names = (a.tensors + b.tensors).map(\.name)
        let all = names + names.map { renamed($0, options) } + a.sideFileNames + b.sideFileNames
        for pattern in options.only where !all.contains(where: pattern.matches) {
            throw CheckpointError.badName(
                name: pattern.text, file: a.location, problem: "fits no tensor or side file of the two models"
            )
        }
        for rule in options.rules where !names.contains(where: { rule.apply(to: $0) != nil }) {
            throw CheckpointError.badName(
                name: rule.text, file: a.location, problem: "fits no tensor of the two models")
        }
    }

    /// Pairs left-over tensors of one type and shape that have the same hash, preferring similar names.
    ///
    /// Recorded hashes only suggest pairs; the pairs are compared like all others.
    private mutating func pairByContent(_ a: any CheckpointReader, _ b: any CheckpointReader) throws {
        struct Kind: Hashable {
            let dtype: DType
            let shape: [Int]
        }
        func kind(_ info: TensorInfo) -> Kind { Kind(dtype: info.dtype, shape: info.shape) }
        let kinds = Set(removed.map(kind)).intersection(added.map(kind))
        let candidatesA = removed.filter { kinds.contains(kind($0)) }
        let candidatesB = added.filter { kinds.contains(kind($0)) }
        let hashesA = try parallelMap(candidatesA.count) { try Self.hash(candidatesA[$0], a) }
        let hashesB = try parallelMap(candidatesB.count) { try Self.hash(candidatesB[$0], b) }
        var byHash: [String: [TensorInfo]] = [:]
        for (info, hash) in zip(candidatesB, hashesB) { byHash[hash, default: []].append(info) }
        var (goneA, goneB): (Set<NameBytes>, Set<NameBytes>) = ([], [])
        for (info, hash) in zip(candidatesA, hashesA) {
            let candidates = byHash[hash, default: []].filter { kind($0) == kind(info) }
            let best = candidates.max {
                Self.likeness($0.name, info.name) < Self.likeness($1.name, info.name)
            }
            guard let best else { continue }
            byHash[hash]?.removeAll { $0.name.nameBytes == best.name.nameBytes }
            pairs.append(Pair(a: info, b: best, reason: .content))
            goneA.insert(info.name.nameBytes)
            goneB.insert(best.name.nameBytes)
        }
        removed.removeAll { goneA.contains($0.name.nameBytes) }
        added.removeAll { goneB.contains($0.name.nameBytes) }
    }

    private static func hash(_ info: TensorInfo, _ reader: any CheckpointReader) throws -> String {
        try reader.recordedHash(of: info.name) ?? reader.currentHash(of: info)
    }

    /// Equal bytes at the end and the beginning of two names.
    private static func likeness(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count + zip(a, b).prefix { $0 == $1 }.count
    }
}

extension CheckpointComparison.Naming {
    /// The styles of two models; nil when they are the same or a configuration does not tell.
    ///
    /// A model that its own configuration does not fit has no style; it is compared under the names it has.
    init?(_ a: any CheckpointReader, _ b: any CheckpointReader) {
        func style(_ reader: any CheckpointReader) -> (styles: [KeyTable.Style], style: KeyTable.Style)? {
            guard let table = try? KeyTable.of(reader), (try? table.validate(reader)) != nil else {
                return nil
            }
            return (try? table.style(of: reader)).map { (table.styles, $0) }
        }
        guard let left = style(a), let right = style(b), left.style != right.style,
            right.styles.contains(left.style)
        else { return nil }
        self.a = left.style.rawValue
        self.b = right.style.rawValue
    }

    /// The style of the first model.
    var styleA: KeyTable.Style { KeyTable.Style(rawValue: a) ?? .hf }
}

extension CheckpointReader {
    /// Gives `body` the bytes `range` of a tensor without a copy if it is mapped: comparing is so fast that a
    /// copy would add a third to its time for files in the page cache.
    func withBytesInPlace<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard isMapped(name) else { return unsafe try withBytes(of: name, in: range, body) }
        return unsafe try withBytes(of: name) {
            unsafe try body(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
    }
}
