// How rows are asked. Each style imitates one program to the byte, but for r1 and think, which are this project's.
internal import Tokenizer
public import TrainingData

/// A style of prompts.
public struct PromptStyle: Sendable {
    /// The name, as commands and manifests have it.
    public let id: String
    /// Whose prompts these are.
    public let summary: String
    /// Makes the parts of the user's turn.
    private let parts: @Sendable (BenchmarkRow) throws(SampleError) -> [BenchmarkPrompt.Part]
    /// The text of the system's turn; nil for none.
    public let system: String?

    init(
        _ id: String, _ summary: String, system: String? = nil,
        parts: @escaping @Sendable (BenchmarkRow) throws(SampleError) -> [BenchmarkPrompt.Part]
    ) {
        (self.id, self.summary, self.system, self.parts) = (id, summary, system, parts)
    }

    /// All styles that need nothing else; `think` needs the text of a training run.
    public static let all: [PromptStyle] = [.r1, .vlmEvalKit, .vlmEvalKitQwen, .vlmEvalKitInternVL, .lmms]

    /// The style with an id; nil when there is none.
    public static func named(_ id: String) -> PromptStyle? { all.first { $0.id == id } }

    /// The prompt of a row.
    ///
    /// A custom row is asked by its own turns in every style; the style's system text is put before them when they have
    /// none. A row that was read without pictures is asked without those that come before the text. Throws ``SampleError``
    /// for a row whose text names a picture that is not among its pictures.
    public func prompt(_ row: BenchmarkRow) throws(SampleError) -> BenchmarkPrompt {
        guard let sample = row.sample else { return BenchmarkPrompt(try parts(row), system: system) }
        var image = 0
        var turns = sample.prompt.map { message in
            BenchmarkPrompt.Turn(
                role: message.role,
                parts: message.content.map { part in
                    switch part {
                    case .text(let text): return .text(text)
                    case .image:
                        defer { image += 1 }
                        return .image(image)
                    case .video: return .text("<video>")
                    }
                })
        }
        if let system, turns.first?.role != .system {
            turns.insert(BenchmarkPrompt.Turn(role: .system, parts: [.text(system)]), at: 0)
        }
        return BenchmarkPrompt(turns: turns)
    }
}

// MARK: - Pieces that several styles share

extension BenchmarkRow {
    /// The options one a line: `A. text`.
    var optionLines: String { lettered.map { "\($0.letter). \($0.text)" }.joined(separator: "\n") }

    /// The whole question as the set publishes it.
    var published: String { query ?? question }

    /// All pictures, then a text.
    func picturesFirst(_ text: String) -> [BenchmarkPrompt.Part] {
        pictures.indices.map(BenchmarkPrompt.Part.image) + [.text(text)]
    }

    /// A text with each `<image d>` replaced by that picture.
    ///
    /// - Parameters:
    ///   - text: A text without marks gets the pictures before it.
    ///   - keepsOthers: Whether pictures that the text does not name come first; otherwise they are left out.
    /// - Returns: The parts in order.
    /// - Throws: ``SampleError`` for a mark without a picture.
    func picturesInPlace(
        _ text: String, keepsOthers: Bool
    ) throws(SampleError) -> [BenchmarkPrompt.Part] {
        let pieces = PictureMarks.pieces(of: text)
        guard pieces.count > 1 else { return picturesFirst(text) }
        var (parts, named): ([BenchmarkPrompt.Part], Set<Int>) = ([], [])
        for piece in pieces {
            switch piece {
            case .text(let text): parts.append(.text(text))
            case .picture(let number):
                // A row that was read without pictures still has its prompt.
                guard pictures.isEmpty || pictures.indices.contains(number - 1) else {
                    throw place.fault(
                        "question", expected: "a picture for <image \(number)>",
                        found: "\(pictures.count) pictures")
                }
                named.insert(number - 1)
                parts.append(.image(number - 1))
            }
        }
        guard keepsOthers else { return parts }
        return pictures.indices.filter { !named.contains($0) }.map(BenchmarkPrompt.Part.image) + parts
    }
}

extension String {
    /// Whether the text has a Chinese character, as the references ask it.
    var hasChinese: Bool { unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) } }

    /// The text without white space at its end, as Python's `rstrip()` leaves it.
    func trimmingEnd() -> String {
        guard let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(unicodeScalars[...last])
    }
}
