// An engine that plays given answers: what the server does does not depend on a model.
import Foundation
import Serving
import Synchronization
import Tokenizer

@testable import VisionLanguageModel

/// What a scripted engine was asked, and what tests tell it; shared with the engine's thread.
final class Script: Sendable {
    struct Content: Sendable {
        /// The bytes of each answer, a token for each text.
        var answer: @Sendable (GenerationRequest) -> [[UInt8]] = { _ in
            ["Hello", ", ", "world", "!"].map { Array($0.utf8) }
        }
        /// While true, no tokens are made.
        var isHeld = false
        /// Throw in the next step.
        var fails = false
        /// Seconds for each step.
        var pace = 0.0
        var requests: [GenerationRequest] = []
        var cancelled: [RequestID] = []
        var running = 0
    }

    private let content = Mutex(Content())

    func change(_ body: @Sendable (inout Content) -> Void) { content.withLock { body(&$0) } }

    var now: Content { content.withLock { $0 } }
}

/// Plays a script, a token of every running answer each step; constrained answers take the token that is allowed and has
/// the lowest pseudo-random number.
final class ScriptedEngine: TextEngine {
    private struct Running {
        let id: RequestID
        let request: GenerationRequest
        let tokens: [[UInt8]]
        var constraints: [(any TokenConstraint)?]
        var places: [Int]
        var isDone: [Bool]
        var isStarted = false
    }

    private struct Broken: Error {}

    private let script: Script
    private let model: ServedModel
    private var running: [Running] = []
    private var count: UInt64 = 0
    private var random: UInt64 = 7

    init(_ script: Script, _ model: ServedModel) { (self.script, self.model) = (script, model) }

    var hasWork: Bool { !running.isEmpty }

    var statistics: EngineStatistics {
        var statistics = EngineStatistics()
        statistics.running = running.count
        return statistics
    }

    func submit(_ request: GenerationRequest) throws -> RequestID {
        guard request.prompt.ids.count < 30_000 else {
            throw ModelError.badPrompt("a prompt of \(request.prompt.ids.count) tokens never fits")
        }
        count += 1
        let id = RequestID(number: count)
        let answers = request.answerCount
        running.append(
            Running(
                id: id, request: request, tokens: script.now.answer(request),
                constraints: Array(repeating: request.constraint, count: answers),
                places: Array(repeating: 0, count: answers), isDone: Array(repeating: false, count: answers)))
        script.change { content in
            content.requests.append(request)
            content.running += 1
        }
        return id
    }

    func cancel(_ id: RequestID) {
        guard running.contains(where: { $0.id == id }) else { return }
        running.removeAll { $0.id == id }
        script.change { content in
            content.cancelled.append(id)
            content.running -= 1
        }
    }

    func step() throws -> [GenerationEvent] {
        let now = script.now
        if now.fails {
            script.change { $0.fails = false }
            throw Broken()
        }
        Thread.sleep(forTimeInterval: now.isHeld ? 0.002 : now.pace)
        guard !now.isHeld else { return [] }
        var events: [GenerationEvent] = []
        for index in running.indices {
            if !running[index].isStarted {
                running[index].isStarted = true
                let count = running[index].request.prompt.ids.count
                events.append(.started(running[index].id, promptTokens: count, cachedTokens: min(3, count)))
            }
            for answer in running[index].places.indices where !running[index].isDone[answer] {
                events += next(&running[index], answer)
            }
        }
        let before = running.count
        running.removeAll { !$0.isDone.contains(false) }
        let ended = before - running.count
        script.change { $0.running -= ended }
        return events
    }

    private func next(_ one: inout Running, _ answer: Int) -> [GenerationEvent] {
        let end = model.endIDs[0]
        func finish(_ reason: FinishReason) -> [GenerationEvent] {
            one.isDone[answer] = true
            return [.finished(one.id, answer: answer, reason, text: [])]
        }
        func event(_ id: Int32, _ text: [UInt8]) -> GenerationEvent {
            let others = [id, end, 0].prefix(one.request.options.alternatives)
            let token = SampledToken(
                id: id, logProbability: -0.25, alternatives: others.map { (id: $0, logProbability: -0.25) },
                text: text)
            return .token(one.id, answer: answer, token)
        }
        if one.places[answer] == one.request.options.maxNewTokens { return finish(.length) }
        if one.constraints[answer] != nil {
            let allowed = one.constraints[answer]?.allowed
            // Ends as soon as it may, so that the answers are short.
            let ids = (0..<Int32(model.vocabularySize)).filter { allowed?[$0] == true }
            let id = ids.contains(end) ? end : ids[Int(nextRandom() % UInt64(ids.count))]
            one.constraints[answer]?.accept(id)
            one.places[answer] += 1
            if id == end { return [event(end, [])] + finish(.stop) }
            return [event(id, model.processor.tokenizer.bytes(of: id) ?? [])]
        }
        guard one.places[answer] < one.tokens.count else { return [event(end, [])] + finish(.stop) }
        let bytes = one.tokens[one.places[answer]]
        one.places[answer] += 1
        let id = model.processor.tokenizer.encode(
            String(decoding: bytes, as: UTF8.self), specialTokens: .asText
        ).first
        return [event(id ?? 0, bytes)]
    }

    private func nextRandom() -> UInt64 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return random >> 33
    }
}
