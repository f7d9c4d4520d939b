// Builds a checkpoint's processor from its side files.
internal import Checkpoint
internal import ModelFamilies
internal import Tokenizer

extension Processor {
    /// The processor from a checkpoint's side files.
    ///
    /// - Throws: `ModelError` or `ImageError`, naming the file.
    init(
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
