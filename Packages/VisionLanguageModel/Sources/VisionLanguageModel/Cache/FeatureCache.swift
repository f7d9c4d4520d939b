// Features of pictures, kept by content while they fit a limit.
internal import Basics
internal import ImageInput
internal import TensorMath

/// Computes the features of images and videos, and keeps those that were used last.
struct FeatureCache {
    /// What the features of a picture depend on.
    private struct Key: Hashable {
        let content: ContentHash
        let shape: [Int]
    }

    private var kept: [Key: (features: Tensor, use: Int)] = [:]
    private var uses = 0
    private let hiddenSize: Int
    /// The most bytes.
    let byteLimit: Int
    /// Bytes of the kept features.
    private(set) var byteCount = 0
    /// Pictures that were asked for, and those of them that were there.
    private(set) var (requestCount, hitCount) = (0, 0)

    /// A cache of at most `byteLimit` bytes of features of `hiddenSize` columns.
    init(hiddenSize: Int, byteLimit: Int) { (self.hiddenSize, self.byteLimit) = (hiddenSize, byteLimit) }

    /// Bytes of a picture's features.
    func byteCount(of visual: VisionInput) -> Int {
        [visual.tokenCount, hiddenSize, MemoryLayout<Float>.size].productIfFits ?? .max
    }

    /// The features of pictures, [tokens, C] each; those that are not there are computed at once.
    ///
    /// - Parameters:
    ///   - visuals: Each within the limit.
    ///   - tower: Computes features.
    /// - Returns: One for each picture; only as many as fit the limit together, and at least one.
    mutating func features(_ visuals: [VisionInput], _ tower: any VisionTower) -> [Tensor] {
        var (taken, bytes): ([(visual: VisionInput, key: Key)], Int) = ([], 0)
        for visual in visuals {
            bytes += byteCount(of: visual)
            guard taken.isEmpty || bytes <= byteLimit else { break }
            taken.append((visual, Key(content: visual.contentHash, shape: visual.pixels.shape)))
        }
        requestCount += taken.count
        uses += 1
        var missing: [(visual: VisionInput, key: Key)] = []
        for one in taken {
            if kept[one.key] != nil {
                kept[one.key]?.use = uses
                hitCount += 1
            } else if !missing.contains(where: { $0.key == one.key }) {
                missing.append(one)
            }
        }
        if !missing.isEmpty {
            evict(for: missing.reduce(0) { $0 + byteCount(of: $1.visual) })
            let features = tower(missing.map(\.visual))
            var row = 0
            for (visual, key) in missing {
                let rows = row..<row + visual.tokenCount
                // A copy: a view would keep the features of all.
                let own = missing.count == 1 ? features : features.gatherRows(Array(rows))
                kept[key] = (own, uses)
                byteCount += byteCount(of: visual)
                row = rows.upperBound
            }
        }
        return taken.compactMap { kept[$0.key]?.features }
    }

    /// Forgets those used the longest time ago until `bytes` fit.
    private mutating func evict(for bytes: Int) {
        while byteCount + bytes > byteLimit {
            let idle = kept.filter { $0.value.use < uses }
            guard let oldest = idle.min(by: { $0.value.use < $1.value.use }) else { return }
            kept[oldest.key] = nil
            byteCount -= oldest.value.features.count * MemoryLayout<Float>.size
        }
    }

    /// Forgets all features.
    mutating func removeAll() { (kept, byteCount) = ([:], 0) }
}
