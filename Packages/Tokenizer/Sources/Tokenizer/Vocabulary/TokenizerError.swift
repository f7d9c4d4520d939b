// Errors of tokenizer files and of encoding. Every message names the file or the token, the expected value
// and the found value.

/// A reason why a tokenizer cannot be loaded or a chat cannot be encoded.
enum TokenizerError: Error, Equatable, CustomStringConvertible {
    /// There is no tokenizer file.
    case missingFile(expected: String)
    /// A file violates its format at a byte offset or a line.
    case malformed(file: String, place: String, expected: String, found: String)
    /// A file is well formed, but this package does not support the value of a key.
    case unsupported(file: String, key: String, expected: String, found: String)
    /// A token that a chat template needs is not in the vocabulary.
    case missingToken(String)
    /// The number of images or videos in the messages differs from the number of token counts given for them.
    case placeholderCount(kind: String, inMessages: Int, given: Int)
    /// An image or a video must become at least one token.
    case emptyPlaceholder(kind: String, index: Int, tokens: Int)

    /// A sentence for the user.
    var description: String {
        switch self {
        case .missingFile(let expected):
            "no tokenizer here: expected \(expected)"
        case .malformed(let file, let place, let expected, let found):
            "\(file), \(place): expected \(expected), found \(found)"
        case .unsupported(let file, let key, let expected, let found):
            "\(file): \(key) should be \(expected), found \(found)"
        case .missingToken(let token):
            "the vocabulary has no token \(token), which the chat template needs"
        case .placeholderCount(let kind, let inMessages, let given):
            "the messages hold \(inMessages) \(kind)(s), but token counts were given for \(given)"
        case .emptyPlaceholder(let kind, let index, let tokens):
            "\(kind) \(index + 1) has \(tokens) tokens; it needs at least 1"
        }
    }
}
