// r1-infer generate: answers a file of questions.
import ArgumentParser
import Checkpoint
import Collectives
import Foundation
import ModelOptions
import Rollouts
import Settings
import Tokenizer
import ToolKit
import TrainingData
import VisionLanguageModel

/// `r1-infer generate MODEL --input F.jsonl --output G.jsonl`.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Answer each row of a file.",
        discussion: """
            A row needs only "messages" (and "images" for its <image> markers). Everything after its last user turn \
            is ignored. Each answer becomes one line: id, text, tokenIDs (including the end token), promptTokenIDs \
            (image tokens expanded), logProbabilities (natural, after penalty and temperature, before top-k and \
            top-p) and finishReason (stop or length). With --samples a line also has sample, from 0. An answer with \
            boxes to a row with one image also has boxes, in pixels of the original.

            An answer depends on the model, the row, its line number and the settings. Other rows change at most the \
            last digits of its log-probabilities. The default repetition penalty is 1 (off), although the \
            generation_config.json of Qwen2.5-VL recommends 1.05; --defaults uses the recommended settings.

              r1-infer generate model.h5 --input q.jsonl --output a.jsonl --greedy --max-tokens 256
              r1-infer generate model.h5 --input q.jsonl --output a.jsonl --samples 8 --top-p 0.95 --resume
              mpirun -n 4 r1-infer generate model.h5 --input q.jsonl --output a.jsonl   (4 processes share the rows)

            SIGINT, SIGTERM and SIGHUP keep the rows that are written and exit with 128 plus the signal.
            """)

    @Argument(help: modelHelp, transform: paths.argument)
    var model: String

    @OptionGroup(title: "Model")
    var loading: LoadingOptions

    @Option(help: "The rows, one JSON object per line; - reads standard input.", transform: paths.argument)
    var input: String

    @OptionGroup(title: "Output")
    var output: OutputOptions

    @OptionGroup(title: "Sampling")
    var sampling: SamplingArguments

    @OptionGroup(title: "Engine")
    var engine: EngineArguments

    @Option(
        help: "Maximum answers that are computed side by side. (default: those of --batch-size rows)",
        transform: EngineOptions.answers.argument)
    var maxRunning: Int?

    @Flag(help: "Use the checkpoint's generation_config.json for settings that are not given.")
    var defaults = false

    @Option(help: "Answers per row. (default: 1)", transform: Accepted.whole(1...4096, "answers").argument)
    var samples: Int?

    @Option(
        help: "Rows to answer together. (default: 8)", transform: Accepted.whole(1...4096, "rows").argument)
    var batchSize: Int?

    @OptionGroup(title: "Processes")
    var processes: WorldOptions

    func run() throws {
        let interruption = try watchedInterruption()
        try processes.join(console) { world in
            do { try answer(in: world, interruption) } catch let stop as Interruption.Stopped {
                let hint = output.output == nil ? "" : "; the rows so far stay, and --resume goes on"
                console.once(in: world).note("stopped\(hint)")
                throw ExitCode(128 + stop.signal)
            }
        }
    }

    /// Answers the rows that are not in the output yet.
    private func answer(in world: any World, _ interruption: Interruption) throws {
        let (samples, batchSize) = (samples ?? 1, batchSize ?? 8)
        guard world.size == 1 || input != "-" else {
            throw InferError.badCommand(
                "--input -: \(world.size) processes cannot share standard input; give a file")
        }
        let rows = try readRows(input)
        let results =
            world.rank == 0 ? try RowOutput(output, linesPerRow: samples, from: input, rows) : nil
        let waiting = try self.waiting(rows, results, world)
        let loaded = try loading.load(model, console: console.once(in: world))
        try world.requireSame(Array((loaded.checkpoint.identity ?? "").utf8), model)
        let answering = Answering(
            loaded, engine: loaded.engine(limits),
            sampling: sampling.options(over: defaults ? loaded.generation.sampling : SamplingOptions()),
            samples: samples, interruption: interruption)
        try results?.open(beside: loaded.checkpoint.sourceFiles)
        var speed = Speed(rowCount: waiting.count, isShown: world.rank == 0)
        for start in stride(from: 0, to: waiting.count, by: batchSize * world.size) {
            let own = min(start + world.rank * batchSize, waiting.count)
            let batch = waiting[own..<min(own + batchSize, waiting.count)]
            let answers = try world.together("answers", interruption) { try answering.lines(batch) }
            let batches = try world.gather(answers.bytes)
            try results?.write(Data(batches.joined()))
            var tokens = [Double(answers.tokens)]
            try world.sum(&tokens)
            speed.finished(min(batchSize * world.size, waiting.count - start), tokens: Int(tokens[0]))
        }
        speed.summary(skipped: rows.count - waiting.count)
    }

    /// The rows that an earlier run has not answered, as process 0 knows them.
    private func waiting(_ rows: [Sample], _ results: RowOutput?, _ world: any World) throws -> [Sample] {
        let text = rows.map { "\($0.id)\n\($0.question)\n" }.joined()
        try world.requireSame(Array(sha256(Array(text.utf8)).utf8), input)
        var done: [UInt8] = results.map { results in rows.map { results.holds($0.id) ? 1 : 0 } } ?? []
        try world.broadcast(&done, from: 0)
        return zip(rows, done).filter { $0.1 == 0 }.map(\.0)
    }

    private var limits: EngineOptions {
        var limits = engine.options
        limits.mostRunning = maxRunning ?? limits.mostRunning
        return limits
    }
}

/// Answers batches of rows.
private struct Answering {
    private let loaded: LoadedModel
    private let engine: GenerationEngine
    private let sampling: SamplingOptions
    private let samples: Int
    private let interruption: Interruption
    private let encoder = JSONEncoder.forLines()

    init(
        _ loaded: LoadedModel, engine: GenerationEngine, sampling: SamplingOptions, samples: Int,
        interruption: Interruption
    ) {
        (self.loaded, self.engine, self.sampling) = (loaded, engine, sampling)
        (self.samples, self.interruption) = (samples, interruption)
    }

    /// The lines of a batch, and how many tokens they have.
    ///
    /// - Throws: `Interruption.Stopped`, `InferError`, and what making prompts throws.
    func lines(_ batch: ArraySlice<Sample>) throws -> (bytes: [UInt8], tokens: Int) {
        let requests = try batch.map { sample in
            GenerationRequest(
                prompt: try loaded.processor.prompt(sample) { $0.prompt }.prompt, answerCount: samples,
                number: UInt64(sample.line))
        }
        let answers = try InferError.naming(batch) {
            try engine.generate(requests, options: sampling, shouldStop: { interruption.isRequested })
        }
        try interruption.check()
        var bytes = Data()
        for ((sample, request), group) in zip(zip(batch, requests), answers) {
            for (number, answer) in group.enumerated() {
                bytes += try encoder.line(
                    AnswerLine(
                        sample, request.prompt, answer, number: samples > 1 ? number : nil,
                        tokenizer: loaded.processor.tokenizer))
            }
        }
        return (Array(bytes), answers.joined().reduce(0) { $0 + $1.ids.count })
    }
}

/// One line of the output.
private struct AnswerLine: Encodable {
    let id: String
    let sample: Int?
    let text: String
    let tokenIDs, promptTokenIDs: [Int32]
    let logProbabilities: [Float]
    let finishReason: Generation.FinishReason
    let boxes: [[Double]]?

    init(_ row: Sample, _ prompt: Prompt, _ answer: Generation, number: Int?, tokenizer: Tokenizer) {
        id = row.id
        sample = number
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: true)
        text = decoder.append(bytes: answer.text) + decoder.finish()
        (tokenIDs, promptTokenIDs) = (answer.ids, prompt.ids)
        (logProbabilities, finishReason) = (answer.logProbabilities, answer.finishReason)
        // With several images, the answer does not tell which one a box is on.
        let found = prompt.visuals.count == 1 ? prompt.visuals[0].boxes(in: text) : []
        boxes = found.isEmpty ? nil : found.map { [$0.x1, $0.y1, $0.x2, $0.y2] }
    }
}

/// Counts rows and tokens and reports their rate.
struct Speed {
    private let rowCount: Int
    private let start = ContinuousClock.now
    private let line: ProgressLine?
    private var (rows, tokens) = (0, 0)

    /// - Parameters:
    ///   - rowCount: All rows.
    ///   - isShown: Whether anything is printed.
    init(rowCount: Int, isShown: Bool = true) {
        self.rowCount = rowCount
        line = isShown ? ProgressLine() : nil
    }

    /// More rows are done, with these tokens.
    mutating func finished(_ count: Int, tokens: Int) {
        rows += count
        self.tokens += tokens
        line?.show("\(rows)/\(rowCount) rows, \(rate) tokens/s")
    }

    /// Prints the totals on stderr.
    func summary(skipped: Int) {
        guard let line else { return }
        line.clear()
        let before = skipped > 0 ? ", \(skipped) were done before" : ""
        console.note("\(rows) rows, \(tokens) tokens, \(rate) tokens/s\(before)")
    }

    private var rate: String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return String(format: "%.1f", seconds > 0 ? Double(tokens) / seconds : 0)
    }
}
