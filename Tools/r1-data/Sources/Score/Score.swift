// r1-data score: what given answers earn, to check a reward before a run is spent on it.
import ArgumentParser
import Basics
import Foundation
import Outputs
import Rewards
import ToolKit
import TrainingData
import TrainingRuns
import VisionLanguageModel

/// `r1-data score --input F.jsonl`.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score given answers with the rewards of training.",
        discussion: """
            A row has the keys of a training row (task, messages, solution, ...) and "answer", the whole text of a \
            model, or "answers", a list of such texts. Each answer becomes one JSON line: id, accuracy, format, \
            total, status, read (what was read of the answer, or why it was not scored). With "answers" a line \
            also has sample, from 0.

            A summary per task follows: the distribution of accuracies, rows whose answers all earn the same \
            (ties), the shares at 0 and 1 (saturation), how often each choice was read, and the answers that \
            could not be read. It goes to stdout with --output, else to stderr.

            Boxes need the picture's size and the coordinates that the model writes in. The size is that of \
            the row's picture, or "imageSize": [width, height]. The coordinates are "space": [width, height] of \
            the row, else those of --model, else --space.

              r1-data score --input answers.jsonl
              r1-data score --input answers.jsonl --output scores.jsonl --set rewards.chart.exact=years
              r1-data score --input captions.jsonl --model Checkpoints/small-qwen25vl.h5
            """)

    @Option(help: ArgumentHelp("The rows with their answers, one JSON object per line.", valueName: "file"))
    var input: String

    @Option(help: ArgumentHelp("The file to write. (default: stdout)", valueName: "file"))
    var output: String?

    @OptionGroup var overwriting: OverwriteOption

    @OptionGroup var given: SettingsOptions

    @Option(
        help: ArgumentHelp(
            "A checkpoint: its embedding table scores captions (task open), its processor gives the coordinates.",
            valueName: "model"))
    var model: String?

    @Option(
        help: """
            Coordinates of boxes where neither row nor model gives them: picture (pixels of the picture) or 1000 \
            (thousandths of its sides).
            """)
    var space: BoxPlane?

    /// Scores all rows, writes the lines, prints the summary.
    func run() throws {
        let claim = try output.map {
            try overwriting.claim($0, inputs: [input] + (given.file.map { [$0] } ?? []))
        }
        let settings = try RunConfiguration.read(file: given.file, assignments: given.assignments)
        let rows = try AnsweredRow.read(input)
        let loaded = try model.map { try LoadedModel(path: $0, compute: .float32) }
        let router = try RewardRouter(options: settings.rewards, embedding: loaded?.embeddingTable())
        let planes = BoxPlanes(processor: loaded?.processor, plane: space)
        let encoder = JSONEncoder.forLines()
        var (lines, report) = (Data(), ScoreReport())
        for row in rows {
            let context = try planes.context(of: row.sample)
            let results = row.answers.map {
                router.score($0, truncated: false, for: row.sample, context: context)
            }
            for (number, result) in results.enumerated() {
                let line = ScoreLine(
                    id: row.sample.id, sample: row.hasSeveral ? number : nil, result: result)
                lines += try encoder.line(line)
            }
            report.add(row.sample, results)
        }
        guard let claim else {
            try console.write(String(decoding: lines, as: UTF8.self))
            return console.aside(report.text)
        }
        try claim.write(lines)
        try console.write(report.text)
    }
}

/// One line of the output.
private struct ScoreLine: Encodable {
    let id: String
    let sample: Int?
    let result: RewardResult

    enum CodingKeys: CodingKey { case id, sample, accuracy, format, total, status, read }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encodeIfPresent(sample, forKey: .sample)
        try container.encode(result.accuracy, forKey: .accuracy)
        try container.encode(result.format, forKey: .format)
        try container.encode(result.total, forKey: .total)
        try container.encode(result.status, forKey: .status)
        try container.encode(result.detail, forKey: .read)
    }
}
