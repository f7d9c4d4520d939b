// Turns in the forms of public chat rows: roles under several names, contents as text or as parts.
internal import StrictJSON
internal import Tokenizer

extension RowDraft {
    /// The names of roles: ChatML, ShareGPT, LLaVA, Gemini.
    private static let roles: [String: ChatMessage.Role] = [
        "system": .system, "developer": .system, "user": .user, "human": .user, "assistant": .assistant,
        "gpt": .assistant,
        "bot": .assistant, "model": .assistant, "chatgpt": .assistant,
    ]

    /// Adds a list of turns.
    mutating func addTurns(_ value: JSONValue?, key: String) throws(SampleError) {
        guard let elements = value?.elements, !elements.isEmpty else {
            throw place.fault(key, expected: "a list of turns", found: value)
        }
        let end = elements.count - 1
        for (index, element) in elements.enumerated() {
            try addTurn(element, key: "\(key)[\(index)]", isLast: index == end)
        }
    }

    private mutating func addTurn(
        _ value: JSONValue, key: @autoclosure () -> String, isLast: Bool
    ) throws(SampleError) {
        guard let turn = value.members else {
            throw place.fault(key(), expected: "{\"role\": ..., \"content\": ...}", found: value)
        }
        let roleKey = turn["role"] == nil && turn["from"] != nil ? "from" : "role"
        guard let role = turn[roleKey]?.text.flatMap({ Self.roles[$0] }) else {
            throw place.fault(
                "\(key()).\(roleKey)",
                expected: "system, user or assistant (turns of tools are not supported: leave such rows out)",
                found: turn[roleKey])
        }
        guard role != .system || turns.isEmpty else {
            throw place.fault(
                "\(key()).\(roleKey)", expected: "a system turn only at the start: move it there",
                found: turn[roleKey])
        }
        let contentKey = turn["content"] == nil && turn["value"] != nil ? "value" : "content"
        let content = turn[contentKey]
        if role == .assistant, isLast, content == nil || content == .null {
            return note(key(), "an answer without content is left out")
        }
        if let text = content?.text {
            add(role, text)
        } else {
            add(role, try text(of: content, key: "\(key()).\(contentKey)", role: role))
        }
        for (name, value) in turn where name != roleKey && name != contentKey && !value.isBlank {
            switch name {
            case "loss", "loss_scale", "name", "weight": note("\(key()).\(name)", "left out")
            case "tool_calls", "function_call":
                throw place.fault(
                    "\(key()).\(name)", expected: "a turn of text; calls of tools are not supported",
                    found: value)
            default: note("messages.\(name)", "left out: a turn has a role and a content")
            }
        }
    }

    /// The text of a content; pictures of its parts are added to the row.
    private mutating func text(
        of content: JSONValue?, key: String, role: ChatMessage.Role
    ) throws(SampleError) -> String {
        let parts: [JSONValue]
        switch content {
        case .array(let elements)?: parts = elements
        case .object(let part)?: parts = [.object(part)]
        default: throw place.fault(key, expected: "a text", found: content)
        }
        var text = ""
        for (index, part) in parts.enumerated() {
            text += try self.text(ofPart: part, key: "\(key)[\(index)]", role: role)
        }
        return text
    }

    private mutating func text(
        ofPart part: JSONValue, key: String, role: ChatMessage.Role
    ) throws(SampleError) -> String {
        if let text = part.text { return text }
        guard let members = part.members else { throw place.fault(key, expected: "a part", found: part) }
        let type =
            members["type"]?.text ?? members.keys.sorted().first { !(members[$0]?.isBlank ?? true) } ?? ""
        switch type {
        case "text", "input_text", "output_text":
            guard let text = members["text"]?.text else {
                throw place.fault("\(key).text", expected: "a text", found: members["text"])
            }
            return text
        case "image", "image_url", "input_image", "img", "image_path":
            guard role != .assistant else {
                throw place.fault(key, expected: "no picture in a turn of the assistant", found: "one")
            }
            let names = ["image", "image_url", "url", "path", "bytes", "base64", "image_path"]
            guard let name = names.first(where: { !(members[$0]?.isBlank ?? true) }) else { return "<image>" }
            let value = ["path", "bytes", "base64"].contains(name) ? part : members[name] ?? .null
            if let picture = try picture(value, key: "\(key).\(name)") { images.append(picture) }
            return "<image>"
        case "video", "video_url":
            guard let value = members["video"] ?? members["video_url"], !value.isBlank else {
                return "<video>"
            }
            guard let path = value.text ?? value.members?["url"]?.text else {
                throw place.fault("\(key).video", expected: "the path of a video", found: value)
            }
            guard let path = try picture(.string(path), key: key) else { return "<video>" }
            videos.append(
                members["fps"].map { .object(["path": .string(path), "fps": $0]) } ?? .string(path))
            return "<video>"
        default:
            throw place.fault(
                "\(key).type", expected: "text, image, image_url or video", found: members["type"])
        }
    }
}
