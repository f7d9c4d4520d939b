// The chat templates that lie in a checkpoint, compared with the one that is compiled in. A stored template is a
// program in another language and is never run; when it differs, the user is told.
import Checkpoint
import Foundation

/// A chat template found in a side file.
struct StoredTemplate: Encodable, CustomStringConvertible {
    /// The side file.
    let file: String
    /// SHA-256 of its text.
    let sha256: String
    /// Whether its text is the one that `ChatTemplate.qwen25VL` follows.
    let isKnown: Bool

    /// The text of Qwen2.5-VL's template as its makers publish it, by SHA-256.
    static let qwen25VL = "a0bc6f6fc7a29a80017a433e8f03a1cc1236e838a944a2d034295a60c4f2fddb"

    init(file: String, text: String) {
        // A line break at the end means nothing to a template.
        let text = text.hasSuffix("\n") ? String(text.dropLast()) : text
        self.file = file
        sha256 = Checkpoint.sha256(Array(text.utf8))
        isKnown = sha256 == Self.qwen25VL
    }

    /// What to make of it.
    var description: String {
        isKnown
            ? "the template in \(file) is the one compiled in"
            : "the chat template in \(file) differs from the one compiled in, which is used (SHA-256 \(sha256.prefix(12))...)"
    }
}

/// The templates of a checkpoint, at most one for each side file that can hold one.
func storedTemplates(in checkpoint: any CheckpointReader) throws -> [StoredTemplate] {
    var templates: [StoredTemplate] = []
    if let bytes = try checkpoint.sideFile("chat_template.jinja") {
        templates.append(
            StoredTemplate(file: "chat_template.jinja", text: String(decoding: bytes, as: UTF8.self)))
    }
    for file in ["chat_template.json", "tokenizer_config.json"] {
        guard let bytes = try checkpoint.sideFile(file) else { continue }
        let holder: TemplateHolder
        do {
            holder = try JSONDecoder().decode(TemplateHolder.self, from: Data(bytes))
        } catch {
            throw InferError.badOutput(
                file: "\(checkpoint.location): \(file)", problem: "expected a chat_template that is text")
        }
        if let text = holder.chat_template?.text { templates.append(StoredTemplate(file: file, text: text)) }
    }
    return templates
}

/// The part of a side file that holds a template.
private struct TemplateHolder: Decodable {
    /// One text, or several by name of which the default one counts.
    enum Template: Decodable {
        struct Named: Decodable { let name, template: String }
        case one(String), named([Named])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .one(text)
            } else {
                self = .named(try container.decode([Named].self))
            }
        }

        var text: String? {
            switch self {
            case .one(let text): text
            case .named(let all): all.first { $0.name == "default" }?.template
            }
        }
    }
    let chat_template: Template?
}
