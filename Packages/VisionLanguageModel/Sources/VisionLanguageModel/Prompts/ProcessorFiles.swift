// From a checkpoint's side files to its processor.
internal import Checkpoint
internal import ModelFamilies
internal import Tokenizer

extension Processor {
    /// The processor that a checkpoint's side files describe.
    ///
    /// - Throws: `ModelError` or `ImageError`, naming the file.
    init(
        _ checkpoint: any CheckpointReader, tokenizer: Tokenizer, configuration: ModelConfiguration
    ) throws {
        self.init(
            tokenizer: tokenizer,
            template: try configuration.template ?? ChatTemplate(storedIn: checkpoint),
            images: try configuration.architecture()?.processor(checkpoint), configuration: configuration)
    }
}
