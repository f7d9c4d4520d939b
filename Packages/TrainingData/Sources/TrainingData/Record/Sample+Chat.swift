// From a row's turns to chat messages: the text is split at its `<image>` and `<video>` markers.
public import Tokenizer

extension Sample {
    /// All turns, with their markers as parts; a system turn is kept.
    public var chatMessages: [ChatMessage] { messages.map(Self.chatMessage) }

    /// The turns up to the last user turn: what the model is asked.
    public var prompt: [ChatMessage] {
        let end = messages.lastIndex { $0.role == .user } ?? messages.endIndex - 1
        return messages.prefix(end + 1).map(Self.chatMessage)
    }

    /// The text of the last turn, when it is the assistant's.
    public var assistantTurn: String? {
        guard let last = messages.last, last.role == .assistant else { return nil }
        return last.text
    }

    /// The last user turn without its markers and the space around it: the question in words.
    public var question: String {
        guard let turn = messages.last(where: { $0.role == .user }) else { return "" }
        let words = parts(of: turn.text).map { part in
            if case .text(let text) = part { text } else { "" }
        }
        return words.joined().trimmingSpace()
    }

    /// A marker in an assistant's turn is text.
    private static func chatMessage(_ message: Message) -> ChatMessage {
        let content: [ChatMessage.Part] =
            message.role == .assistant ? [.text(message.text)] : parts(of: message.text)
        return ChatMessage(role: message.role, content: content.filter { $0 != .text("") })
    }
}

/// Splits a text at its markers.
///
/// Compares bytes: a combining mark after `>` must not hide a marker from the count.
func parts(of text: String) -> [ChatMessage.Part] {
    let bytes = Array(text.utf8)
    let markers: [(spelling: [UInt8], part: ChatMessage.Part)] = [
        (Array("<image>".utf8), .image), (Array("<video>".utf8), .video),
    ]
    var parts: [ChatMessage.Part] = []
    var (start, position) = (0, 0)
    func closeText() {
        if start < position { parts.append(.text(String(decoding: bytes[start..<position], as: UTF8.self))) }
    }
    while position < bytes.count {
        if bytes[position] == UInt8(ascii: "<"),
            let marker = markers.first(where: { bytes[position...].starts(with: $0.spelling) })
        {
            closeText()
            parts.append(marker.part)
            position += marker.spelling.count
            start = position
        } else {
            position += 1
        }
    }
    closeText()
    return parts
}

/// How often a marker occurs in a text.
func count(_ marker: ChatMessage.Part, in text: String) -> Int { parts(of: text).count { $0 == marker } }

extension String {
    /// The text without ASCII white space at either end.
    public func trimmingSpace() -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        guard let first = utf8.first, let last = utf8.last, isSpace(first) || isSpace(last) else {
            return self
        }
        guard let start = utf8.firstIndex(where: { !isSpace($0) }),
            let end = utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[start...end])
    }
}
