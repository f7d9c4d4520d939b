// The messages of a request: texts and pictures in order.
internal import StrictJSON
internal import Tokenizer

/// A picture of a request, encoded.
struct SentPicture: Sendable {
    let bytes: [UInt8]
    let width, height: Int
    /// The field that it came in.
    let param: String
}

/// The conversation of a request.
struct SentMessages: Sendable {
    private static let mostMessages = 1000
    private static let mostParts = 1000

    private(set) var messages: [ChatMessage] = []
    private(set) var pictures: [SentPicture] = []
    private let limits: PictureLimits

    /// Reads `messages`.
    init(_ fields: Fields, _ limits: PictureLimits) throws(APIError) {
        self.limits = limits
        guard let items = try fields.list("messages", "a list of messages"), !items.isEmpty else {
            throw fields.bad("messages", "a list with at least one message")
        }
        guard items.count <= Self.mostMessages else {
            throw .tooLarge("messages", "\(items.count) messages, the limit is \(Self.mostMessages)")
        }
        for (index, item) in items.enumerated() {
            try append(Fields(item, path: "messages[\(index)]"))
        }
    }

    private mutating func append(_ message: Fields) throws(APIError) {
        guard let word = try message.text("role") else { throw message.bad("role", "a role") }
        let role: ChatMessage.Role
        switch word {
        case "system", "developer": role = .system
        case "user": role = .user
        case "assistant": role = .assistant
        case "tool", "function":
            throw .bad(
                message.inside("role"), "tools are not supported, so there are no messages of a \(word)")
        default: throw message.bad("role", "system, developer, user or assistant")
        }
        for key in ["tool_calls", "function_call", "audio"] where message[key] != nil {
            throw .bad(message.inside(key), "\(key) in messages is not supported")
        }
        let key = message["content"] == nil && message["refusal"] != nil ? "refusal" : "content"
        switch message[key] {
        case .string(let text)?: messages.append(ChatMessage(role: role, text: text))
        case .array(let items)?:
            guard items.count <= Self.mostParts else {
                throw .tooLarge(message.inside(key), "\(items.count) parts, the limit is \(Self.mostParts)")
            }
            var parts: [ChatMessage.Part] = []
            for (index, item) in items.enumerated() {
                let part = try Fields(item, path: "\(message.inside(key))[\(index)]")
                parts.append(try self.part(part, role))
            }
            messages.append(ChatMessage(role: role, content: parts))
        default: throw message.bad(key, "a text or a list of parts")
        }
    }

    private mutating func part(_ part: Fields, _ role: ChatMessage.Role) throws(APIError) -> ChatMessage.Part
    {
        switch try part.text("type") {
        case "text", "input_text", "output_text":
            guard let text = try part.text("text") else { throw part.bad("text", "a text") }
            return .text(text)
        case "refusal":
            guard let text = try part.text("refusal") else { throw part.bad("refusal", "a text") }
            return .text(text)
        case "image_url":
            guard role == .user else {
                throw .bad(part.path, "pictures are accepted in messages of the user only")
            }
            try append(url(part), part.inside("image_url.url"))
            return .image
        case "input_audio", "file", "video_url", "input_video", "image_file":
            throw .bad(
                part.inside("type"), "parts of this type are not supported; supported: text, image_url")
        default: throw part.bad("type", "text or image_url")
        }
    }

    private func url(_ part: Fields) throws(APIError) -> String {
        guard let url = try part.object("image_url")?.text("url") else {
            throw part.bad("image_url", "an object with a data: URL under url")
        }
        return url
    }

    private mutating func append(_ url: String, _ param: String) throws(APIError) {
        guard pictures.count < limits.count else {
            throw .tooLarge(param, "more than \(limits.count) pictures in one request")
        }
        let picture = try limits.picture(url, param: param)
        pictures.append(
            SentPicture(bytes: picture.bytes, width: picture.width, height: picture.height, param: param))
    }
}
