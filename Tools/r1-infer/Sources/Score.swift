// r1-infer score: log-probabilities of given answers.
import ArgumentParser
import Foundation
import TensorMath
import Tokenizer
import TrainingData
import VisionLanguageModel

/// `r1-infer score MODEL --input F.jsonl`.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Compute the log-probability of each token of given answers.",
        discussion: """
            A row's last turn is the assistant's: the answer. All turns before it are the prompt. Each row becomes \
            one line: id, promptTokenIDs (image tokens expanded), tokenIDs (the answer's text and <|im_end|>) \
            and logProbabilities (natural, over the whole vocabulary), one for each of tokenIDs.

              r1-infer score model.h5 --input answered.jsonl > scores.jsonl
            """)

    @OptionGroup(title: "Model")
    var model: ModelOptions

    @Option(help: "The rows, one JSON object a line.")
    var input: String

    @OptionGroup(title: "Output")
    var output: OutputOptions

    @Option(help: "Divides the logits.")
    var temperature: Float = 1

    /// Rows computed together hold up to this many tokens.
    private static let batchTokens = 8192

    /// Checks the range.
    func validate() throws {
        guard temperature > 0, temperature.isFinite else {
            throw ValidationError("--temperature is a positive number, found \(temperature)")
        }
    }

    /// Scores what the output does not hold yet.
    func run() throws {
        let rows = try readRows(input)
        if let sample = rows.first(where: { $0.assistantTurn == nil }) {
            throw InferError.badRow(
                location: sample.location,
                problem: "expected a last turn of the assistant, the answer to score; "
                    + "found one of the \(sample.messages.last?.role.rawValue ?? "nobody")")
        }
        let results = try RowOutput(output, linesPerRow: 1)
        let waiting = rows.filter { !results.holds($0.id) }
        let loaded = try model.load()
        try results.open()
        var speed = Speed(rowCount: waiting.count)
        var batch = ScoringBatch()
        for sample in waiting {
            let row = try ScoringRow(sample, loaded.processor)
            if !batch.rows.isEmpty, batch.tokenCount + row.tokenCount > Self.batchTokens {
                try flush(&batch, loaded, results, &speed)
            }
            batch.append(row)
        }
        try flush(&batch, loaded, results, &speed)
        speed.summary(skipped: rows.count - waiting.count)
    }

    private func flush(
        _ batch: inout ScoringBatch, _ loaded: LoadedModel, _ results: RowOutput, _ speed: inout Speed
    ) throws {
        guard !batch.rows.isEmpty else { return }
        for line in try batch.score(loaded.model, temperature: temperature) {
            try results.write([line])
            for _ in line.tokenIDs { speed.count() }
        }
        speed.finished(batch.rows.count)
        batch = ScoringBatch()
    }
}

/// One row, ready for the model.
private struct ScoringRow {
    let sample: Sample
    let prompt: Prompt
    let answer: [TokenID]

    var tokenCount: Int { prompt.ids.count + answer.count }

    init(_ sample: Sample, _ processor: Processor) throws {
        self.sample = sample
        prompt = try processor.prompt(sample, turns: sample.chatMessages.dropLast())
        answer = try processor.answer(sample.assistantTurn ?? "")
    }
}

/// Rows that are computed together.
private struct ScoringBatch {
    private(set) var rows: [ScoringRow] = []
    private var packed = PackedBatch()

    var tokenCount: Int { packed.rowCount }

    mutating func append(_ row: ScoringRow) {
        rows.append(row)
        packed.append(row.prompt, answers: [row.answer])
    }

    func score(_ model: LanguageModel, temperature: Float) throws -> [ScoredLine] {
        let values = model.logProbabilities(packed, temperature: temperature).values.elements
        return try zip(rows, packed.answerRanges).map { row, range in
            guard values[range].allSatisfy(\.isFinite) else {
                throw InferError.badRow(
                    location: row.sample.location, problem: "the model's logits are not numbers")
            }
            return ScoredLine(
                id: row.sample.id, promptTokenIDs: row.prompt.ids, tokenIDs: row.answer,
                logProbabilities: Array(values[range]))
        }
    }
}

/// One line of the output.
private struct ScoredLine: Encodable {
    let id: String
    let promptTokenIDs, tokenIDs: [TokenID]
    let logProbabilities: [Float]
}
