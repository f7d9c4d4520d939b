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

    /// In words, where a checkpoint has the settings for images, or that they are missing; nil for a model without
    /// images.
    ///
    /// Throws as `missingImageSettings(in:)` does.
    func imageSettingsText(in checkpoint: any CheckpointReader) throws -> String? {
        guard let vision else { return nil }
        if let missing = try missingImageSettings(in: checkpoint) { return "settings missing: \(missing)" }
        guard vision.needsProcessorFile, let found = try PreprocessorSettings.find(.images, in: checkpoint)
        else {
            return "settings in config.json"
        }
        return "settings in \(found.files.joined(separator: " and "))"
    }
}
