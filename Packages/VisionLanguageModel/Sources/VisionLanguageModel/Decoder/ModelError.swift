// Errors of a model and of requests to it.

/// Bad input to a model, described so that a user can act on it.
public enum ModelError: Error, CustomStringConvertible {
    case badConfiguration(file: String, problem: String)
    case missingSideFile(checkpoint: String, file: String)
    case missingWeight(key: String, file: String, shape: [Int])
    case misshapenWeight(key: String, file: String, expected: [Int], found: [Int])
    case badPrompt(String)
    /// The logits for a token of the answer to a request, counted from 0, are not finite.
    case notFinite(request: Int, token: Int)

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
        case .notFinite(_, let token):
            "the model's logits for token \(token + 1) of the answer are not finite: the checkpoint is damaged "
                + "(r1-convert verify tells) or was trained until it broke, or its numbers are too large for "
                + "bfloat16 (--dtype float32 is exact)"
        }
    }

    /// Throws at the first log-probability that is not finite: such logits cannot choose or score a token.
    ///
    /// - Parameters:
    ///   - logProbabilities: One for each token of an answer, in order.
    ///   - first: Index in the answer of the first of these tokens.
    ///   - request: Index of the request that the answer belongs to.
    /// - Throws: `notFinite`.
    public static func requireFinite(
        _ logProbabilities: some Sequence<Float>, first: Int = 0, request: Int
    ) throws {
        for (index, value) in logProbabilities.enumerated() where !value.isFinite {
            throw notFinite(request: request, token: first + index)
        }
    }
}
