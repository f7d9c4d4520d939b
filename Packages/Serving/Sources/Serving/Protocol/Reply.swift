// Replies, whole and in chunks.
internal import StrictJSON
internal import VisionLanguageModel

/// What all parts of one reply share.
struct ReplyHead: Sendable {
    let id: String
    /// Seconds since 1970.
    let created: Int
    let model: String
    let fingerprint: String

    /// The members before and after `choices`, and those that come last.
    private func object(
        _ kind: String, _ choices: [OrderedJSON], _ last: [OrderedJSON.Member]
    ) -> OrderedJSON {
        .object(
            [
                .init(key: "id", value: .string(id)), .init(key: "object", value: .string(kind)),
                .init(key: "created", value: .int(created)), .init(key: "model", value: .string(model)),
                .init(key: "choices", value: .array(choices)),
            ] + last + [.init(key: "system_fingerprint", value: .string(fingerprint))])
    }

    /// A whole reply.
    func reply(_ choices: [OrderedJSON], _ usage: Usage, r1: OrderedJSON?) -> OrderedJSON {
        object(
            "chat.completion", choices,
            [.init(key: "usage", value: usage.json)] + (r1.map { [.init(key: "r1", value: $0)] } ?? []))
    }

    /// A part of a reply; with usage asked for, every part has the key.
    func chunk(_ choices: [OrderedJSON], usage: OrderedJSON?, r1: OrderedJSON? = nil) -> OrderedJSON {
        object(
            "chat.completion.chunk", choices,
            (usage.map { [.init(key: "usage", value: $0)] } ?? [])
                + (r1.map { [.init(key: "r1", value: $0)] } ?? [])
        )
    }
}

/// Tokens of a reply.
struct Usage: Sendable, Equatable {
    var prompt = 0
    var cached = 0
    var completion = 0

    var json: OrderedJSON {
        .fields([
            "prompt_tokens": .int(prompt), "completion_tokens": .int(completion),
            "total_tokens": .int(prompt + completion),
            "prompt_tokens_details": .fields(["cached_tokens": .int(cached)]),
        ])
    }
}

/// The choices of a reply.
enum Choice {
    /// A whole answer.
    static func whole(
        _ index: Int, _ text: String, _ reason: FinishReason, _ logProbabilities: [OrderedJSON]?
    ) -> OrderedJSON {
        .fields([
            "index": .int(index),
            "message": .fields(["role": .string("assistant"), "content": .string(text), "refusal": .null]),
            "logprobs": content(logProbabilities), "finish_reason": .string(reason.rawValue),
        ])
    }

    /// A part of an answer: the role first, then texts, and nothing with the reason.
    static func part(
        _ index: Int, role: Bool = false, text: String? = nil, _ reason: FinishReason? = nil,
        _ logProbabilities: [OrderedJSON]? = nil
    ) -> OrderedJSON {
        var delta: [OrderedJSON.Member] = []
        if role { delta.append(.init(key: "role", value: .string("assistant"))) }
        if let text { delta.append(.init(key: "content", value: .string(text))) }
        return .fields([
            "index": .int(index), "delta": .object(delta), "logprobs": content(logProbabilities),
            "finish_reason": .text(reason?.rawValue),
        ])
    }

    private static func content(_ logProbabilities: [OrderedJSON]?) -> OrderedJSON {
        logProbabilities.map { .fields(["content": .array($0)]) } ?? .null
    }

    /// The log-probability of a token with its alternatives.
    static func logProbability(_ token: SampledToken, _ bytes: (Int32) -> [UInt8]) -> OrderedJSON {
        func entry(_ id: Int32, _ value: Float) -> [OrderedJSON.Member] {
            let bytes = bytes(id)
            return [
                .init(key: "token", value: .string(String(decoding: bytes, as: UTF8.self))),
                // A token that could not be sampled has no finite number; this one is OpenAI's.
                .init(key: "logprob", value: .decimal(value.isFinite ? Double(value) : -9999)),
                .init(key: "bytes", value: .array(bytes.map { .int(Int($0)) })),
            ]
        }
        let alternatives = token.alternatives.map { OrderedJSON.object(entry($0.id, $0.logProbability)) }
        return .object(
            entry(token.id, token.logProbability) + [.init(key: "top_logprobs", value: .array(alternatives))])
    }
}
