// What the key and value of a token depend on, so that tokens of different prompts can share them.
internal import ImageInput
internal import ModelFamilies

/// What a token's key and value depend on, besides the tokens before it: its id, its place, and what it shows.
///
/// Equal tokens after equal tokens have equal keys and values, but for rounding.
struct TokenKey: Equatable, Sendable {
    let id: Int32
    private let place: TokenPlace
    /// The picture whose features replace the token's embedding, and which of its rows.
    private let visual: Visual?

    private struct Visual: Equatable {
        let content: ContentHash
        let row: Int32
    }

    /// A token of an answer.
    init(_ id: Int32, at place: TokenPlace) { (self.id, self.place, visual) = (id, place, nil) }

    /// The tokens of a prompt.
    static func all(of prompt: Prompt, _ rotary: RotaryConfiguration) -> [TokenKey] {
        var shown: [Int: Visual] = [:]
        var rows = prompt.visualRows[...]
        for visual in prompt.visuals {
            for (row, token) in rows.prefix(visual.tokenCount).enumerated() {
                shown[token] = Visual(content: visual.contentHash, row: Int32(row))
            }
            rows = rows.dropFirst(visual.tokenCount)
        }
        return prompt.ids.enumerated().map { index, id in
            TokenKey(id: id, place: prompt.positions.place(of: index, rotary), visual: shown[index])
        }
    }

    private init(id: Int32, place: TokenPlace, visual: Visual?) {
        (self.id, self.place, self.visual) = (id, place, visual)
    }
}
