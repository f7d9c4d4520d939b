// A request of POST /v1/chat/completions: read once, every range checked here.
internal import StrictJSON

/// A chat completion request.
struct ChatRequest: Sendable {
    /// The most answers to one request.
    static let mostAnswers = 32

    let model: String
    let conversation: SentMessages
    let format: ReplyFormat
    let answerCount: Int
    let isStreamed: Bool
    let includesUsage: Bool
    /// Whether log-probabilities are sent.
    let hasLogProbabilities: Bool
    /// The most tokens of an answer; nil for the server's default.
    let maxTokens: Int?
    let sampling: SentSampling

    /// Reads the body of a request; throws ``APIError`` that names the field.
    init(_ body: [UInt8], pictures: PictureLimits, vocabularySize: Int) throws(APIError) {
        let value: OrderedJSON
        do { value = try OrderedJSON(parsing: body) } catch {
            throw .bad(nil, "the body is not JSON: at byte \(error.offset): \(error.reason)")
        }
        let fields = try Fields(value)
        try Self.refuseImpossible(fields)
        guard let model = try fields.text("model") else { throw fields.bad("model", "the name of a model") }
        self.model = model
        answerCount = try fields.whole("n", 1...Self.mostAnswers) ?? 1
        isStreamed = try fields.flag("stream") ?? false
        let options = try fields.object("stream_options")
        guard options == nil || isStreamed else {
            throw .bad("stream_options", "stream_options is accepted only with stream: true")
        }
        includesUsage = try options?.flag("include_usage") ?? false
        hasLogProbabilities = try fields.flag("logprobs") ?? false
        let tokens = 1...(1 << 24)
        let older = try fields.whole("max_tokens", tokens)
        maxTokens = try fields.whole("max_completion_tokens", tokens) ?? older
        sampling = try SentSampling(fields, hasLogProbabilities, vocabularySize)
        format = try ReplyFormat(fields)
        conversation = try SentMessages(fields, pictures)
    }

    /// Refuses what would change the answer and cannot be done; other keys that are not known are ignored.
    private static func refuseImpossible(_ fields: Fields) throws(APIError) {
        for key in ["tools", "functions"] {
            guard let items = try fields.list(key, "a list"), !items.isEmpty else { continue }
            throw .bad(key, "\(key) are not supported; describe the wanted JSON with response_format")
        }
        for key in ["tool_choice", "function_call"] {
            guard let value = fields[key], value != .string("none"), value != .string("auto") else {
                continue
            }
            throw .bad(key, "tools are not supported")
        }
        for item in try fields.list("modalities", "a list of texts") ?? [] where item != .string("text") {
            throw .bad("modalities", "only text is supported, found \(Fields.summary(item))")
        }
        for key in ["audio", "web_search_options"] where fields[key] != nil {
            throw .bad(key, "\(key) is not supported")
        }
        for key in ["guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs"]
        where fields[key] != nil {
            throw .bad(key, "\(key) is not supported; use response_format with type json_schema")
        }
        if try fields.flag("store") == true { throw .bad("store", "this server stores no conversations") }
    }
}
