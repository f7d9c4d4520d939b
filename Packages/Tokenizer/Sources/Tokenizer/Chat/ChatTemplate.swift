// Chat layouts, compiled in. A template that lies in a checkpoint is a program in another language and is never
// run; its text is only test data. A layout gives pieces, not one string, so that what a user typed can never be
// taken for the markers around it.

/// How messages become the text that a model was trained on: ChatML in every family, with differences.
public enum ChatTemplate: String, Sendable, CaseIterable {
    /// Qwen2.5-VL (and Qwen2-VL): a default system message, image and video markers.
    case qwen25VL
    /// Qwen2 without pictures; as `qwen25VL`.
    case qwen2
    /// Qwen2.5 without pictures: another default system message.
    case qwen25
    /// ChatML without a default system message: Qwen3 with thinking left to the model, and many others.
    case chatML
    /// InternVL as converted to transformers: no default system message, a line break after each picture.
    case internVL
    /// InternVL2.5 and 3 in the original layout: `internvl2_5` in config.json.
    case internVL25
    /// InternVL2 over Hermes' Yi: `Hermes-2` in config.json. No line break between turns.
    case internVLHermes2
    /// InternVL2 over InternLM2: `internlm2-chat` in config.json. No line break between turns.
    case internVLInternLM2

    /// A part of a laid-out conversation.
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

    /// The template that `template` in an original InternVL config.json names; nil for a name not known here.
    public init?(internVLName name: String) {
        switch name {
        case "internvl2_5": self = .internVL25
        case "Hermes-2": self = .internVLHermes2
        case "internlm2-chat": self = .internVLInternLM2
        default: return nil
        }
    }

    /// Whether images and videos can be announced by number on request.
    ///
    /// The converted InternVL template has no such form. The original ones number several images of a message
    /// by themselves, and one alone on request.
    public var numbersVision: Bool { self != .internVL }

    /// The conversation as pieces.
    ///
    /// - Parameters:
    ///   - messages: The turns; without a system message first, the template's default one is put before them.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    ///   - addVisionID: Whether images and videos are announced as "Picture 1: ", "Video 1: " (InternVL:
    ///     "Image-1: "), counted from 1 through the whole conversation; without effect unless `numbersVision`.
    /// - Returns: The pieces in order; no two neighbors are both template or both text.
    public func pieces(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, addVisionID: Bool = false
    ) -> [Piece] {
        let style = style
        var layout = Layout(style: style, addVisionID: addVisionID)
        if let system = style.systemMessage, let first = messages.first, first.role != .system {
            layout.template("<|im_start|>system\n\(system)\(style.turnEnd)")
        }
        for message in messages {
            layout.template("<|im_start|>\(message.role.rawValue)\n")
            layout.add(message.content)
            layout.template(style.turnEnd)
        }
        if addGenerationPrompt { layout.template("<|im_start|>assistant\n") }
        return layout.pieces
    }

    /// The conversation as one text, which is what the checkpoint's own template would print.
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
