// generation_config.json: a checkpoint's recommended sampling settings.
internal import Foundation
internal import ModelFamilies
internal import Tokenizer

/// The settings in generation_config.json.
public struct GenerationDefaults: Sendable, Equatable {
    /// Tokens that end an answer: the file's, and the template's end of a turn.
    let endTokens: EndTokens
    /// Repetition penalty; 1 when the file has none.
    let repetitionPenalty: Double
    /// The recommended sampling options; settings that the file lacks keep their defaults.
    public let sampling: SamplingOptions

    private struct File: Decodable {
        enum IDs: Decodable {
            case one(Int32), many([Int32])
            var all: [Int32] {
                switch self {
                case .one(let id): [id]
                case .many(let ids): ids
                }
            }
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                // A failure means a list, which the other branch reads and checks.
                if let id = try? container.decode(Int32.self) {
                    self = .one(id)
                } else {
                    self = .many(try container.decode([Int32].self))
                }
            }
        }
        let eos_token_id: IDs?
        let repetition_penalty, temperature, top_p: Double?
        let top_k: Int?
        let do_sample: Bool?

        /// The file's settings; `do_sample: false` is greedy whatever the temperature.
        var sampling: SamplingOptions {
            var options = SamplingOptions()
            options.temperature = do_sample == false ? 0 : temperature ?? options.temperature
            options.topK = top_k ?? options.topK
            options.topP = top_p ?? options.topP
            options.repetitionPenalty = repetition_penalty ?? options.repetitionPenalty
            return options
        }
    }

    /// Reads the file; without it, an answer ends with the template's end of a turn or `<|endoftext|>`.
    init(json: [UInt8]?, file: String, template: ChatTemplate, tokenizer: Tokenizer) throws {
        func endTokens(_ stored: [Int32]?) -> EndTokens {
            EndTokens(stored: stored, template: template, file: file, tokenizer: tokenizer)
        }
        guard let json else {
            (self.endTokens, repetitionPenalty, sampling) = (endTokens(nil), 1, SamplingOptions())
            return
        }
        do {
            let known = try JSONDecoder().decode(File.self, from: Data(json))
            self.endTokens = endTokens(known.eos_token_id?.all)
            sampling = known.sampling
            repetitionPenalty = sampling.repetitionPenalty
            try sampling.validate()
        } catch {
            throw ModelError.badConfiguration(file: file, problem: "not the settings expected: \(error)")
        }
    }
}
