// generation_config.json: a checkpoint's recommended sampling settings.
internal import ModelFamilies
internal import Settings
internal import StrictJSON
internal import Tokenizer

/// The settings in generation_config.json.
public struct GenerationDefaults: Sendable, Equatable {
    /// Tokens that end an answer: the file's, and the template's end of a turn.
    let endTokens: EndTokens
    /// The ids of these tokens.
    public var endTokenIDs: Set<Int32> { endTokens.ids }
    /// Repetition penalty; 1 when the file has none.
    let repetitionPenalty: Double
    /// The recommended sampling options; settings that the file lacks keep their defaults.
    public let sampling: SamplingOptions

    /// Reads the file; without it, an answer ends with the template's end of a turn or `<|endoftext|>`.
    init(json: [UInt8]?, file: String, template: ChatTemplate, tokenizer: Tokenizer) throws {
        func endTokens(_ stored: [Int32]?) -> EndTokens {
            EndTokens(stored: stored, template: template, file: file, tokenizer: tokenizer)
        }
        guard let json else {
            (self.endTokens, repetitionPenalty, sampling) = (endTokens(nil), 1, SamplingOptions())
            return
        }
        let file = try ConfigurationReader(json, file: file)
        self.endTokens = endTokens(try Self.endTokenIDs(file))
        var options = SamplingOptions()
        // `do_sample: false` is greedy whatever the temperature.
        let isSampled = try file.flag("do_sample", default: true)
        options.temperature = isSampled ? try file.number("temperature") ?? options.temperature : 0
        options.topK = try file.integer("top_k", default: options.topK)
        options.topP = try file.number("top_p") ?? options.topP
        options.minP = try file.number("min_p") ?? options.minP
        options.repetitionPenalty = try file.number("repetition_penalty") ?? options.repetitionPenalty
        do { try options.check() } catch let error as SettingError {
            throw ModelError.badConfiguration(file: file.file, problem: error.description)
        }
        (sampling, repetitionPenalty) = (options, options.repetitionPenalty)
    }

    /// One id or a list of ids.
    private static func endTokenIDs(_ file: ConfigurationReader) throws -> [Int32]? {
        guard case .array? = file.value("eos_token_id") else {
            return try file.tokenID("eos_token_id").map { [$0] }
        }
        return try file.integers("eos_token_id")?.map { Int32($0) }
    }
}

extension ConfigurationReader {
    /// A number of any size and sign; nil when the key is absent.
    fileprivate func number(_ key: String) throws -> Double? {
        guard let value = value(key) else { return nil }
        guard case .number(let text) = value, let number = Double(text) else {
            throw bad(key, "a number", value)
        }
        return number
    }
}
