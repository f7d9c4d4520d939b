// generation_config.json: a checkpoint's recommended sampling settings.
internal import Foundation
internal import Tokenizer

/// The settings in generation_config.json.
public struct GenerationDefaults: Sendable, Equatable {
    /// Tokens that end an answer.
    let endTokenIDs: Set<Int32>
    /// Repetition penalty; 1 when the file has none.
    let repetitionPenalty: Double
    /// The recommended sampling options; settings that the file lacks keep their defaults.
    public let sampling: SamplingOptions

    private struct File: Decodable {
        enum IDs: Decodable {
            case one(Int32), many([Int32])
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

    /// Reads the file; without it, an answer ends with `<|im_end|>` or `<|endoftext|>`.
    init(json: [UInt8]?, file: String, tokenizer: Tokenizer) throws {
        let turns = ["<|im_end|>", "<|endoftext|>"].compactMap { tokenizer.id(ofToken: $0) }
        guard let json else {
            (endTokenIDs, repetitionPenalty, sampling) = (Set(turns), 1, SamplingOptions())
            return
        }
        do {
            let known = try JSONDecoder().decode(File.self, from: Data(json))
            switch known.eos_token_id {
            case .one(let id): endTokenIDs = [id]
            case .many(let ids): endTokenIDs = Set(ids)
            case nil: endTokenIDs = Set(turns)
            }
            sampling = known.sampling
            repetitionPenalty = sampling.repetitionPenalty
            try sampling.validate()
        } catch {
            throw ModelError.badConfiguration(file: file, problem: "not the settings expected: \(error)")
        }
    }
}
