// A checkpoint that answers on the engine.
internal import Basics
internal import Benchmarks
internal import Checkpoint
internal import ModelFamilies
internal import Rewards
public import Rollouts
public import StrictJSON
internal import Tokenizer
internal import TrainingData
public import VisionLanguageModel

/// A loaded checkpoint on the engine.
///
/// Each row of a product is computed as if it were alone, in every type, so an answer depends neither on the questions
/// beside it nor on the number of threads.
public struct CheckpointModel: AnsweringModel {
    private let processor: Processor
    private let engine: GenerationEngine
    private let interruption: Interruption
    /// Path, identity and everything that changes how the checkpoint answers.
    public let manifest: JSONObject

    /// A checkpoint on the engine.
    ///
    /// - Parameters:
    ///   - loaded: The checkpoint.
    ///   - limits: The limits of the engine.
    ///   - settings: How it was loaded, for the manifest: type of products, bits, pixels.
    ///   - interruption: Stops the answers.
    /// - Throws: What computing the checkpoint's identity throws.
    public init(
        _ loaded: LoadedModel, limits: EngineOptions, settings: JSONObject, interruption: Interruption
    ) throws {
        var limits = limits
        limits.isolation = .all
        self.init(
            processor: loaded.processor, engine: loaded.engine(limits), interruption: interruption,
            manifest: JSONObject([
                "kind": .string("checkpoint"), "path": .string(loaded.location),
                "identity": .string(
                    try loaded.checkpoint.identity ?? computedIdentity(of: loaded.checkpoint)),
                "template": .string(loaded.processor.template.rawValue),
            ]).merging(settings) { $1 })
    }

    /// A model that is loaded already, such as the one that a run trains.
    ///
    /// - Parameters:
    ///   - processor: Makes prompts.
    ///   - engine: Answers; its options say whether answers depend on one another.
    ///   - interruption: Stops the answers.
    ///   - manifest: What a manifest says about the model.
    public init(
        processor: Processor, engine: GenerationEngine, interruption: Interruption, manifest: JSONObject
    ) {
        (self.processor, self.engine) = (processor, engine)
        (self.interruption, self.manifest) = (interruption, manifest)
    }

    /// Answers questions on the engine.
    public func answers(to questions: [ModelQuestion], _ settings: AnswerSettings) throws -> [[ModelAnswer]] {
        let prompts = try prompts(questions, settings)
        var options = SamplingOptions()
        (options.temperature, options.topP) = (settings.temperature, settings.topP)
        (options.maxNewTokens, options.stop, options.seed) = (
            settings.maxNewTokens, settings.stop, settings.seed
        )
        let requests = zip(questions, prompts).map { question, prompt in
            GenerationRequest(
                prompt: prompt.prompt, answerCount: settings.samples, number: question.number,
                options: options)
        }
        let answers: [[Generation]]
        do {
            answers = try engine.generate(requests, shouldStop: { interruption.isRequested })
        } catch ModelError.notFinite(let request, let token) {
            throw BenchmarkRunError.badRow(
                questions[request].row.location,
                "\(ModelError.notFinite(request: request, token: token))")
        }
        try interruption.check()
        return zip(prompts, answers).map { prompt, group in
            group.map { answer in
                var decoder = StreamingDecoder(processor.tokenizer, skipSpecialTokens: true)
                return ModelAnswer(
                    text: decoder.append(bytes: answer.text) + decoder.finish(), tokens: answer.ids.count,
                    finishReason: answer.finishReason.rawValue, promptHash: prompt.promptHash,
                    pixelHash: prompt.pixelHash,
                    boxPlane: prompt.prompt.visuals.first.map {
                        [$0.answerBoxSize.width, $0.answerBoxSize.height]
                    })
            }
        }
    }

    /// The prompts of questions, on all threads.
    private func prompts(
        _ questions: [ModelQuestion], _ settings: AnswerSettings
    ) throws -> [(prompt: Prompt, promptHash: String, pixelHash: String)] {
        var changed = processor
        try changed.limitPixels(least: settings.minPixels, most: settings.maxPixels)
        if let tiles = settings.maxTiles { try changed.limitTiles(most: tiles) }
        let processor = changed
        return try parallelMap(questions.count) { index in
            let question = questions[index]
            var own = processor
            if let tiles = settings.maxTiles, let all = settings.maxTilesOfRow,
                !question.prompt.images.isEmpty
            {
                try own.limitTiles(most: max(1, min(tiles, all / question.prompt.images.count)))
            }
            return try Self.prompt(question, own)
        }
    }

    private static func prompt(
        _ question: ModelQuestion, _ processor: Processor
    ) throws -> (prompt: Prompt, promptHash: String, pixelHash: String) {
        let prompt = try made(question, processor)
        let ids = prompt.ids.flatMap { id in withUnsafeBytes(of: id.littleEndian) { Array($0) } }
        let hashes = prompt.visuals.map(\.sha256)
        let pixels =
            hashes.count < 2
            ? hashes.first ?? "" : sha256(Array(hashes.joined(separator: "\n").utf8))
        return (prompt, sha256(ids), pixels)
    }

    private static func made(_ question: ModelQuestion, _ processor: Processor) throws -> Prompt {
        let row = question.row
        if let sample = row.sample { return try processor.prompt(sample) { $0.prompt }.prompt }
        do {
            let visuals = try question.prompt.images.map { index in
                try processor.image(
                    try row.pictureBytes(index), name: "\(row.location): image \(index + 1)")
            }
            return try processor.prompt(question.prompt.messages, visuals: visuals)
        } catch let error as ModelError {
            throw BenchmarkRunError.badRow(row.location, "\(error)")
        }
    }
}
