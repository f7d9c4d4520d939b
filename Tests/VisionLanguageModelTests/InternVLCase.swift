// The cases of InternVL's goldens: three models, each with text and pictures in one of two layouts of the conversation.
import Checkpoint
import Foundation
import ImageInput
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

/// One case, named as its golden file is.
struct InternVLCase: CustomTestStringConvertible, Sendable {
    struct Details: Decodable {
        let question, text, format: String
        let images: [String]
        let num_tiles: [Int]
    }

    /// The golden's name begins with the model of Hugging Face's layout.
    let model: String
    let name: String

    var testDescription: String { "\(model).\(name)" }

    static let oneImage = InternVLCase(model: "internvl-tiny-hf", name: "one_image_hf")
    static let textOnly = InternVLCase(model: "internvl-tiny-hf", name: "text_only")
    static let twoImages = InternVLCase(model: "internvl-tiny-hf", name: "two_images_orig")
    static let all =
        ["text_only", "one_image_hf", "one_image_orig", "two_images_orig"].map {
            InternVLCase(model: "internvl-tiny-hf", name: $0)
        }
        + ["internvl-internlm2-tiny-hf", "internvl35-tiny-hf"].flatMap { model in
            ["text_only", "one_image_orig"].map { InternVLCase(model: model, name: $0) }
        }

    /// The checkpoint among the fixtures that holds the model; InternLM2's is there in its own layout only.
    var checkpoint: String {
        model == "internvl-internlm2-tiny-hf" ? "internvl-internlm2-tiny-orig" : model
    }

    func golden() throws -> Golden { try Golden(testDescription) }
    func details() throws -> Details { try golden().details(Details.self) }

    func loaded() throws -> LoadedModel {
        try LoadedModel(path: Fixtures.reference("checkpoints/\(checkpoint)").path)
    }

    /// A processor that lays out conversations as this case does, whichever layout the checkpoint has.
    func processor(_ loaded: LoadedModel) throws -> Processor {
        Processor(
            tokenizer: loaded.processor.tokenizer,
            template: try details().format == "hf" ? .internVL : .internVL25, images: loaded.processor.images,
            configuration: loaded.model.configuration)
    }

    /// The case's conversation.
    func messages() throws -> [ChatMessage] {
        let details = try details()
        let pictures = details.images.map { _ in ChatMessage.Part.image }
        let user = ChatMessage(role: .user, content: pictures + [.text(details.question)])
        let system = "You are a careful assistant."
        return details.text.contains(system) ? [ChatMessage(role: .system, text: system), user] : [user]
    }

    /// The case's pictures in tiles.
    func visuals(_ processor: Processor) throws -> [VisionInput] {
        try details().images.map { try processor.image(Fixtures.bytes("images/\($0).png"), name: $0) }
    }

    /// The conversation laid out.
    func prompt(_ loaded: LoadedModel) throws -> Prompt {
        let processor = try processor(loaded)
        return try processor.prompt(messages(), visuals: visuals(processor))
    }
}
