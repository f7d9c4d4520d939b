// r1-infer generate: answers a file of questions.
import ArgumentParser
import Checkpoint
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
            """)

    @OptionGroup(title: "Model")
    var model: ModelArguments

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

    /// Answers the rows that are not in the output yet.
    func run() throws {
        let (samples, batchSize) = (samples ?? 1, batchSize ?? 8)
        let rows = try readRows(input)
        let results = try RowOutput(output, linesPerRow: samples, from: input, rows)
        let waiting = rows.filter { !results.holds($0.id) }
        let loaded = try model.load()
        let options = sampling.options(over: defaults ? loaded.generation.sampling : SamplingOptions())
        try results.open(beside: loaded.checkpoint.sourceFiles)
        var limits = engine.options
        limits.mostRunning = maxRunning ?? limits.mostRunning
        let engine = loaded.engine(limits)
        var speed = Speed(rowCount: waiting.count)
        for start in stride(from: 0, to: waiting.count, by: batchSize) {
            let batch = waiting[start..<min(start + batchSize, waiting.count)]
            let requests = try batch.map { sample in
                GenerationRequest(
                    prompt: try loaded.processor.prompt(sample) { $0.prompt }.prompt, answerCount: samples,
                    number: UInt64(sample.line))
            }
            let answers = try InferError.naming(batch) {
                try engine.generate(
                    requests, options: options, onToken: { _, _, _ in speed.count() })
            }
            for ((sample, request), group) in zip(zip(batch, requests), answers) {
                let lines = group.enumerated().map { number, answer in
                    AnswerLine(
                        sample, request.prompt, answer, number: samples > 1 ? number : nil,
                        tokenizer: loaded.processor.tokenizer)
                }
                try results.write(lines)
            }
            speed.finished(batch.count)
        }
        speed.summary(skipped: rows.count - waiting.count)
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
    private let line = ProgressLine()
    private var (rows, tokens) = (0, 0)

    init(rowCount: Int) { self.rowCount = rowCount }

    /// One more token.
    mutating func count() { tokens += 1 }

    /// More rows are done.
    mutating func finished(_ count: Int) {
        rows += count
        line.show("\(rows)/\(rowCount) rows, \(rate) tokens/s")
    }

    /// Prints the totals on stderr.
    func summary(skipped: Int) {
        line.clear()
        let before = skipped > 0 ? ", \(skipped) were done before" : ""
        console.note("\(rows) rows, \(tokens) tokens, \(rate) tokens/s\(before)")
    }

    private var rate: String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return String(format: "%.1f", seconds > 0 ? Double(tokens) / seconds : 0)
    }
}
