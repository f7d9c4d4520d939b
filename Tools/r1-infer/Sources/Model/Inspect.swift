// r1-infer inspect: describes a checkpoint without loading its weights.
import ArgumentParser
import Basics
import Checkpoint
import Foundation
import ModelFamilies
import ModelOptions
import TensorMath
import Tokenizer
import ToolKit
import VisionLanguageModel

/// `r1-infer inspect MODEL`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Describe a model: family, sizes, parameters, memory, side files, chat template.",
        discussion: """
            Names and shapes are checked against config.json; r1-convert verify checks the hashes.

              r1-infer inspect model.h5
              r1-infer inspect model.h5 --plan --sequences 32 --tokens 4096 --dtype bfloat16
              r1-infer inspect --json Qwen2.5-VL-3B-Instruct
            """)

    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.", transform: paths.argument)
    var model: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Plan")
    var plan: PlanArguments

    /// Prints the report.
    func run() throws {
        let checkpoint = try openCheckpoint(model)
        var report = try ModelReport(checkpoint)
        if plan.plan {
            let weights = report.weightBytes(plan, in: checkpoint)
            report.plan = try PlannedMemory(checkpoint, weights: weights, plan)
        }
        guard json else { return try console.write(report.text) }
        try console.write(String(decoding: try JSONEncoder.forReports().line(report), as: UTF8.self))
    }
}

/// The result of `inspect`; its keys are those of the JSON output.
struct ModelReport: Encodable {
    /// A number of weights for each part.
    struct Parameters: Encodable {
        var vision = 0, connector = 0, language = 0, head = 0
        var total: Int { vision + connector + language + head }
    }
    /// How many tensors have an element type, and the bytes they take.
    struct Stored: Encodable { var tensors = 0, bytes = 0 }
    /// Those of the vision tower are 0 for a text model.
    struct Sizes: Encodable {
        let textLayers, textHidden, textHeads, keyHeads, vocabulary, visionBlocks, visionHidden: Int
    }
    /// Bytes in memory without activations: in float32, in bfloat16, and with `--quantize` over bfloat16; training is
    /// AdamW on all weights, in bfloat16 over float32 masters.
    struct Memory: Encodable {
        let running, runningBfloat16, runningInt8, runningInt4, training, trainingBfloat16, cachePerToken: Int
    }
    struct SideFile: Encodable { let name: String, bytes: Int }
    struct TrainingState: Encodable { let tensors: Int, hasTrainerState: Bool }

    let location, format, family, names: String
    let identity: String?
    let sizes: Sizes
    let parameters: Parameters
    let headIsEmbedding: Bool
    let stored: [String: Stored]
    let memory: Memory
    let sideFiles: [SideFile]
    let chatTemplates: [StoredTemplate]
    /// The files with the settings for images; empty for a text model and where they are missing.
    let imageSettings: [String]
    let missingImageSettings: String?
    let trainingState: TrainingState?
    var plan: PlannedMemory?

    /// Reads everything but the weights' values.
    ///
    /// - Throws: `CheckpointError` or `ModelError` when names, shapes or the configuration do not fit
    ///   together.
    init(_ checkpoint: any CheckpointReader) throws {
        let table = try KeyTable.of(checkpoint)
        let weights = try CheckpointWeights(checkpoint)
        let configuration = try ModelConfiguration(of: checkpoint).computable {
            // A model can be inspected without its tokenizer; a missing id is named there.
            try? Tokenizer(files: checkpoint.sideFile).id(ofToken: $0)
        }
        location = checkpoint.location
        format = checkpoint.formatName
        (family, names) = (table.family, try table.style(of: checkpoint).rawValue)
        identity = checkpoint.identity
        sizes = Sizes(configuration)
        headIsEmbedding = try !weights.hasSeparateHead(configuration)
        parameters = Self.parameters(
            try StyledCheckpoint(checkpoint), configuration, countsHead: !headIsEmbedding)
        stored = checkpoint.tensors.reduce(into: [:]) { sums, info in
            sums[info.dtype.rawValue, default: Stored()].tensors += 1
            sums[info.dtype.rawValue, default: Stored()].bytes += info.byteCount
        }
        let text = configuration.text
        memory = Memory(
            running: 4 * parameters.total, runningBfloat16: 2 * parameters.total,
            runningInt8: try weights.byteCount(in: .int8), runningInt4: try weights.byteCount(in: .int4),
            training: 16 * parameters.total, trainingBfloat16: 18 * parameters.total,
            cachePerToken: 2 * 4 * text.layerCount * text.keyHeadCount * text.headSize)
        sideFiles = try checkpoint.sideFileNames.map {
            SideFile(name: $0, bytes: try checkpoint.sideFile($0)?.count ?? 0)
        }
        chatTemplates = try StoredTemplate.all(in: checkpoint)
        imageSettings =
            configuration.vision == nil
            ? [] : try PreprocessorSettings.find(.images, in: checkpoint)?.files ?? []
        missingImageSettings = try configuration.missingImageSettings(in: checkpoint)?.description
        let (moments, hasState) = (checkpoint.trainingTensors.count, checkpoint.trainerState != nil)
        trainingState =
            moments > 0 || hasState ? TrainingState(tensors: moments, hasTrainerState: hasState) : nil
    }

    private static func parameters(
        _ canonical: StyledCheckpoint, _ configuration: ModelConfiguration, countsHead: Bool
    ) -> Parameters {
        var parameters = Parameters()
        for info in canonical.tensors {
            if let connector = configuration.vision?.connectorPrefix, info.name.hasPrefix(connector) {
                parameters.connector += info.elementCount
            } else if configuration.vision?.prefixes.contains(where: { info.name.hasPrefix($0) }) == true {
                parameters.vision += info.elementCount
            } else if info.name.hasSuffix("lm_head.weight") {
                parameters.head += countsHead ? info.elementCount : 0
            } else {
                parameters.language += info.elementCount
            }
        }
        return parameters
    }
}

extension ModelReport {
    /// The bytes of the weights in memory as they are planned.
    fileprivate func weightBytes(_ plan: PlanArguments, in checkpoint: any CheckpointReader) -> Int {
        switch plan.quantize {
        case .int8: memory.runningInt8
        case .int4: memory.runningInt4
        case nil where checkpoint.storesCodes: stored.values.reduce(0) { $0 + $1.bytes }
        case nil: plan.dtype == .bfloat16 ? memory.runningBfloat16 : memory.running
        }
    }
}

extension ModelReport.Sizes {
    fileprivate init(_ configuration: ModelConfiguration) {
        let (text, vision) = (configuration.text, configuration.vision)
        self.init(
            textLayers: text.layerCount, textHidden: text.hiddenSize, textHeads: text.headCount,
            keyHeads: text.keyHeadCount, vocabulary: text.vocabularySize, visionBlocks: vision?.depth ?? 0,
            visionHidden: vision?.hiddenSize ?? 0)
    }
}

extension ModelReport {
    private var imageSettingsText: String {
        if let missingImageSettings { return "missing: \(missingImageSettings)" }
        if sizes.visionBlocks == 0 { return "none: a text model" }
        return imageSettings.isEmpty ? "config.json" : imageSettings.joined(separator: ", ")
    }

    /// The report for people.
    var text: String {
        let types = stored.sorted { $0.key < $1.key }.map {
            "\($0.key): \($0.value.tensors) tensors, \(byteText($0.value.bytes))"
        }
        let templates =
            chatTemplates.isEmpty
            ? ["none stored; a built-in one is used"] : chatTemplates.map(\.description)
        let rows: [(String, [String])] = [
            ("model", [location]),
            ("family", ["\(family), \(names) names, \(format)"]),
            ("identity", [identity ?? "none: safetensors have no hashes"]),
            (
                "sizes",
                [
                    "language: \(sizes.textLayers) layers of \(sizes.textHidden), \(sizes.textHeads) heads, "
                        + "\(sizes.keyHeads) for keys, vocabulary \(sizes.vocabulary)",
                    sizes.visionBlocks == 0
                        ? "no vision tower" : "vision: \(sizes.visionBlocks) blocks of \(sizes.visionHidden)",
                ]
            ),
            (
                "parameters",
                [
                    "\(parameters.total)",
                    "vision \(parameters.vision), connector \(parameters.connector), language \(parameters.language), "
                        + (headIsEmbedding ? "head is the embedding" : "head \(parameters.head)"),
                ]
            ),
            ("stored", types),
            (
                "memory",
                [
                    "to run: \(byteText(memory.running)) in float32, \(byteText(memory.runningBfloat16)) in bfloat16 (mapped where "
                        + "stored so), \(byteText(memory.runningInt8)) with --quantize int8, "
                        + "\(byteText(memory.runningInt4)) with int4, and \(byteText(memory.cachePerToken)) for each token",
                    "to train: \(byteText(memory.training)) in float32, \(byteText(memory.trainingBfloat16)) in bfloat16, and "
                        + "activations (weights, gradients, two moments)",
                ]
            ),
            ("chat template", templates),
            ("image settings", [imageSettingsText]),
            ("side files", sideFiles.map { "\($0.name) (\(byteText($0.bytes)))" }),
            ("training state", [trainingState.map { "\($0.tensors) tensors" } ?? "none"]),
            ("plan", plan?.lines ?? []),
        ]
        return rows.map { label, lines in
            let labels = [label] + Array(repeating: "", count: max(0, lines.count - 1))
            return zip(labels, lines).map {
                "\($0.padding(toLength: 16, withPad: " ", startingAt: 0))\($1)\n"
            }.joined()
        }.joined()
    }
}
