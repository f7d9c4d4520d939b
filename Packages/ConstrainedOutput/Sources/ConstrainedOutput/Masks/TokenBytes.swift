// The tokens of a vocabulary as a tree of their bytes, laid out flat: a walk skips whole branches.

/// The bytes of every token that output may consist of.
public struct TokenBytes: Sendable {
    /// One more than the largest id.
    public let idCount: Int
    /// The tokens that end an output.
    let endIDs: [Int32]
    /// The nodes in the order of a walk: byte, depth, where the branch ends, and the tokens that end at the node.
    let bytes: [UInt8]
    let depths: [Int32]
    let ends: [Int32]
    /// The tokens of node i are `ids[starts[i]..<starts[i + 1]]`; those of its branch follow.
    let starts: [Int32]
    let ids: [Int32]
    /// The most bytes of a token.
    let longest: Int
    /// The most opening brackets of a token.
    let openings: Int
    private let texts: [ArraySlice<UInt8>?]
    /// Masks that depend on the vocabulary alone.
    let stringMasks = StringMasks()

    /// The tree of a vocabulary.
    ///
    /// - Parameters:
    ///   - idCount: One more than the largest id.
    ///   - endIDs: The tokens that end an output; they are never part of it.
    ///   - textOf: The bytes of a token; nil for tokens that are not text, such as `<|im_start|>`.
    public init(idCount: Int, endIDs: some Sequence<Int32>, bytes textOf: (Int32) -> [UInt8]?) {
        self.idCount = idCount
        self.endIDs = endIDs.filter { $0 >= 0 && $0 < idCount }.sorted()
        let isEnd = Set(self.endIDs)
        var texts = [ArraySlice<UInt8>?](repeating: nil, count: idCount)
        for id in 0..<Int32(idCount) where !isEnd.contains(id) {
            if let bytes = textOf(id), !bytes.isEmpty { texts[Int(id)] = bytes[...] }
        }
        // The first eight bytes decide nearly always; comparing numbers is far quicker than comparing texts.
        var keys: [(first: UInt64, id: Int)] = []
        for (id, text) in texts.enumerated() {
            if let text { keys.append((Self.firstBytes(text), id)) }
        }
        keys.sort { a, b in
            guard a.first == b.first else { return a.first < b.first }
            return (texts[a.id] ?? []).lexicographicallyPrecedes(texts[b.id] ?? [])
        }
        var (bytes, depths, starts): ([UInt8], [Int32], [Int32]) = ([], [], [])
        var ids: [Int32] = []
        var last: ArraySlice<UInt8> = []
        for id in keys.map(\.id) {
            let token = texts[id] ?? []
            let common = zip(last, token).prefix { $0 == $1 }.count
            for place in common..<max(common, token.count) {
                bytes.append(token[token.startIndex + place])
                depths.append(Int32(place))
                starts.append(Int32(ids.count))
            }
            ids.append(Int32(id))
            last = token
        }
        starts.append(Int32(ids.count))
        var ends = [Int32](repeating: Int32(bytes.count), count: bytes.count)
        var open: [Int] = []
        for node in bytes.indices {
            while let deepest = open.last, depths[deepest] >= depths[node] {
                ends[deepest] = Int32(node)
                open.removeLast()
            }
            open.append(node)
        }
        (self.bytes, self.depths, self.starts, self.ids, self.ends) = (bytes, depths, starts, ids, ends)
        self.texts = texts
        longest = texts.map { $0?.count ?? 0 }.max() ?? 0
        openings = texts.map { token in token?.count { $0 == 0x5B || $0 == 0x7B } ?? 0 }.max() ?? 0
    }

    private static func firstBytes(_ text: ArraySlice<UInt8>) -> UInt64 {
        var (key, count): (UInt64, UInt64) = (0, 0)
        for byte in text.prefix(8) {
            key = key << 8 | UInt64(byte)
            count += 1
        }
        return count == 0 ? 0 : key << (8 * (8 - count))
    }

    /// The bytes of a token; nil for ends and tokens that are not text.
    func text(of id: Int32) -> ArraySlice<UInt8>? {
        id >= 0 && Int(id) < idCount ? texts[Int(id)] : nil
    }
}
