// From a checkpoint's side files to its processor: which template, and how pictures are cut.
internal import Checkpoint
internal import Foundation
internal import ImageInput
internal import Tokenizer

extension Processor {
    /// The processor that a checkpoint's side files describe.
    ///
    /// - Throws: `ModelError` or `ImageError`, naming the file.
    init(
        _ checkpoint: any CheckpointReader, tokenizer: Tokenizer, configuration: ModelConfiguration
    ) throws {
        func side(_ name: String) throws -> [UInt8] {
            guard let bytes = try checkpoint.sideFile(name) else {
                throw ModelError.missingSideFile(checkpoint: checkpoint.location, file: name)
            }
            return bytes
        }
        switch configuration.family {
        case .text:
            self.init(
                tokenizer: tokenizer, template: try Self.textTemplate(checkpoint), images: .none,
                configuration: configuration)
        case .qwen25VL:
            let images = try QwenImageProcessor(preprocessorConfig: side("preprocessor_config.json"))
            self.init(
                tokenizer: tokenizer, template: .qwen25VL, images: .qwen25VL(images),
                configuration: configuration)
            if let videos = try checkpoint.sideFile("video_preprocessor_config.json") {
                self.videos = try QwenImageProcessor(preprocessorConfig: videos)
                self.videos.arithmetic = .torchvision
            }
        case .internVL:
            var images = try InternVLImageProcessor(preprocessorConfig: side("preprocessor_config.json"))
            let file = "\(checkpoint.location): config.json"
            let template = try InternVLPreparation(side("config.json"), file: file).apply(
                to: &images, file: file)
            self.init(
                tokenizer: tokenizer, template: template, images: .internVL(images),
                configuration: configuration)
        }
    }

    /// The layout of a text model: the stored template tells by its default system message which one it is.
    private static func textTemplate(_ checkpoint: any CheckpointReader) throws -> ChatTemplate {
        let files = ["chat_template.jinja", "chat_template.json", "tokenizer_config.json"]
        let stored = try files.compactMap { try checkpoint.sideFile($0) }
            .map { String(decoding: $0, as: UTF8.self) }.joined()
        if stored.contains("You are Qwen, created by Alibaba Cloud") { return .qwen25 }
        return stored.contains("You are a helpful assistant") ? .qwen2 : .chatML
    }
}

/// What config.json of InternVL says about conversations and tiles; OpenGVLab's form keeps there what the other form
/// has in its preprocessor's file.
private struct InternVLPreparation: Decodable {
    let model_type: String
    let template: String?
    let force_image_size, min_dynamic_patch, max_dynamic_patch: Int?
    let dynamic_image_size, use_thumbnail: Bool?

    init(_ json: [UInt8], file: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch {
            throw ModelError.badConfiguration(file: file, problem: "not the settings expected: \(error)")
        }
    }

    /// Sets how tiles are cut and returns the layout of conversations.
    func apply(to images: inout InternVLImageProcessor, file: String) throws -> ChatTemplate {
        guard model_type == "internvl_chat" else { return .internVL }
        images.tileSize = force_image_size ?? images.tileSize
        images.usesThumbnail = use_thumbnail ?? false
        images.gridOrder = .original
        let isCut = dynamic_image_size ?? true
        (images.minTiles, images.maxTiles) =
            isCut ? (min_dynamic_patch ?? 1, max_dynamic_patch ?? 12) : (1, 1)
        guard (1...4096).contains(images.tileSize), images.minTiles >= 1, images.minTiles <= images.maxTiles,
            images.maxTiles <= 256
        else {
            throw ModelError.badConfiguration(
                file: file,
                problem: "force_image_size, min_dynamic_patch or max_dynamic_patch is out of range")
        }
        guard let name = template, let known = ChatTemplate(internVLName: name) else {
            throw ModelError.badConfiguration(
                file: file,
                problem: "template is \"\(template ?? "")\"; known: internvl2_5, Hermes-2, internlm2-chat")
        }
        return known
    }
}
