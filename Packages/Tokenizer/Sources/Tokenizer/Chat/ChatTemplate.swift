// The chat layouts of the model families. The template in a checkpoint is a program in another language and
// is never run; tests compare with its output. A layout gives pieces instead of a string, so that markers in
// the text of a user are never special tokens.

/// Turns messages into the text format of a model: variants of ChatML.
public enum ChatTemplate: String, Sendable, CaseIterable {
    /// Qwen2.5-VL (and Qwen2-VL): a default system message, image and video markers.
    case qwen25VL
    /// Qwen2 without images, as `qwen25VL`.
    case qwen2
    /// Qwen2.5 without images: another default system message.
    case qwen25
    /// ChatML without a default system message: Qwen3, whose model decides whether to think, and many others.
    case chatML
    /// InternVL as converted to transformers: no default system message, a line break after each image.
    case internVL
    /// InternVL2.5 and 3 in the original layout: `internvl2_5` in config.json.
    case internVL25
    /// InternVL2 over Hermes' Yi: `Hermes-2` in config.json. No line break between turns.
    case internVLHermes2
    /// InternVL2 over InternLM2: `internlm2-chat` in config.json. No line break between turns.
    case internVLInternLM2

    /// A piece of a formatted conversation.
    public enum Piece: Equatable, Sendable {
        /// Text of the template itself; its markers are special tokens.
        case template(String)
        /// Text from a message; markers in it are plain text.
        case text(String)
        /// The place of the next image.
        case image(VisionMarkers)
        /// The place of the next video.
        case video(VisionMarkers)
    }

    /// The template with this name in `template` of an original InternVL config.json; nil for an unknown
    /// name.
    public init?(internVLName name: String) {
        switch name {
        case "internvl2_5": self = .internVL25
        case "Hermes-2": self = .internVLHermes2
        case "internlm2-chat": self = .internVLInternLM2
        default: return nil
        }
    }

    /// Whether images and videos can be numbered on request.
    ///
    /// The converted InternVL template has no such form. The original templates always number several images
    /// of a message, and a single image on request.
    public var numbersVision: Bool { self != .internVL }

    /// The token that begins a turn; the name of the role and a line break follow.
    public static let turnStartToken = "<|im_start|>"

    /// The token that ends a turn, and so an answer.
    public var turnEndToken: String {
        let end = style.turnEnd
        return end.hasSuffix("\n") ? String(end.dropLast()) : end
    }

    /// The conversation as pieces.
    ///
    /// - Parameters:
    ///   - messages: The turns; if the first is not a system message, the default one is added.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    ///   - addVisionID: Whether "Picture 1: ", "Video 1: " (InternVL: "Image-1: ") precede images and videos,
    ///     counted from 1 through the conversation; without effect unless `numbersVision`.
    /// - Returns: The pieces in order; no two neighbors are both template or both text.
    public func pieces(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, addVisionID: Bool = false
    ) -> [Piece] {
        let style = style
        var layout = Layout(style: style, addVisionID: addVisionID)
        if let system = style.systemMessage, let first = messages.first, first.role != .system {
            layout.template("\(Self.turnStartToken)system\n\(system)\(style.turnEnd)")
        }
        for message in messages {
            layout.template("\(Self.turnStartToken)\(message.role.rawValue)\n")
            layout.add(message.content)
            layout.template(style.turnEnd)
        }
        if addGenerationPrompt { layout.template("\(Self.turnStartToken)assistant\n") }
        return layout.pieces
    }

    /// The conversation as one text, as the template in the checkpoint prints it.
    ///
    /// Each image and video is a single marker. For display and tests: to get ids, encode
    /// ``pieces(_:addGenerationPrompt:addVisionID:)``.
    func render(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, addVisionID: Bool = false
    ) -> String {
        pieces(messages, addGenerationPrompt: addGenerationPrompt, addVisionID: addVisionID).map { piece in
            switch piece {
            case .template(let text), .text(let text): text
            case .image(let markers), .video(let markers): markers.printed
            }
        }.joined()
    }
}
