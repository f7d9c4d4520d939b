// A turn of a conversation, in the JSON format that Hugging Face and OpenAI messages share.

/// A message: its role, and text, images and videos in order.
public struct ChatMessage: Codable, Sendable, Equatable {
    /// The author of a message.
    public enum Role: String, Codable, Sendable, CaseIterable {
        /// The instructions before the conversation.
        case system
        /// The user.
        case user
        /// The model.
        case assistant
    }

    /// A piece of content.
    ///
    /// Images and videos are placeholders; their pixels are passed separately, in order.
    public enum Part: Codable, Sendable, Equatable {
        /// Text as the person or the model wrote it; markers in it have no meaning.
        case text(String)
        /// The next image.
        case image
        /// The next video.
        case video
    }

    /// The author.
    public var role: Role
    /// The parts, in order.
    public var content: [Part]

    /// A message of parts.
    public init(role: Role, content: [Part]) {
        self.role = role
        self.content = content
    }

    /// A message of text alone.
    public init(role: Role, text: String) { self.init(role: role, content: [.text(text)]) }

    private enum CodingKeys: CodingKey {
        case role, content
    }

    /// Decodes `{"role": ..., "content": ...}`, where the content is a string or a list of parts.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        role = try values.decode(Role.self, forKey: .role)
        if let text = try? values.decode(String.self, forKey: .content) {
            content = [.text(text)]
        } else {
            content = try values.decode([Part].self, forKey: .content)
        }
    }
}

extension ChatMessage.Part {
    private enum CodingKeys: CodingKey {
        case type, text
    }

    private enum Kind: String, Codable {
        case text, image, video
    }

    /// Decodes `{"type": "text", "text": ...}`, `{"type": "image"}` or `{"type": "video"}`; other keys are
    /// ignored.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        switch try values.decode(Kind.self, forKey: .type) {
        case .text: self = .text(try values.decode(String.self, forKey: .text))
        case .image: self = .image
        case .video: self = .video
        }
    }

    /// Encodes the same format.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .text(let text):
            try values.encode(Kind.text, forKey: .type)
            try values.encode(text, forKey: .text)
        case .image: try values.encode(Kind.image, forKey: .type)
        case .video: try values.encode(Kind.video, forKey: .type)
        }
    }
}
