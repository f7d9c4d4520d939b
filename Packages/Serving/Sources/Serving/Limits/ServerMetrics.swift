// The numbers of /metrics, in Prometheus' text format; names as in vLLM where it has one.
internal import Basics
internal import Synchronization
internal import VisionLanguageModel

/// Counts and times since the server started.
final class ServerMetrics: Sendable {
    private struct Histogram {
        let bounds: [Double]
        var counts: [Int]
        var sum = 0.0

        init(_ bounds: [Double]) {
            (self.bounds, counts) = (bounds, [Int](repeating: 0, count: bounds.count + 1))
        }

        mutating func add(_ value: Double) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
            sum += value
        }
    }

    /// What is timed.
    enum Timing: String, CaseIterable {
        case firstToken = "vllm:time_to_first_token_seconds"
        case betweenTokens = "vllm:inter_token_latency_seconds"
        case request = "vllm:e2e_request_latency_seconds"
        case picture = "r1_image_prepare_seconds"

        var help: String {
            switch self {
            case .firstToken: "Seconds from a complete request to its first token."
            case .betweenTokens: "Seconds between two tokens of an answer."
            case .request: "Seconds of a request that was answered."
            case .picture: "Seconds to decode, resize and normalize a picture."
            }
        }
    }

    private struct Numbers {
        var times: [Timing: Histogram] = [:]
        var finished: [String: Int] = [:]
        var responses: [Int: Int] = [:]
        /// Seconds for a prompt token, averaged over the latest requests.
        var perPromptToken: Double?
        var perPixel: Double?
    }

    private static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 600,
    ]
    private let numbers = Mutex(Numbers())

    init() {}

    func add(_ timing: Timing, _ duration: Duration) {
        numbers.withLock { numbers in
            numbers.times[timing, default: Histogram(Self.bounds)].add(duration / .seconds(1))
        }
    }

    func countAnswer(_ reason: FinishReason) {
        numbers.withLock { $0.finished[reason.rawValue, default: 0] += 1 }
    }

    func countResponse(_ status: Int) { numbers.withLock { $0.responses[status, default: 0] += 1 } }

    func measurePrompt(_ tokens: Int, _ duration: Duration) {
        guard tokens > 0 else { return }
        numbers.withLock { Self.average(&$0.perPromptToken, duration / .seconds(1) / Double(tokens)) }
    }

    func measurePicture(_ pixels: Int, _ duration: Duration) {
        add(.picture, duration)
        numbers.withLock { Self.average(&$0.perPixel, duration / .seconds(1) / Double(max(1, pixels))) }
    }

    private static func average(_ value: inout Double?, _ new: Double) {
        value = value.map { 0.8 * $0 + 0.2 * new } ?? new
    }

    /// Seconds that a picture will take before the first token, from those before it; nil when none was measured.
    func predicted(pixels: Int, tokens: Int) -> Double? {
        numbers.withLock { numbers in
            guard let pixel = numbers.perPixel, let token = numbers.perPromptToken else { return nil }
            return pixel * Double(pixels) + token * Double(tokens)
        }
    }

    /// The text of /metrics.
    ///
    /// - Parameters:
    ///   - engine: The engine's numbers.
    ///   - model: The model that takes new requests, if there is one.
    /// - Returns: Lines in the text format of Prometheus.
    func text(_ engine: EngineStatistics, model: ServedModel?) -> String {
        let numbers = numbers.withLock { $0 }
        var lines: [String] = []
        func add(_ name: String, _ kind: String, _ help: String, _ values: [(String, Double)]) {
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"]
            lines += values.map { "\(name)\($0) \(Self.short($1))" }
        }
        func gauge(_ name: String, _ help: String, _ value: Int) {
            add(name, "gauge", help, [("", Double(value))])
        }
        if let model {
            let labels = [
                ("model", model.id), ("version", model.version), ("fingerprint", model.fingerprint),
            ]
            add(
                "r1_model_info", "gauge", "The model that answers new requests.",
                [("{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}", 1)])
        }
        gauge("vllm:num_requests_running", "Answers that get tokens now.", engine.running)
        gauge("vllm:num_requests_waiting", "Requests that wait.", engine.waiting)
        let used = engine.pageCount > 0 ? Double(engine.usedPages) / Double(engine.pageCount) : 0
        add("vllm:kv_cache_usage_perc", "gauge", "Used part of the cache, 0 to 1.", [("", used)])
        gauge("r1_cache_used_pages", "Pages of the cache that requests hold.", engine.usedPages)
        gauge("r1_cache_bytes", "Bytes of keys and values.", engine.cacheBytes)
        gauge("r1_feature_bytes", "Bytes of picture features.", engine.featureBytes)
        func counter(_ name: String, _ help: String, _ value: Int) {
            add(name, "counter", help, [("", Double(value))])
        }
        counter("vllm:prompt_tokens_total", "Prompt tokens.", engine.promptTokens)
        counter(
            "vllm:prefix_cache_hits_total", "Prompt tokens that were in the cache.", engine.cachedTokens)
        counter("vllm:generation_tokens_total", "Generated tokens.", engine.generatedTokens)
        counter("vllm:num_preemptions_total", "Answers pushed out for want of pages.", engine.pushedOut)
        counter(
            "vllm:spec_decode_num_draft_tokens_total", "Tokens that were guessed.", engine.guessedTokens)
        counter(
            "vllm:spec_decode_num_accepted_tokens_total", "Guessed tokens that were right.",
            engine.rightGuesses)
        counter("r1_engine_steps_total", "Steps of the engine.", engine.steps)
        let finished = numbers.finished.sorted { $0.key < $1.key }
        add(
            "vllm:request_success_total", "counter", "Answers by the reason of their end.",
            finished.map { ("{finished_reason=\"\($0.key)\"}", Double($0.value)) })
        let responses = numbers.responses.sorted { $0.key < $1.key }
        add(
            "r1_http_responses_total", "counter", "Responses by status.",
            responses.map { ("{status=\"\($0.key)\"}", Double($0.value)) })
        for timing in Timing.allCases {
            let times = numbers.times[timing] ?? Histogram(Self.bounds)
            lines += ["# HELP \(timing.rawValue) \(timing.help)", "# TYPE \(timing.rawValue) histogram"]
            var total = 0
            for (bound, count) in zip(times.bounds.map(Self.short) + ["+Inf"], times.counts) {
                total += count
                lines.append("\(timing.rawValue)_bucket{le=\"\(bound)\"} \(total)")
            }
            lines += ["\(timing.rawValue)_sum \(Self.short(times.sum))", "\(timing.rawValue)_count \(total)"]
        }
        if let resident = Self.residentBytes() {
            gauge("process_resident_memory_bytes", "Resident memory.", resident)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A label's value.
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func residentBytes() -> Int? {
        // Systems without the file report no resident memory.
        guard let text = try? readRegularFile("/proc/self/status") else { return nil }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("VmRSS:") {
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
                $0 << 10
            }
        }
        return nil
    }
}
