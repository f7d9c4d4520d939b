// Options of `r1-eval run`: prompts, answers, the server.
public import ArgumentParser
import Basics
public import BenchmarkRuns
public import Benchmarks
import Foundation
import ModelOptions
import Rollouts
import ServerModels
import Settings
import StrictJSON
import ToolKit
import VisionLanguageModel

/// How questions are asked.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The style of prompts: r1; think, which leaves room for reasoning and needs the system prompt of the \
            training run; v.default, v.qwen and v.internvl as VLMEvalKit asks; l as lmms-eval asks.
            """, valueName: "id"))
    var style = "r1"

    @Option(
        help: ArgumentHelp("The system prompt of --style think.", valueName: "file"),
        transform: paths.argument)
    var systemFile: String?

    func validate() throws {
        guard (style == "think") == (systemFile != nil) else {
            throw ValidationError("--style think and --system-file belong together")
        }
        guard style == "think" || PromptStyle.named(style) != nil else {
            let known = PromptStyle.all.map(\.id) + ["think"]
            throw ValidationError(
                "there is no style \"\(style)\"; there are \(known.joined(separator: ", "))")
        }
    }

    /// The style, with the text of its system prompt.
    func chosen() throws -> PromptStyle {
        guard let systemFile else { return PromptStyle.named(style) ?? .r1 }
        return .think(
            system: String(decoding: try readRegularFile(systemFile, atMost: 1 << 20), as: UTF8.self))
    }
}

/// How answers are made.
struct AnswerOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            """
            Limits of tokens and pixels and stop strings as another harness has them. r1: 2048 tokens, 4096 with \
            --style think, the checkpoint's pixels.
            """, valueName: "harness"))
    var harness: GenerationPreset.Harness = .r1

    @Option(
        help: "Maximum tokens of an answer. (default: that of --as)",
        transform: Accepted.whole(1...1 << 24, "tokens").argument)
    var maxTokens: Int?

    @Option(
        help: "Divides the logits; 0 is greedy. (default: 0)",
        transform: SamplingOptions.temperatures.argument)
    var temperature: Double?

    @Option(
        help: "Sample from the tokens that reach this probability. (default: 1)",
        transform: SamplingOptions.topPs.argument)
    var topP: Double?

    @Option(
        help: "Answers to each question. (default: 1)",
        transform: Accepted.whole(1...4096, "answers").argument)
    var samples: Int?

    @Option(help: "Seed of the random numbers. (default: 0)")
    var seed: UInt64?

    func validate() throws {
        guard samples ?? 1 == 1 || temperature ?? 0 > 0 else {
            throw ValidationError("--samples needs a --temperature above 0: greedy answers are all equal")
        }
    }

    /// The settings for a benchmark.
    func settings(for benchmark: Benchmark, family: String?, thinks: Bool) throws -> AnswerSettings {
        let isInternVL = family?.contains("internvl") == true
        let preset = GenerationPreset(
            as: harness, benchmark: benchmark, family: isInternVL ? .internVL : .qwen25VL, thinks: thinks)
        var settings = AnswerSettings()
        settings.temperature = temperature ?? 0
        settings.topP = topP ?? 1
        settings.samples = samples ?? 1
        settings.seed = seed ?? 0
        settings.maxNewTokens = maxTokens ?? preset.maxNewTokens
        settings.stop = preset.stopStrings
        if family != nil {
            (settings.minPixels, settings.maxPixels) = (preset.minPixels, preset.maxPixels)
            (settings.maxTiles, settings.maxTilesOfRow) = (preset.maxTiles, preset.maxTilesOfRow)
        }
        guard family == nil || preset.pictureScale == 1 else {
            throw BenchmarkRunError.badSettings(
                "--as \(harness.rawValue): for InternVL it doubles MMMU's pictures, which is not done here; "
                    + "leave --as out")
        }
        return settings
    }
}

extension GenerationPreset.Harness: @retroactive ExpressibleByArgument {}
extension BoxPlane: @retroactive ExpressibleByArgument {}

/// A server as the model.
struct ServerOptions: ParsableArguments {
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp(
            "Ask a server with OpenAI's protocol instead of a checkpoint; on this machine, or --allow-host.",
            valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("Another host that --server may name; may be repeated.", valueName: "host"))
    var allowHost: [String] = []

    @Option(help: ArgumentHelp("The model's name on the server. (default: the only one)", valueName: "name"))
    var modelName: String?

    @Option(
        help: ArgumentHelp("The file whose first line is the server's key.", valueName: "file"),
        transform: paths.argument)
    var keyFile: String?

    @Option(
        help: """
            The plane that the server's model writes boxes in: pixels (of the picture as sent), unit or thousandths. \
            It can also be given to score.
            """)
    var boxPlane: BoxPlane?

    @Option(
        help: "Seconds that one answer of --server may take. (default: 600)",
        transform: Accepted.whole(1...86400, "seconds").argument)
    var answerTimeout: Int?

    /// The model on the server.
    func model(at url: String, _ interruption: Interruption) throws -> ServerModel {
        let key = try keyFile.map { file in
            let line = try readRegularFile(file, atMost: 1 << 16).prefix { $0 != 0x0A && $0 != 0x0D }
            guard !line.isEmpty else {
                throw BenchmarkRunError.badFile(file, "--key-file: its first line is empty")
            }
            return String(decoding: line, as: UTF8.self)
        }
        return try ServerModel(
            ServerAddress(url, allowedHosts: allowHost), model: modelName, key: key, plane: boxPlane,
            seconds: answerTimeout ?? 600, interruption: interruption)
    }
}

extension LoadingOptions {
    /// What of these options changes answers.
    var manifest: JSONObject {
        func number(_ value: Int?) -> JSONValue { value.map { .number(Double($0)) } ?? .null }
        return [
            "dtype": .string(dtype.rawValue), "quantize": quantize.map { .string($0.rawValue) } ?? .null,
            "minPixels": number(minPixels), "maxPixels": number(maxPixels),
            "onWhite": .bool(onWhite), "addVisionID": .bool(addVisionID),
        ]
    }
}
