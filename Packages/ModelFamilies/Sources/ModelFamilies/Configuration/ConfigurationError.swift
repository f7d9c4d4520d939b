// Errors in the files that describe a model.

/// A problem with `config.json` or another file that describes a model.
public enum ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The checkpoint has no such file.
    case missingFile(checkpoint: String, file: String)
    /// The checkpoint is a LoRA adapter, not a model.
    case adapter(checkpoint: String)
    /// A base was given for a checkpoint that is no adapter.
    case notAdapter(checkpoint: String)
    /// The base of an adapter is not where the adapter says, or it says nothing.
    case noBase(adapter: String, base: String)
    /// The checkpoint has no file with the settings of its image processor.
    case missingProcessor(checkpoint: String, family: String)
    /// The file is not JSON.
    case notJSON(file: String, reason: String, offset: Int)
    /// `model_type` names a family that is not known here.
    case unknownFamily(family: String, file: String, known: [String])
    /// A key is absent, holds a value of the wrong kind or out of range, or contradicts another key.
    case badValue(file: String, key: String, expected: String, found: String)
    /// Two places give the same setting different values.
    case contradiction(
        file: String, key: String, value: String, otherFile: String, otherKey: String, otherValue: String)

    /// One line that says which file and key to look at.
    public var description: String {
        switch self {
        case .missingFile(let checkpoint, let file):
            "\(checkpoint): has no \(file); a model is a directory or an HDF5 file with one inside"
        case .adapter(let checkpoint):
            "\(checkpoint): is a LoRA adapter, not a model; `r1-convert --adapter ADAPTER BASE MERGED` merges it into its base"
        case .notAdapter(let checkpoint):
            "\(checkpoint): is not a LoRA adapter, so it has no base; leave out --base"
        case .noBase(let adapter, let base):
            (base.isEmpty
                ? "\(adapter): this LoRA adapter names no base in base_model_name_or_path"
                : "\(adapter): the base of this LoRA adapter, base_model_name_or_path, is '\(base)', and there is no such "
                    + "file or folder here") + "; give its path with --base"
        case .missingProcessor(let checkpoint, let family):
            "\(checkpoint): has no settings for images: expected preprocessor_config.json, or processor_config.json with "
                + "image_processor; copy the file of the public \(family) model that this one was made from"
        case .notJSON(let file, let reason, let offset): "\(file): not JSON: \(reason) at byte \(offset)"
        case .unknownFamily(let family, let file, let known):
            "\(file): unknown family '\(family)' in model_type; known: \(known.joined(separator: ", "))"
        case .badValue(let file, let key, let expected, let found):
            "\(file): key '\(key)' should be \(expected), found \(found)"
        case .contradiction(let file, let key, let value, let otherFile, let otherKey, let otherValue):
            "\(file): '\(key)' is \(value), but '\(otherKey)'"
                + (otherFile == file ? "" : " of \(otherFile)")
                + " is \(otherValue); make them equal or remove one"
        }
    }
}
