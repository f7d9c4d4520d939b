// Prompts of rows as a run would build them, without answering them.
internal import Basics
public import Rollouts
internal import VisionLanguageModel

extension RunConfiguration {
    /// The builder of prompts for a model, with the settings `data`.
    ///
    /// - Parameters:
    ///   - model: A checkpoint; its weights are opened but not used.
    ///   - report: Receives what a user should know about the model.
    /// - Returns: The builder.
    /// - Throws: What opening the model throws, naming the file.
    public func prompts(of model: String, report: (String) -> Void) throws -> PromptBuilder {
        var loaded = try LoadedModel(path: model, compute: .bfloat16)
        try loaded.apply(data, report: report)
        return PromptBuilder(loaded.processor)
    }
}
