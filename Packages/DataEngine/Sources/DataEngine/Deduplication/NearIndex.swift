// Finds questions with nearly the same pictures without comparing all pairs: hashes that differ in at most d bits
// agree in at least one of d + 1 bands.

/// Questions by text and pictures.
struct NearIndex {
    /// The most different bits of pictures that count as the same.
    let distance: Int
    private var exact: [Digest: UInt32] = [:]
    /// The newest entry of each band, and for each entry the one before it in each band.
    private var newest: [BandKey: UInt32] = [:]
    private var earlier: [UInt32] = []
    /// The hashes of an entry's pictures, one after another, and where those of an entry end.
    private var looks: [PictureHash] = []
    private var texts: [Digest] = []
    private var ends: [Int] = []

    private struct BandKey: Hashable {
        let text: Digest
        let band: UInt8
        let bits: UInt64
    }

    /// A question to look up.
    struct Key {
        /// The compared text; the same for all when only pictures are compared.
        let text: Digest
        /// The text and the bytes of all pictures.
        let whole: Digest
        /// What the pictures look like; empty without pictures, or with a video among them.
        let looks: [PictureHash]

        init(text: Digest, _ pictures: [PictureIdentity]) {
            self.text = text
            whole = Digest(of: [text] + pictures.map(\.content))
            let looks = pictures.compactMap(\.look)
            self.looks = looks.count == pictures.count ? looks : []
        }
    }

    /// An entry that is the same question, and by how many bits its pictures differ (nil: not at all).
    struct Match {
        let entry: Int
        let distance: Int?
    }

    init(distance: Int) { self.distance = distance }

    /// The number of entries.
    var count: Int { ends.count }

    /// The first entry that is the same question.
    func match(_ key: Key) -> Match? {
        if let entry = exact[key.whole] { return Match(entry: Int(entry), distance: nil) }
        guard let first = key.looks.first else { return nil }
        var best: Match?
        for band in 0..<bandCount {
            var next = newest[bandKey(key.text, first, band)]
            while let entry = next {
                if let found = distance(key, Int(entry)), Int(entry) < best?.entry ?? .max {
                    best = Match(entry: Int(entry), distance: found)
                }
                let before = earlier[Int(entry) * bandCount + band]
                next = before == .max ? nil : before
            }
        }
        return best
    }

    /// Adds a question.
    mutating func insert(_ key: Key) {
        let entry = UInt32(ends.count)
        if exact[key.whole] == nil { exact[key.whole] = entry }
        looks += key.looks
        texts.append(key.text)
        ends.append(looks.count)
        for band in 0..<bandCount {
            guard let first = key.looks.first else {
                earlier.append(.max)
                continue
            }
            earlier.append(newest.updateValue(entry, forKey: bandKey(key.text, first, band)) ?? .max)
        }
    }

    private var bandCount: Int { distance + 1 }

    private func bandKey(_ text: Digest, _ look: PictureHash, _ band: Int) -> BandKey {
        let (start, end) = (64 * band / bandCount, 64 * (band + 1) / bandCount)
        let mask = end - start == 64 ? UInt64.max : 1 << UInt64(end - start) - 1
        return BandKey(text: text, band: UInt8(band), bits: look.bits >> UInt64(start) & mask)
    }

    /// The largest distance of corresponding pictures; nil when it is too large.
    private func distance(_ key: Key, _ entry: Int) -> Int? {
        let start = entry == 0 ? 0 : ends[entry - 1]
        guard texts[entry] == key.text, ends[entry] - start == key.looks.count else { return nil }
        var largest = 0
        for (place, look) in key.looks.enumerated() {
            guard let bits = look.distance(to: looks[start + place]), bits <= distance else { return nil }
            largest = max(largest, bits)
        }
        return largest
    }
}
