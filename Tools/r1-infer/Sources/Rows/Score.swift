// r1-infer score: computes log-probabilities of given answers.
import ArgumentParser
import Checkpoint
import Foundation
import ModelFamilies
import ModelOptions
import Rollouts
import Settings
import StrictJSON
import TensorMath
import Tokenizer
import ToolKit
import TrainingData
import VisionLanguageModel

/// `r1-infer score MODEL --input F.jsonl`.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Compute the log-probability of each token of given answers.",
        discussion: """
            The answer is a row's last turn, by the assistant; all turns before it are the prompt. Or the row ends \
            with the user's turn and has the answer as "tokenIDs", as generate writes it. Each row becomes one line: \
            id, promptTokenIDs (image tokens expanded), tokenIDs (the answer's text and <|im_end|>) and \
            logProbabilities (natural, over the whole vocabulary), one for each of tokenIDs.

              r1-infer score model.h5 --input answered.jsonl > scores.jsonl
            """)

    @Argument(help: modelHelp, transform: paths.argument)
    var model: String

    @OptionGroup(title: "Model")
    var loading: LoadingOptions

    @Option(help: "The rows, one JSON object per line; - reads standard input.", transform: paths.argument)
    var input: String

    @OptionGroup(title: "Output")
    var output: OutputOptions

    @Option(
        help: "Divides the logits. (default: 1)", transform: SamplingOptions.positiveTemperature.argument)
    var temperature: Double?

    /// The most tokens of rows that are computed together.
    private static let batchTokens = 8192

    /// Scores the rows that are not in the output yet.
    func run() throws {
        let rows = try readRows(input)
        let answers = try rows.map(GivenAnswer.init)
        let results = try RowOutput(output, linesPerRow: 1, from: input, rows)
        let waiting = zip(rows, answers).filter { !results.holds($0.0.id) }
        let loaded = try loading.load(model, console: console)
        try results.open(beside: loaded.checkpoint.sourceFiles)
        var speed = Speed(rowCount: waiting.count)
        var batch = ScoringBatch()
        for (sample, answer) in waiting {
            let row = try ScoringRow(sample, answer, loaded)
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
        var tokens = 0
        for line in try batch.score(loaded.model, temperature: Float(temperature ?? 1)) {
            try results.write([line])
            tokens += line.tokenIDs.count
        }
        speed.finished(batch.rows.count, tokens: tokens)
        batch = ScoringBatch()
    }
}

/// The answer that a row gives.
private enum GivenAnswer {
    /// The assistant's turn, which ends the conversation.
    case text(String)
    /// Tokens as `generate` writes them, after the user's last turn.
    case tokens([TokenID])

    init(_ row: Sample) throws {
        func problem(_ text: String) -> InferError { .badRow(location: row.location, problem: text) }
        switch (row.extra["tokenIDs"], row.assistantTurn) {
        case (nil, let text?): self = .text(text)
        case (nil, nil):
            throw problem(
                "expected the answer to score as a last turn of the assistant or as \"tokenIDs\"; "
                    + "found a turn of the \(row.messages.last?.role.rawValue ?? "nobody")")
        case (_?, _?):
            throw problem("two answers to score, the assistant's last turn and \"tokenIDs\"; remove one")
        case (let value?, nil):
            let elements = value.elements ?? []
            let ids = elements.compactMap { element in
                if case .integer(let id) = element { TokenID(exactly: id) } else { nil }
            }
            guard !ids.isEmpty, ids.count == elements.count else {
                throw problem("\"tokenIDs\": expected a list of token ids, found \(value.summary)")
            }
            self = .tokens(ids)
        }
    }
}

/// One row, ready for the model.
private struct ScoringRow {
    let sample: Sample
    let prompt: Prompt
    let answer: [TokenID]

    var tokenCount: Int { prompt.ids.count + answer.count }

    init(_ sample: Sample, _ answer: GivenAnswer, _ loaded: LoadedModel) throws {
        self.sample = sample
        switch answer {
        case .text(let text):
            let filled = try loaded.processor.prompt(sample) { $0.chatMessages.dropLast() }
            prompt = filled.prompt
            self.answer = try loaded.processor.answer(filled.sample.assistantTurn ?? text)
        case .tokens(let ids):
            let count = loaded.model.configuration.text.vocabularySize
            if let wrong = ids.first(where: { !(0..<count).contains(Int($0)) }) {
                throw InferError.badRow(
                    location: sample.location,
                    problem: "\"tokenIDs\": expected ids from 0 to \(count - 1), found \(wrong)")
            }
            prompt = try loaded.processor.prompt(sample) { $0.chatMessages }.prompt
            self.answer = ids
        }
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
        try InferError.naming(rows.map(\.sample)) {
            for (index, range) in packed.answerRanges.enumerated() {
                try ModelError.requireFinite(values[range], request: index)
            }
        }
        return zip(rows, packed.answerRanges).map { row, range in
            ScoredLine(
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
