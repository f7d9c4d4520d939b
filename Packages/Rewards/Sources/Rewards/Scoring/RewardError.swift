// Errors in the setup of rewards.

/// An error in the setup of rewards.
public enum RewardError: Error, Equatable, CustomStringConvertible {
    /// No reward is registered for a row's task.
    case unknownTask(location: String, task: String, known: [String])
    /// A row asks for free text, which needs the embedding table.
    case noEmbedding(location: String)
    /// Boxes cannot be compared without the image's size and the model's coordinates.
    case noBoxSpace(missing: String)
    /// A row of the embedding table is not finite or has the wrong length.
    case badEmbedding(token: Int32, reason: String)
    /// An external scorer could not be started or did not answer properly.
    case scorer(command: String, reason: String)

    /// The fault and the expected value.
    public var description: String {
        switch self {
        case .unknownTask(let location, let task, let known):
            "\(location): no reward for the task \"\(task)\"; known are \(known.joined(separator: ", "))"
        case .noEmbedding(let location):
            "\(location): the task \"open\" is scored with an embedding table; none was given"
        case .noBoxSpace(let missing): "boxes cannot be compared: \(missing) was not declared"
        case .badEmbedding(let token, let reason): "embedding row \(token): \(reason)"
        case .scorer(let command, let reason): "external scorer \(command): \(reason)"
        }
    }
}
