// Messages and pictures to a prompt: the model's own way of laying out a conversation.
internal import Foundation
public import ImageInput
public import Tokenizer

/// Lays out conversations for one checkpoint.
public struct Qwen25VLProcessor: Sendable {
    /// Text to ids.
    public let tokenizer: Tokenizer
    /// Pictures to patches; its pixel limits may be changed.
    public var images: QwenImageProcessor
    private let configuration: Qwen25VLConfiguration

    /// A processor over a checkpoint's tokenizer and picture settings.
    public init(tokenizer: Tokenizer, images: QwenImageProcessor, configuration: Qwen25VLConfiguration) {
        self.tokenizer = tokenizer
        self.images = images
        self.configuration = configuration
    }

    /// Decodes, resizes and cuts a picture.
    ///
    /// - Parameters:
    ///   - bytes: A JPEG, PNG or WebP file.
    ///   - name: For messages.
    /// - Returns: Patches ready for the vision tower.
    /// - Throws: `ImageError`.
    public func patches(_ bytes: [UInt8], name: String) throws -> ImagePatches {
        try images(try decodeImage(bytes, name: name), name: name)
    }

    /// The prompt of a conversation.
    ///
    /// - Parameters:
    ///   - messages: Turns; images stand where the model shall see them.
    ///   - images: As many as the messages hold, in order.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    /// - Returns: Ids, images and positions.
    /// - Throws: `TokenizerError` or `ModelError.badPrompt` when counts do not match.
    public func prompt(
        _ messages: [ChatMessage], images: [ImagePatches], addGenerationPrompt: Bool = true
    ) throws -> Prompt {
        let pieces = ChatTemplate.qwen25VL.pieces(messages, addGenerationPrompt: addGenerationPrompt)
        let ids = try tokenizer.encode(pieces, imageTokenCounts: images.map(\.tokenCount))
        return try Prompt(ids: ids, images: images, configuration: configuration)
    }

    /// The ids of an assistant's turn: its text and the end token.
    ///
    /// - Throws: `ModelError.badPrompt` when the vocabulary has no `<|im_end|>`.
    public func answer(_ text: String) throws -> [TokenID] {
        guard let end = tokenizer.id(ofToken: "<|im_end|>") else {
            throw ModelError.badPrompt("the tokenizer has no <|im_end|>, which ends every turn")
        }
        return tokenizer.encode(text, specialTokens: .asText) + [end]
    }
}
