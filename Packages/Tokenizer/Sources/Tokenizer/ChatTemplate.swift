// Chat layouts, compiled in. A template that lies in a checkpoint is a program in another language and is never
// run; its text is only test data. A layout gives pieces, not one string, so that what a user typed can never be
// taken for the markers around it.

/// How messages become the text that a model was trained on.
public enum ChatTemplate: String, Sendable, CaseIterable {
    /// ChatML with Qwen2.5-VL's image and video markers and its default system message.
    case qwen25VL

    /// A part of a laid-out conversation.
    public enum Piece: Equatable, Sendable {
        /// Text of the template itself; its markers are special tokens.
        case template(String)
        /// Text from a message; markers in it are plain text.
        case text(String)
        /// The place of the next image.
        case image
        /// The place of the next video.
        case video
    }

    /// The conversation as pieces.
    ///
    /// - Parameters:
    ///   - messages: The turns; without a system message first, the template's default one is put before them.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    ///   - addVisionID: Whether images and videos are announced as "Picture 1: ", "Video 1: ", counted from 1
    ///     through the whole conversation.
    /// - Returns: The pieces in order; no two neighbours are both template or both text.
    public func pieces(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, addVisionID: Bool = false
    ) -> [Piece] {
        var layout = Layout()
        if let first = messages.first, first.role != .system {
            layout.template("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n")
        }
        var (images, videos) = (0, 0)
        for message in messages {
            layout.template("<|im_start|>\(message.role.rawValue)\n")
            for part in message.content {
                switch part {
                case .text(let text): layout.text(text)
                case .image:
                    images += 1
                    if addVisionID { layout.template("Picture \(images): ") }
                    layout.pieces.append(.image)
                case .video:
                    videos += 1
                    if addVisionID { layout.template("Video \(videos): ") }
                    layout.pieces.append(.video)
                }
            }
            layout.template("<|im_end|>\n")
        }
        if addGenerationPrompt { layout.template("<|im_start|>assistant\n") }
        return layout.pieces
    }

    /// The conversation as one text, which is what the checkpoint's own template would print.
    ///
    /// Each image and video is a single marker. For display and tests: to get ids, encode
    /// ``pieces(_:addGenerationPrompt:addVisionID:)``.
    public func render(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, addVisionID: Bool = false
    ) -> String {
        pieces(messages, addGenerationPrompt: addGenerationPrompt, addVisionID: addVisionID).map { piece in
            switch piece {
            case .template(let text), .text(let text): text
            case .image: VisionMarkers.start + VisionMarkers.image + VisionMarkers.end
            case .video: VisionMarkers.start + VisionMarkers.video + VisionMarkers.end
            }
        }.joined()
    }
}

/// The tokens around and in place of pixels.
enum VisionMarkers {
    static let start = "<|vision_start|>"
    static let end = "<|vision_end|>"
    static let image = "<|image_pad|>"
    static let video = "<|video_pad|>"
}

/// Pieces in the making: neighbours of the same kind become one, empty text becomes none.
private struct Layout {
    var pieces: [ChatTemplate.Piece] = []

    mutating func template(_ text: String) {
        if case .template(let before) = pieces.last {
            pieces[pieces.count - 1] = .template(before + text)
        } else {
            pieces.append(.template(text))
        }
    }

    mutating func text(_ text: String) {
        guard !text.isEmpty else { return }
        if case .text(let before) = pieces.last {
            pieces[pieces.count - 1] = .text(before + text)
        } else {
            pieces.append(.text(text))
        }
    }
}
