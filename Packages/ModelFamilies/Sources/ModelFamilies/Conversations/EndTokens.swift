// Which tokens end an answer: those of generation_config.json and the end of a turn of the template.
public import Tokenizer

/// The tokens that end an answer.
public struct EndTokens: Sendable, Equatable {
    /// Their ids.
    public let ids: Set<Int32>
    /// In words, that `generation_config.json` lacks the template's end of a turn; nil when it does not.
    ///
    /// Fine-tunes of base models are published so. Without the end of a turn, which supervised training teaches as the
    /// end of an answer, every answer would run on to the limit.
    public let difference: String?

    /// Joins the end tokens of both sources.
    ///
    /// - Parameters:
    ///   - stored: `eos_token_id` of `generation_config.json`; nil without the file or the key.
    ///   - template: The layout of conversations.
    ///   - file: What messages call the file.
    ///   - tokenizer: Knows the ids.
    public init(stored: [Int32]?, template: ChatTemplate, file: String, tokenizer: Tokenizer) {
        let end = template.turnEndToken
        let turn = tokenizer.id(ofToken: end)
        guard let stored else {
            let usual = tokenizer.id(ofToken: "<|endoftext|>")
            (ids, difference) = (Set([turn, usual].compactMap { $0 }), nil)
            return
        }
        guard let turn, !stored.contains(turn) else {
            (ids, difference) = (Set(stored), nil)
            return
        }
        ids = Set(stored + [turn])
        let list = stored.map(String.init).joined(separator: ", ")
        difference =
            "\(file): eos_token_id is \(list) without \(end) (\(turn)), which ends a turn of the template "
            + "\(template.rawValue); both end an answer here"
    }
}
