// One call of the engine: the cache, and the answers that advance together, one token per step.
internal import Basics
internal import ModelFamilies
internal import TensorMath

/// One unfinished answer.
private struct Sequence {
    let request, answer: Int
    /// Cache rows of the prompt, and the first row of the answer's own run.
    let promptRows: Range<Int>
    let firstRow: Int
    let firstPosition: Int32
    var seen: Set<Int32>
    var generation = Generation()
}

/// The state of one call: the cache and the sequences that are still running.
final class GenerationRun {
    private let model: LanguageModel
    private let requests: [GenerationRequest]
    private let sampler: Sampler
    private let random: Philox
    private let endTokenIDs: Set<Int32>
    private let onToken: (Int, Int, Int32) -> Void
    private let cache: KeyValueCache
    /// Leading tokens of the only prompt that are already in the cache.
    private let keptCount: Int
    private var running: [Sequence] = []
    private(set) var answers: [[Generation]]

    var isFinished: Bool { running.isEmpty }

    init(
        model: LanguageModel, requests: [GenerationRequest], kept: (rows: KeptRows, count: Int)?,
        sampler: Sampler, endTokenIDs: Set<Int32>, onToken: @escaping (Int, Int, Int32) -> Void
    ) {
        require(kept == nil || requests.count == 1, "\(requests.count) requests behind one kept prompt")
        self.model = model
        self.requests = requests
        self.sampler = sampler
        self.endTokenIDs = endTokenIDs
        self.onToken = onToken
        random = Philox(seed: sampler.options.seed)
        answers = requests.map { Array(repeating: Generation(), count: $0.answerCount) }
        let rows = requests.reduce(0) {
            $0 + $1.prompt.ids.count + $1.answerCount * (sampler.options.maxNewTokens - 1)
        }
        cache = KeyValueCache(model.text, rowCount: rows)
        keptCount = kept?.count ?? 0
        if let kept { cache.copy(kept.count, from: kept.rows.cache) }
    }

    /// The rows of the only answer and its prompt, for a later prompt with the same beginning.
    func keptRows() -> KeptRows {
        require(answers.count == 1 && answers[0].count == 1, "rows are kept of one answer")
        return KeptRows(cache, requests[0].prompt, answer: answers[0][0].ids, model.configuration.text)
    }

    /// Computes the prompts, a few at a time, and samples the first token of every answer.
    func prefill(rowLimit: Int) throws {
        var (next, row) = (0, 0)
        while next < requests.count {
            var batch = PackedBatch()
            let first = next
            var lastRows: [Int] = []
            repeat {
                batch.append(Prompt(requests[next].prompt, withoutFirst: keptCount), answers: [])
                lastRows.append(batch.rowCount - 1)
                next += 1
            } while next < requests.count && batch.rowCount + requests[next].prompt.ids.count <= rowLimit
            let hidden = prefill(batch, at: row + keptCount).gatherRows(lastRows)
            try start(first..<next, logits: model.logits(hidden), row: &row)
        }
    }

    /// Computes a batch into cache rows from `row` on; they also attend to the kept rows.
    private func prefill(_ batch: PackedBatch, at row: Int) -> Tensor {
        let segments = batch.layout.segments.map {
            let rows = row + $0.keys.lowerBound..<row + $0.keys.upperBound
            return AttentionLayout.Segment(
                queries: $0.queries, prefix: 0..<keptCount, keys: rows, isCausal: true)
        }
        let context = DecoderContext(
            angles: batch.positions.angles(model.configuration.text), layout: AttentionLayout(segments),
            cache: cache, cacheRows: Array(row..<row + batch.rowCount))
        return model.text(
            model.embed(batch.ids, visuals: batch.visuals, visualRows: batch.visualRows), context)
    }

    /// Starts the sequences of requests whose prompts were just computed.
    ///
    /// The batch's prompt rows come first, then room for every answer.
    private func start(_ range: Range<Int>, logits: Tensor, row: inout Int) throws {
        var own = range.reduce(row) { $0 + requests[$1].prompt.ids.count }
        var started: [Sequence] = []
        var logitRows: [Int] = []
        for index in range {
            let request = requests[index]
            let promptRows = row..<row + request.prompt.ids.count
            row = promptRows.upperBound
            let seen = sampler.options.repetitionPenalty == 1 ? [] : Set(request.prompt.ids)
            for answer in 0..<request.answerCount {
                started.append(
                    Sequence(
                        request: index, answer: answer, promptRows: promptRows, firstRow: own,
                        firstPosition: request.prompt.positions.next, seen: seen))
                logitRows.append(index - range.lowerBound)
                own += sampler.options.maxNewTokens - 1
            }
        }
        row = own
        running += try draw(started, logits: logits, logitRows: logitRows)
    }

    /// Feeds every running sequence its last token and samples the next.
    func step() throws {
        var positions = Positions()
        var (ids, cacheRows, segments): ([Int32], [Int], [AttentionLayout.Segment]) = ([], [], [])
        for (index, sequence) in running.enumerated() {
            let fed = sequence.generation.ids.count - 1
            ids.append(sequence.generation.ids[fed])
            positions.append(at: sequence.firstPosition + Int32(fed))
            cacheRows.append(sequence.firstRow + fed)
            segments.append(
                .init(
                    queries: index..<index + 1, prefix: sequence.promptRows,
                    keys: sequence.firstRow..<sequence.firstRow + fed + 1, isCausal: true))
        }
        let context = DecoderContext(
            angles: positions.angles(model.configuration.text), layout: AttentionLayout(segments),
            cache: cache,
            cacheRows: cacheRows)
        let logits = model.logits(model.text(model.text.embedding(ids), context))
        running = try draw(running, logits: logits, logitRows: Array(running.indices))
    }

    /// Samples one token for each sequence; returns the unfinished ones.
    private func draw(_ sequences: [Sequence], logits: Tensor, logitRows: [Int]) throws -> [Sequence] {
        var drawn = [(id: Int32, logProbability: Float)](repeating: (0, 0), count: sequences.count)
        drawn.withUnsafeMutableBufferPointer { drawn in
            let output = DrawnTokens(buffer: drawn)
            inParallel(sequences.count, grain: 4) { slice in
                for index in slice {
                    output.buffer[index] = draw(
                        sequences[index], logits.rows(logitRows[index]..<logitRows[index] + 1))
                }
            }
        }
        var goesOn: [Sequence] = []
        for (index, var sequence) in sequences.enumerated() {
            let (id, logProbability) = drawn[index]
            try ModelError.requireFinite(
                CollectionOfOne(logProbability), first: sequence.generation.ids.count,
                request: sequence.request)
            sequence.generation.ids.append(id)
            sequence.generation.logProbabilities.append(logProbability)
            if sampler.options.repetitionPenalty != 1 { sequence.seen.insert(id) }
            onToken(sequence.request, sequence.answer, id)
            if endTokenIDs.contains(id) {
                sequence.generation.finishReason = .stop
            } else if sequence.generation.ids.count < sampler.options.maxNewTokens {
                goesOn.append(sequence)
            }
            answers[sequence.request][sequence.answer] = sequence.generation
        }
        return goesOn
    }

    private func draw(_ sequence: Sequence, _ logits: Tensor) -> (id: Int32, logProbability: Float) {
        var row = logits.elements
        let uniform = random.uniform(
            request: requests[sequence.request].number, sample: sequence.answer,
            position: sequence.generation.ids.count)
        return sampler.draw(&row, seen: sequence.seen, uniform: uniform)
    }
}

/// Collects the threads' tokens; `@unchecked Sendable` is safe because each thread writes its own slice.
private struct DrawnTokens: @unchecked Sendable {
    let buffer: UnsafeMutableBufferPointer<(id: Int32, logProbability: Float)>
}
