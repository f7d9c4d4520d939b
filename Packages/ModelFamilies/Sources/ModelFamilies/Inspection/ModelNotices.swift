// What is worth knowing about a stored model before someone runs it elsewhere.
public import Checkpoint
internal import StrictJSON
internal import Tokenizer

extension CheckpointReader {
    /// One sentence for each thing that a converted model would surprise its user with.
    ///
    /// What was left out while reading, missing settings for images, and end tokens in `generation_config.json` that lack the template's end of a turn.
    /// Throws `ConfigurationError` for a side file that cannot be used. A tokenizer that cannot be read has no end
    /// tokens to compare; running the model reports it.
    public func modelNotices() throws -> [String] {
        let configuration = try ModelConfiguration(of: self)
        let missing = try configuration.missingImageSettings(in: self)?.description
        return try readingNotes + [missing, endTokenDifference(configuration)].compactMap { $0 }
    }

    private func endTokenDifference(_ configuration: ModelConfiguration) throws -> String? {
        let name = "generation_config.json"
        guard let bytes = try sideFile(name) else { return nil }
        let config = try ConfigurationReader(bytes, file: "\(location): \(name)")
        let ids: [Int32]?
        if case .array? = config.value("eos_token_id") {
            ids = try config.integers("eos_token_id")?.compactMap { Int32(exactly: $0) }
        } else {
            ids = try config.tokenID("eos_token_id").map { [$0] }
        }
        let template = try configuration.template ?? ChatTemplate(storedIn: self)
        // This is a notice only: the program that needs the tokenizer says why it cannot be read.
        guard let ids, let tokenizer = try? Tokenizer(files: sideFile) else { return nil }
        return EndTokens(stored: ids, template: template, file: config.file, tokenizer: tokenizer).difference
    }
}
