// What can be wrong with a model or with what it is asked.

/// Bad input to a model, said so that a user can act on it.
public enum ModelError: Error, CustomStringConvertible {
    case badConfiguration(file: String, problem: String)
    case missingSideFile(checkpoint: String, file: String)
    case missingWeight(key: String, file: String, shape: [Int])
    case misshapenWeight(key: String, file: String, expected: [Int], found: [Int])
    case badPrompt(String)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .badConfiguration(let file, let problem): "\(file): \(problem)"
        case .missingSideFile(let checkpoint, let file): "\(checkpoint): the checkpoint holds no \(file)"
        case .missingWeight(let key, let file, let shape):
            "\(file): \(key) is missing; the model expects shape \(shape)"
        case .misshapenWeight(let key, let file, let expected, let found):
            "\(file): \(key) has shape \(found), the model expects \(expected)"
        case .badPrompt(let text): text
        }
    }
}
