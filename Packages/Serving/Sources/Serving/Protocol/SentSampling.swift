// The sampling options of a request over the checkpoint's own.
internal import StrictJSON
internal import VisionLanguageModel

/// The sampling options that a request names.
struct SentSampling: Sendable {
    private static let mostBiases = 1024
    private static let mostStops = 16
    private static let mostStopBytes = 1024

    private let temperature, topP, minP, repetition, presence, frequency: Double?
    private let topK: Int?
    private let seed: Int?
    private let stop: [String]
    private let bias: [Int32: Float]
    /// How many alternatives are reported.
    let alternatives: Int

    /// Reads them.
    init(_ fields: Fields, _ hasLogProbabilities: Bool, _ vocabularySize: Int) throws(APIError) {
        temperature = try fields.number("temperature", 0...2)
        topP = try fields.number("top_p", 0...1, above: 0)
        minP = try fields.number("min_p", 0...1)
        repetition = try fields.number("repetition_penalty", 0...10, above: 0)
        presence = try fields.number("presence_penalty", -2...2)
        frequency = try fields.number("frequency_penalty", -2...2)
        // -1 turns it off in other servers.
        topK = try fields.whole("top_k", -1...(1 << 24)).map { max(0, $0) }
        seed = try fields.whole("seed", Int.min...Int.max)
        alternatives = try fields.whole("top_logprobs", 0...20) ?? 0
        guard alternatives == 0 || hasLogProbabilities else {
            throw .bad("top_logprobs", "top_logprobs is accepted only with logprobs: true")
        }
        stop = try Self.stops(fields)
        bias = try Self.biases(fields, vocabularySize)
    }

    private static func stops(_ fields: Fields) throws(APIError) -> [String] {
        let expected = "a text or a list of at most \(mostStops) texts of 1 to \(mostStopBytes) bytes"
        var items: [OrderedJSON] = []
        switch fields["stop"] {
        case nil: return []
        case .array(let list)?: items = list
        case let value?: items = [value]
        }
        let texts = items.compactMap(\.text)
        guard texts.count == items.count, texts.count <= mostStops,
            texts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= mostStopBytes })
        else { throw fields.bad("stop", expected) }
        return texts
    }

    private static func biases(_ fields: Fields, _ vocabularySize: Int) throws(APIError) -> [Int32: Float] {
        guard let table = try fields.object("logit_bias") else { return [:] }
        guard table.keys.count <= mostBiases else {
            throw .bad("logit_bias", "\(table.keys.count) tokens, the limit is \(mostBiases)")
        }
        var biases: [Int32: Float] = [:]
        for key in table.keys {
            guard let id = Int32(key), id >= 0, Int(id) < vocabularySize else {
                throw .bad(
                    "logit_bias.\(key.prefix(40))", "expected a token id from 0 to \(vocabularySize - 1)")
            }
            biases[id] = try table.number(key, -100...100).map { Float($0) }
        }
        return biases
    }

    /// The options of a request: its own over the defaults.
    func options(over defaults: SamplingOptions, maxTokens: Int) -> SamplingOptions {
        var options = defaults
        options.temperature = temperature ?? defaults.temperature
        options.topK = topK ?? defaults.topK
        options.topP = topP ?? defaults.topP
        options.minP = minP ?? defaults.minP
        options.repetitionPenalty = repetition ?? defaults.repetitionPenalty
        options.presencePenalty = presence ?? 0
        options.frequencyPenalty = frequency ?? 0
        (options.logitBias, options.stop, options.alternatives) = (bias, stop, alternatives)
        options.maxNewTokens = maxTokens
        options.seed = seed.map { UInt64(bitPattern: Int64($0)) } ?? UInt64.random(in: 0...UInt64.max)
        return options
    }
}
