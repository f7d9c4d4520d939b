// Measures the generation engine on a checkpoint: speeds by the number of sequences, what shared beginnings save, and a
// group of answers that needs far more memory than its cache may have.
//
//     engine-benchmark MODEL [bfloat16] [speed | batches | group | limit | lookup]...
//     engine-benchmark MODEL figures bfloat16|int8|int4
//     engine-benchmark MODEL perplexity bfloat16|int8|int4 LENGTH FILE...
import Basics
import Foundation
import TensorMath
import VisionLanguageModel

/// Answers requests on a new engine; returns the seconds and the engine.
func measure(
    _ loaded: LoadedModel, _ requests: [GenerationRequest], _ options: EngineOptions = EngineOptions(),
    everyStep: (EngineStatistics) -> Void = { _ in }
) throws -> (seconds: Double, engine: GenerationEngine) {
    let engine = loaded.engine(options)
    let start = ContinuousClock.now
    for request in requests { _ = try engine.submit(request) }
    while engine.hasWork {
        for case .failed(_, let error) in try engine.step() { throw error }
        everyStep(engine.statistics)
    }
    return ((ContinuousClock.now - start) / .seconds(1), engine)
}

/// A prompt of `count` tokens of text.
func prompt(_ loaded: LoadedModel, _ count: Int, seed: Int = 0) throws -> Prompt {
    let text = String(
        repeating: "The quick brown fox \(seed) jumps over the lazy dog, then sleeps. ", count: count)
    let ids = loaded.processor.tokenizer.encode(text, specialTokens: .asText).prefix(count)
    return try Prompt(ids: Array(ids), visuals: [], configuration: loaded.model.configuration)
}

/// A request whose answers have exactly `tokens` tokens: end tokens are as good as impossible.
func request(
    _ loaded: LoadedModel, _ prompt: Prompt, answers: Int = 1, number: Int = 0, tokens: Int
) -> GenerationRequest {
    var request = GenerationRequest(prompt: prompt, answerCount: answers, number: UInt64(number))
    request.options.maxNewTokens = tokens
    for name in ["<|im_end|>", "<|endoftext|>"] {
        if let id = loaded.processor.tokenizer.id(ofToken: name) { request.options.logitBias[id] = -100 }
    }
    return request
}

func row(_ name: String, _ value: Double, _ unit: String) {
    print(name.padding(toLength: 64, withPad: " ", startingAt: 0), String(format: "%10.1f %@", value, unit))
}

/// Tokens per second of prompts, of one sequence and of several.
func speed(_ loaded: LoadedModel) throws {
    let long = try measure(loaded, [request(loaded, try prompt(loaded, 512), tokens: 1)])
    row("prompt of 512 tokens", 512 / long.seconds, "tokens/s")
    try sequences(loaded, [1, 8, 32, 128], EngineOptions())
}

/// Tokens per second of several sequences, with the limits of rollouts: answers may depend on those beside them.
func batches(_ loaded: LoadedModel) throws {
    var options = EngineOptions()
    options.isolation = .none
    try sequences(loaded, [8, 16, 32, 64, 128], options)
}

private func sequences(_ loaded: LoadedModel, _ counts: [Int], _ options: EngineOptions) throws {
    for count in counts {
        let requests = try (0..<count).map {
            request(loaded, try prompt(loaded, 64, seed: $0), number: $0, tokens: 65)
        }
        // The first token of each comes with its prompt, which another run measures.
        let prompts = try measure(loaded, requests.map { request(loaded, $0.prompt, tokens: 1) }, options)
        let all = try measure(loaded, requests, options)
        let tokens = Double(all.engine.statistics.generatedTokens - count)
        row(
            "\(count) sequences after prompts of 64 tokens", tokens / (all.seconds - prompts.seconds),
            "tokens/s")
    }
}

/// A group of 8 answers against 8 requests, and a prompt that was answered before.
func group(_ loaded: LoadedModel) throws {
    let prompt = try prompt(loaded, 512)
    let once = try measure(loaded, [request(loaded, prompt, tokens: 1)])
    let group = try measure(loaded, [request(loaded, prompt, answers: 8, tokens: 1)])
    row("prompt of 512 tokens, 1 answer", 1000 * once.seconds, "ms")
    row("prompt of 512 tokens, 8 answers", 1000 * group.seconds, "ms")
    let start = ContinuousClock.now
    _ = try group.engine.submit(request(loaded, prompt, number: 1, tokens: 1))
    while group.engine.hasWork { _ = try group.engine.step() }
    row("the same prompt again", 1000 * ((ContinuousClock.now - start) / .seconds(1)), "ms")
}

/// 512 answers of up to 1,024 tokens within 64 MiB of cache.
func limit(_ loaded: LoadedModel) throws {
    var options = EngineOptions()
    options.cacheBytes = 64 << 20
    var (most, steps) = (0, 0)
    let whole = request(loaded, try prompt(loaded, 60), answers: 512, tokens: 1024)
    MemoryStatistics.resetPeak()
    let before = MemoryStatistics.liveBytes
    let (seconds, engine) = try measure(loaded, [whole], options) {
        most = max(most, $0.cacheBytes)
        steps += 1
    }
    let statistics = engine.statistics
    guard most <= options.cacheBytes ?? 0, statistics.usedPages == 0 else {
        throw ModelError.badPrompt("\(most) bytes of cache, \(statistics.usedPages) pages held in the end")
    }
    guard statistics.generatedTokens == 512 * 1024 else {
        throw ModelError.badPrompt("\(statistics.generatedTokens) tokens, expected 512 x 1,024")
    }
    row("512 answers: tokens", Double(statistics.generatedTokens), "")
    row("512 answers: seconds", seconds, "s")
    row("512 answers: tokens per second", Double(statistics.generatedTokens) / seconds, "tokens/s")
    row("512 answers: most bytes of cache (limit 64)", Double(most) / Double(1 << 20), "MiB")
    row(
        "512 answers: most bytes of all tensors",
        Double(MemoryStatistics.peakBytes - before) / Double(1 << 20), "MiB")
    row("512 answers: answers pushed out", Double(statistics.pushedOut), "")
    row("512 answers: steps", Double(steps), "")
}

let parts: [(name: String, run: (LoadedModel) throws -> Void)] = [
    ("speed", speed), ("batches", batches), ("group", group), ("limit", limit), ("lookup", lookup),
]
let arguments = Array(CommandLine.arguments.dropFirst())
let isNarrow = arguments.dropFirst().first == "bfloat16"
let chosen = Set(arguments.dropFirst(isNarrow ? 2 : 1))
let form = arguments.count > 2 ? WeightForm(rawValue: arguments[2]) : nil
do {
    switch (arguments.dropFirst().first, form) {
    case ("figures", let form?) where arguments.count == 3: try figures(arguments[0], form)
    case ("perplexity", let form?) where arguments.count > 4:
        guard let length = Int(arguments[3]), length > 1 else { fallthrough }
        try perplexity(arguments[0], form, length: length, Array(arguments[4...]))
    default:
        guard !arguments.isEmpty, chosen.isSubset(of: parts.map(\.name)) else {
            FileHandle.standardError.write(
                Data(
                    """
                    usage: engine-benchmark MODEL [bfloat16] [speed | batches | group | limit | lookup]...
                           engine-benchmark MODEL figures bfloat16|int8|int4
                           engine-benchmark MODEL perplexity bfloat16|int8|int4 LENGTH FILE...

                    """.utf8))
            exit(64)
        }
        let loaded = try LoadedModel(path: arguments[0], compute: isNarrow ? .bfloat16 : .float32)
        print("\(blasDescription()); \(Threads.count) threads; kernels \(KernelLevel.best)")
        for part in parts where chosen.isEmpty || chosen.contains(part.name) { try part.run(loaded) }
    }
} catch {
    FileHandle.standardError.write(Data("engine-benchmark: \(error)\n".utf8))
    exit(1)
}
