// The differences between ChatML layouts, and the builder of a layout.

/// The settings in which templates differ.
struct ChatStyle {
    /// The system message of conversations without one.
    var systemMessage: String?
    /// After every turn.
    var turnEnd = "<|im_end|>\n"
    var vision = Vision.qwen

    /// The layout of images and videos between texts.
    enum Vision {
        /// In place, numbered on request.
        case qwen
        /// With a line break after each.
        case internVLConverted
        /// With a line break after each; several images of a message are numbered.
        case internVLOriginal
    }
}

extension ChatTemplate {
    var style: ChatStyle {
        switch self {
        case .qwen25VL, .qwen2: ChatStyle(systemMessage: "You are a helpful assistant.")
        case .qwen25:
            ChatStyle(systemMessage: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")
        case .chatML: ChatStyle()
        case .internVL: ChatStyle(vision: .internVLConverted)
        // The sentences of conversation.py, which is in every original InternVL repository.
        case .internVL25:
            ChatStyle(
                systemMessage: "你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的多模态大语言模型。",
                vision: .internVLOriginal)
        case .internVLHermes2, .internVLInternLM2:
            ChatStyle(
                systemMessage: "你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, 是一个有用无害的人工智能助手。",
                turnEnd: "<|im_end|>", vision: .internVLOriginal)
        }
    }
}

/// Builds pieces: joins neighbors of the same kind and drops empty text.
struct Layout {
    private(set) var pieces: [ChatTemplate.Piece] = []
    private let style: ChatStyle
    private let addVisionID: Bool
    private var (images, videos) = (0, 0)

    init(style: ChatStyle, addVisionID: Bool) {
        self.style = style
        self.addVisionID = addVisionID
    }

    mutating func template(_ text: String) {
        if case .template(let before) = pieces.last {
            pieces[pieces.count - 1] = .template(before + text)
        } else {
            pieces.append(.template(text))
        }
    }

    /// The content of one message.
    mutating func add(_ content: [ChatMessage.Part]) {
        let several = content.count { $0 == .image } > 1
        var followsVision = false
        for part in content {
            switch part {
            // The layout has a line break of its own there; most public data sets write `<image>\nQuestion`.
            case .text(let text): add(followsVision ? text.withoutLeadingLineBreaks : text)
            case .image: addImage(isOneOfSeveral: several)
            case .video: addVideo()
            }
            if case .text = part { followsVision = false } else { followsVision = style.vision != .qwen }
        }
    }

    private mutating func add(_ text: String) {
        guard !text.isEmpty else { return }
        if case .text(let before) = pieces.last {
            pieces[pieces.count - 1] = .text(before + text)
        } else {
            pieces.append(.text(text))
        }
    }

    private mutating func addImage(isOneOfSeveral: Bool) {
        images += 1
        switch style.vision {
        case .qwen:
            if addVisionID { template("Picture \(images): ") }
            pieces.append(.image(.qwenImage))
        case .internVLConverted:
            pieces.append(.image(.internVL(printed: "<IMG_CONTEXT>")))
            template("\n")
        case .internVLOriginal:
            if isOneOfSeveral || addVisionID { template("Image-\(images): ") }
            pieces.append(.image(.internVL(printed: "<image>")))
            template("\n")
        }
    }

    private mutating func addVideo() {
        videos += 1
        switch style.vision {
        case .qwen:
            if addVisionID { template("Video \(videos): ") }
            pieces.append(.video(.qwenVideo))
        case .internVLConverted, .internVLOriginal:
            pieces.append(.video(.internVL(countsFrames: true, printed: "<video>")))
            template("\n")
        }
    }
}

extension String {
    fileprivate var withoutLeadingLineBreaks: String {
        String(decoding: utf8.drop { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }, as: UTF8.self)
    }
}
