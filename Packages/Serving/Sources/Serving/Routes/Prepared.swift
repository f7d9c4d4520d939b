// A request made ready for the engine: pictures decoded, the prompt laid out, the grammar compiled.
internal import ConstrainedOutput
internal import ImageInput
internal import NIOPosix
internal import Tokenizer
internal import VisionLanguageModel

/// A request as the engine takes it.
struct Prepared: Sendable {
    let request: GenerationRequest
    let pictures: [VisionInput]

    /// Prepares a request on a thread of its own: decoding and compiling take long.
    static func make(
        _ chat: ChatRequest, _ model: ServedModel, defaultMaxTokens: Int, metrics: ServerMetrics
    ) async throws -> Prepared {
        try await NIOThreadPool.singleton.runIfActive {
            try Prepared(chat, model, defaultMaxTokens, metrics)
        }
    }

    private init(
        _ chat: ChatRequest, _ model: ServedModel, _ defaultMaxTokens: Int, _ metrics: ServerMetrics
    ) throws {
        pictures = try chat.conversation.pictures.map { try Self.visual($0, model, metrics) }
        try Self.requireLength(chat.conversation.messages, model)
        let prompt: Prompt
        do {
            prompt = try model.processor.prompt(chat.conversation.messages, visuals: pictures)
        } catch let error as ModelError {
            throw APIError.bad("messages", "\(error)", code: "context_length_exceeded")
        }
        let rest = model.maxPositions.map { $0 - prompt.ids.count }
        if let rest, (chat.maxTokens ?? 1) > rest {
            let asked = chat.maxTokens.map { "\($0)" } ?? "at least 1"
            throw APIError.bad(
                chat.maxTokens == nil ? "messages" : "max_tokens",
                "the prompt has \(prompt.ids.count) tokens and the answer \(asked), together more than the model's "
                    + "\(model.maxPositions ?? 0)", code: "context_length_exceeded")
        }
        let tokens = chat.maxTokens ?? min(defaultMaxTokens, rest ?? defaultMaxTokens)
        request = GenerationRequest(
            prompt: prompt, answerCount: chat.answerCount, number: 0,
            options: chat.sampling.options(over: model.defaults, maxTokens: tokens),
            constraint: try Self.constraint(chat.format, model, pictures))
    }

    /// Refuses texts that are far too long before their tokens are found, which takes long.
    private static func requireLength(_ messages: [ChatMessage], _ model: ServedModel) throws(APIError) {
        guard let most = model.maxPositions else { return }
        var bytes = 0
        for message in messages {
            for case .text(let text) in message.content { bytes += text.utf8.count }
        }
        // Hardly any token has more bytes, and none on average.
        guard bytes / 256 <= most else {
            throw .bad(
                "messages", "the messages have \(bytes) bytes, more than the model's \(most) tokens can hold",
                code: "context_length_exceeded")
        }
    }

    /// The tower's input of a picture.
    static func visual(
        _ picture: SentPicture, _ model: ServedModel, _ metrics: ServerMetrics
    ) throws -> VisionInput {
        let start = ContinuousClock.now
        do {
            let visual = try model.processor.image(picture.bytes, name: "the picture")
            metrics.measurePicture(picture.width * picture.height, .now - start)
            return visual
        } catch let error as ImageError {
            throw PictureLimits.refusal(error, picture.param)
        } catch let error as ModelError {
            throw APIError.bad(picture.param, "\(error)")
        }
    }

    private static func constraint(
        _ format: ReplyFormat, _ model: ServedModel, _ pictures: [VisionInput]
    ) throws -> GrammarConstraint? {
        do {
            switch format {
            case .text: return nil
            case .object: return GrammarConstraint(try model.grammars.grammar(nil))
            case .schema(let schema): return GrammarConstraint(try model.grammars.grammar(schema))
            case .boxes:
                guard let size = pictures.last?.answerBoxSize else {
                    throw APIError.bad("response_format.type", "boxes need a picture in the messages")
                }
                let schema = boxSchema(width: Int(size.width), height: Int(size.height))
                return GrammarConstraint(try model.grammars.grammar(schema))
            }
        } catch let error as SchemaError {
            throw APIError.bad("\(ReplyFormat.schemaPath)\(error.path)", error.problem)
        }
    }
}
