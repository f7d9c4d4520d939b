// The figures that scripts/bench-infer.py compares with llama.cpp: one run of one form of the weights.
import Basics
import Foundation
import VisionLanguageModel

/// How the benchmarked model holds its weights.
enum WeightForm: String, CaseIterable {
    case bfloat16, int8, int4

    var quantization: Quantization {
        switch self {
        case .bfloat16: .stored
        case .int8: .codes(.int8)
        case .int4: .codes(.int4)
        }
    }
}

/// Gigabytes per second at which all threads read memory that is in no cache.
func memoryBandwidth() -> Double {
    let byteCount = 1 << 30
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 1 << 21)
    defer { memory.deallocate() }
    inParallel(byteCount, grain: 1) { memset(memory + $0.lowerBound, 0, $0.count) }
    let speeds = (0..<5).map { _ in
        let start = ContinuousClock.now
        inParallel(byteCount, grain: 1) { part in
            // Looks for a byte that is not there: the C library reads as fast as the memory delivers.
            guard memchr(memory + part.lowerBound, 1, part.count) == nil else { fatalError("not zero") }
        }
        return Double(byteCount) * 1e-9 / ((ContinuousClock.now - start) / .seconds(1))
    }
    return speeds.sorted()[2]
}

/// Seconds per token of `count` sequences after prompts of 64 tokens, without guessed tokens.
private func secondsPerStep(_ loaded: LoadedModel, _ count: Int, tokens: Int) throws -> Double {
    var options = EngineOptions()
    options.guessesTokens = false
    let requests = try (0..<count).map {
        request(loaded, try prompt(loaded, 64, seed: $0), number: $0, tokens: tokens + 1)
    }
    let prompts = try measure(loaded, requests.map { request(loaded, $0.prompt, tokens: 1) }, options)
    let all = try measure(loaded, requests, options)
    return (all.seconds - prompts.seconds) / Double(tokens)
}

/// Prints `NAME VALUE` lines for one form of the weights.
func figures(_ path: String, _ form: WeightForm) throws {
    let loaded = try LoadedModel(path: path, compute: .bfloat16, quantization: form.quantization)
    func figure(_ name: String, _ value: Double) { print(name, value) }
    // Maps the weights and builds the libraries' kernels.
    _ = try measure(loaded, [request(loaded, try prompt(loaded, 512), tokens: 2)])
    figure("bandwidth", memoryBandwidth())
    let long = try measure(loaded, [request(loaded, try prompt(loaded, 512, seed: 1), tokens: 1)])
    figure("prefill", 512 / long.seconds)
    figure("one", try 1 / secondsPerStep(loaded, 1, tokens: 32))
    guard form == .bfloat16 else { return }
    figure("many", try 32 / secondsPerStep(loaded, 32, tokens: 16))
    let once = try measure(loaded, [request(loaded, try prompt(loaded, 512, seed: 2), tokens: 1)])
    let group = try measure(
        loaded, [request(loaded, try prompt(loaded, 512, seed: 3), answers: 8, tokens: 1)])
    figure("group", group.seconds / once.seconds)
}

/// Prints the perplexity of the text of files, which the model reads in pieces of `length` tokens.
///
/// Pieces of at most 16 tokens go through the kernels of decoding, those of more than 64 through those of prompts.
func perplexity(_ path: String, _ form: WeightForm, length: Int, _ files: [String]) throws {
    let loaded = try LoadedModel(path: path, compute: .bfloat16, quantization: form.quantization)
    let text = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n")
    let ids = loaded.processor.tokenizer.encode(text, specialTokens: .asText)
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: ids.count - 1, by: length) {
        let piece = Array(ids[start..<min(ids.count, start + length)])
        guard piece.count > 1 else { break }
        let first = try Prompt(ids: [piece[0]], visuals: [], configuration: loaded.model.configuration)
        var batch = PackedBatch()
        batch.append(first, answers: [Array(piece.dropFirst())])
        sum -= loaded.model.logProbabilities(batch).values.elements.reduce(0) { $0 + Double($1) }
        count += piece.count - 1
    }
    print("perplexity", exp(sum / Double(count)), "tokens", count)
}
