// Builds a checkpoint's processor from its side files.
public import Checkpoint
public import ModelFamilies
public import Tokenizer

extension Processor {
    /// The processor from a checkpoint's side files; no weights are read.
    ///
    /// - Parameters:
    ///   - checkpoint: The stored model.
    ///   - tokenizer: Its tokenizer.
    ///   - configuration: Its sizes and special ids.
    /// - Throws: `ModelError` or `ImageError`, naming the file.
    public init(
        _ checkpoint: any CheckpointReader, tokenizer: Tokenizer, configuration: ModelConfiguration
    ) throws {
        let missing = try configuration.missingImageSettings(in: checkpoint)
        self.init(
            tokenizer: tokenizer,
            template: try configuration.template ?? ChatTemplate(storedIn: checkpoint),
            images: try missing == nil ? configuration.architecture()?.processor(checkpoint) : nil,
            configuration: configuration, missingImages: missing)
    }
}
