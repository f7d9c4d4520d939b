// Added tokens: the markers (<|im_start|>, <|image_pad|>, ...) outside of the byte-pair vocabulary. In text
// that may have them they are matched first, from left to right, and the longest match wins.

/// One added token as a tokenizer file describes it.
struct AddedToken: Equatable, Sendable {
    var id: Int
    var content: String
    /// Decoding can omit special tokens; it always keeps the others, such as `<tool_call>`.
    var isSpecial: Bool
}

/// The added tokens of a vocabulary, by id and by text.
struct AddedTokens: Sendable {
    private let entries: [(content: [UInt8], id: TokenID)]
    /// Indices of `entries` by first byte, longest content first.
    private let candidates: [[Int]]
    private let bytesByID: [TokenID: [UInt8]]
    private let idsByContent: [[UInt8]: TokenID]
    let specialIDs: Set<TokenID>

    /// An index over tokens whose ids and contents are distinct.
    init(_ tokens: [AddedToken]) {
        entries = tokens.map { (Array($0.content.utf8), TokenID($0.id)) }
        var candidates = [[Int]](repeating: [], count: 256)
        for index in entries.indices { candidates[Int(entries[index].content[0])].append(index) }
        let entries = entries
        self.candidates = candidates.map { indices in
            indices.sorted { entries[$0].content.count > entries[$1].content.count }
        }
        bytesByID = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.content) })
        idsByContent = Dictionary(uniqueKeysWithValues: entries.map { ($0.content, $0.id) })
        specialIDs = Set(tokens.filter(\.isSpecial).map { TokenID($0.id) })
    }

    /// The largest id; -1 if there are no tokens.
    var largestID: TokenID { entries.map(\.id).max() ?? -1 }

    /// The text of an added token.
    func bytes(of id: TokenID) -> [UInt8]? { bytesByID[id] }

    /// The id of the added token with exactly this text.
    func id(of content: [UInt8]) -> TokenID? { idsByContent[content] }

    /// The longest added token that starts at `start` and ends at or before `limit`.
    func match(in text: UnsafeBufferPointer<UInt8>, at start: Int, limit: Int) -> (id: TokenID, end: Int)? {
        candidate: for index in candidates[Int(text[start])] {
            let content = entries[index].content
            guard start + content.count <= limit else { continue }
            for offset in 1..<content.count where content[offset] != text[start + offset] {
                continue candidate
            }
            return (entries[index].id, start + content.count)
        }
        return nil
    }
}
