// What has arrived of a reply.
internal import StrictJSON
internal import Tokenizer
internal import VisionLanguageModel

/// The answers of a reply as far as they are known, and the chunks that each event adds.
struct Collected {
    private struct Answer {
        var text = ReplyText()
        var logProbabilities: [OrderedJSON] = []
        var reason = FinishReason.stop
        var latest: ContinuousClock.Instant?
    }

    private let chat: ChatRequest
    private let model: ServedModel
    private let pictures: [VisionInput]
    private let metrics: ServerMetrics
    private let began = ContinuousClock.now
    private let endIDs: Set<Int32>
    private var answers: [Answer]
    private var hasToken = false
    private(set) var usage = Usage()

    init(_ chat: ChatRequest, _ model: ServedModel, _ pictures: [VisionInput], _ metrics: ServerMetrics) {
        (self.chat, self.model, self.pictures, self.metrics) = (chat, model, pictures, metrics)
        endIDs = Set(model.endIDs)
        answers = Array(repeating: Answer(), count: chat.answerCount)
    }

    /// Takes an event.
    ///
    /// - Returns: The choice of a chunk, and the boxes of an answer that ended; nil when there is nothing to send.
    mutating func add(_ event: GenerationEvent) -> (choice: OrderedJSON, boxes: [OrderedJSON])? {
        switch event {
        case .started(_, let prompt, let cached):
            (usage.prompt, usage.cached) = (prompt, cached)
            return nil
        case .token(_, let index, let token): return add(token, index).map { ($0, []) }
        case .finished(_, let index, let reason, let bytes):
            let rest = answers[index].text.append(bytes) + answers[index].text.finish()
            answers[index].reason = reason
            metrics.countAnswer(reason)
            return (Choice.part(index, text: rest.isEmpty ? nil : rest, reason), boxes(index))
        case .failed: return nil
        }
    }

    private mutating func add(_ token: SampledToken, _ index: Int) -> OrderedJSON? {
        measure(index)
        usage.completion += 1
        let text = answers[index].text.append(token.text)
        guard chat.hasLogProbabilities, !endIDs.contains(token.id) else {
            return text.isEmpty ? nil : Choice.part(index, text: text)
        }
        let tokenizer = model.processor.tokenizer
        let entry = Choice.logProbability(token) { tokenizer.bytes(of: $0) ?? [] }
        if !chat.isStreamed { answers[index].logProbabilities.append(entry) }
        return Choice.part(index, text: text, nil, [entry])
    }

    private mutating func measure(_ index: Int) {
        let now = ContinuousClock.now
        if !hasToken {
            metrics.add(.firstToken, now - began)
            metrics.measurePrompt(usage.prompt - usage.cached, now - began)
        }
        if let latest = answers[index].latest { metrics.add(.betweenTokens, now - latest) }
        (hasToken, answers[index].latest) = (true, now)
    }

    private func boxes(_ index: Int) -> [OrderedJSON] {
        Serving.boxes(in: answers[index].text.whole, choice: index, pictures: pictures)
    }

    /// The choices of a whole reply.
    var choices: [OrderedJSON] {
        answers.enumerated().map { index, answer in
            Choice.whole(
                index, answer.text.whole, answer.reason,
                chat.hasLogProbabilities ? answer.logProbabilities : nil)
        }
    }

    /// The member `r1` of a whole reply: present when the conversation has pictures.
    var r1: OrderedJSON? {
        guard !pictures.isEmpty else { return nil }
        return .fields(["boxes": .array(answers.indices.flatMap { boxes($0) })])
    }
}
