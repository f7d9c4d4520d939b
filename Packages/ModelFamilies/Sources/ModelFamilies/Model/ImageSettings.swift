// Whether a checkpoint has the settings that its family needs to prepare images.
public import Checkpoint

extension ModelConfiguration {
    /// The problem of a checkpoint that has no settings for images although its family needs some; nil when there is
    /// none.
    ///
    /// A model without them answers texts. Throws as `PreprocessorSettings.find(_:in:)` does.
    public func missingImageSettings(in checkpoint: any CheckpointReader) throws -> ConfigurationError? {
        guard let vision, vision.needsProcessorFile,
            try PreprocessorSettings.find(.images, in: checkpoint) == nil
        else { return nil }
        return .missingProcessor(checkpoint: checkpoint.location, family: modelType)
    }
}
