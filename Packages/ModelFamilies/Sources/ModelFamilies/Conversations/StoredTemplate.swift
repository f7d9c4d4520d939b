// Chat templates stored in a checkpoint, compared with those that are compiled in. A stored template is a
// program in another language and is never run; the user is warned when it differs.
public import Checkpoint
internal import StrictJSON
public import Tokenizer

/// A chat template found in a side file.
public struct StoredTemplate: Encodable, Sendable, CustomStringConvertible {
    /// The side file.
    public let file: String
    /// SHA-256 of its text.
    let sha256: String
    /// The compiled-in layout that is equal; nil for an unknown text.
    public let layout: String?
    /// Whether its text is known.
    let isKnown: Bool

    /// Published texts by SHA-256, without a last line break: Qwen2.5-VL's, the converted InternVL's in its
    /// newer and older form, that of the instructed Qwen2.5 text models, that of the others, and Qwen2's.
    private static let known: [String: ChatTemplate] = [
        "a0bc6f6fc7a29a80017a433e8f03a1cc1236e838a944a2d034295a60c4f2fddb": .qwen25VL,
        "b3e3fa7cdeceec1d3dfe0d17b77724baf3857714e688f3a700261567e96140eb": .internVL,
        "cabb34545cf3d04f4d256439f6b8e9f6fcf61edaaee3b8cb5c0937a7ea6206d7": .internVL,
        "55b2f4a26ac9ee719330a61a0c39d9e538b0e9322212f048326318cff4f8674a": .qwen25,
        "4039eed0f28b7aaa337e70c76cfedba3271ee32505835a095a8c92e536b3c355": .qwen2,
        "793202280c0910ab26bc6eb57c8212c2417324c6d8c4efd0d10d59092ab3e3eb": .qwen2,
    ]

    init(file: String, text: String) {
        // A line break at the end does not matter to a template.
        let text = text.hasSuffix("\n") ? String(text.dropLast()) : text
        self.file = file
        sha256 = Checkpoint.sha256(Array(text.utf8))
        layout = Self.known[sha256]?.rawValue
        isKnown = layout != nil
    }

    /// The result in words.
    public var description: String {
        layout.map { "the template in \(file) is the one compiled in as \($0)" }
            ?? "the chat template in \(file) is none of those compiled in (SHA-256 \(sha256.prefix(12))...)"
    }

    /// A warning when conversations use the layout `used` and the template differs; nil when they are equal.
    public func difference(from used: ChatTemplate) -> String? {
        switch used {
        // OpenGVLab's programs take their layout from config.json and never look at a stored template.
        case .internVL25, .internVLHermes2, .internVLInternLM2: nil
        case _ where layout == used.rawValue: nil
        default: "\(description); conversations are laid out by \(used.rawValue)"
        }
    }
}

extension StoredTemplate {
    /// The templates of a checkpoint, at most one for each side file that can hold one.
    ///
    /// Throws `ConfigurationError` for a side file that is not JSON or whose `chat_template` is not text.
    public static func all(in checkpoint: any CheckpointReader) throws -> [StoredTemplate] {
        var templates: [StoredTemplate] = []
        if let bytes = try checkpoint.sideFile("chat_template.jinja") {
            templates.append(
                StoredTemplate(file: "chat_template.jinja", text: String(decoding: bytes, as: UTF8.self)))
        }
        for file in ["chat_template.json", "tokenizer_config.json"] {
            guard let bytes = try checkpoint.sideFile(file) else { continue }
            let config = try ConfigurationReader(bytes, file: "\(checkpoint.location): \(file)")
            if let text = try text(in: config) { templates.append(StoredTemplate(file: file, text: text)) }
        }
        return templates
    }

    /// One text, or several by name of which the default one counts.
    private static func text(in config: ConfigurationReader) throws -> String? {
        guard case .array(let named)? = config.value("chat_template") else {
            return try config.text("chat_template")
        }
        let templates = named.compactMap { item -> (name: String, text: String)? in
            guard let name = item["name"]?.text, let text = item["template"]?.text else { return nil }
            return (name, text)
        }
        guard templates.count == named.count else {
            throw config.bad(
                "chat_template", "a text or a list of texts with names", config.value("chat_template"))
        }
        return templates.first { $0.name == "default" }?.text
    }
}
