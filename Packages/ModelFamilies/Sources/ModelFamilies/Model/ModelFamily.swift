// What a family of models is: a way to read its `config.json`.

/// One family of public models: how its `config.json` is read.
///
/// Everything that is known about a model without computing follows from the configuration that `read` returns: sizes,
/// weights, naming styles, special tokens and the layout of conversations.
public struct ModelFamily: Sendable {
    /// The values of `model_type` that name the family.
    public let modelTypes: [String]
    /// Reads a `config.json`; throws `ConfigurationError` that names the key.
    public let read: @Sendable (ConfigurationReader) throws -> ModelConfiguration

    /// A family.
    public init(
        _ modelTypes: String..., read: @escaping @Sendable (ConfigurationReader) throws -> ModelConfiguration
    ) {
        (self.modelTypes, self.read) = (modelTypes, read)
    }
}
