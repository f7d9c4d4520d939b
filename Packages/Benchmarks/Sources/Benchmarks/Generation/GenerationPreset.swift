// How a harness generates answers: values that can change a score, so a run writes them into its manifest.

/// Settings of generation as a program has them for a benchmark.
public struct GenerationPreset: Sendable, Equatable, Codable {
    /// The program whose settings these are.
    public enum Harness: String, Sendable, Codable, CaseIterable {
        /// VLMEvalKit.
        case vlmevalkit
        /// lmms-eval.
        case lmms
        /// This project.
        case r1
    }

    /// The family of the model, which decides how pictures become tokens.
    public enum Family: String, Sendable, Codable, CaseIterable {
        /// Qwen2.5-VL: limits of pixels.
        case qwen25VL
        /// InternVL: tiles.
        case internVL
    }

    /// The program.
    public var harness: Harness
    /// The most new tokens of an answer.
    public var maxNewTokens: Int
    /// Whether only the most probable token is drawn.
    ///
    /// VLMEvalKit asks Qwen2.5-VL for top-k 1, which is the same.
    public var isGreedy = true
    /// Qwen2.5-VL: pictures with fewer pixels are enlarged to this; nil leaves it to the checkpoint.
    public var minPixels: Int?
    /// Qwen2.5-VL: pictures with more pixels are reduced to this; nil leaves it to the checkpoint.
    public var maxPixels: Int?
    /// InternVL: the most tiles of a picture; nil leaves it to the checkpoint.
    public var maxTiles: Int?
    /// InternVL: the most tiles of all pictures of a row together.
    public var maxTilesOfRow: Int?
    /// Both sides of every picture are multiplied by this first, bilinearly (VLMEvalKit's InternVL: 2 for MMMU).
    public var pictureScale = 1
    /// Texts that end an answer.
    public var stopStrings: [String] = []
    /// Texts that lmms-eval's task names as ends, whether or not its program of the model obeys them: `qwen2_5_vl` ignores
    /// the empty line, and `internvl2` and `internvl3` ignore all.
    public var taskStopStrings: [String] = []

    /// The settings of a program.
    ///
    /// - Parameters:
    ///   - harness: The program. lmms-eval's are those of its `qwen2_5_vl`.
    ///   - benchmark: The benchmark.
    ///   - family: The family of the model.
    ///   - thinks: Whether the model reasons first; only this project's limit depends on it.
    public init(
        as harness: Harness, benchmark: Benchmark, family: Family = .qwen25VL, thinks: Bool = false
    ) {
        self.harness = harness
        switch (harness, family) {
        case (.vlmevalkit, .qwen25VL):
            (maxNewTokens, minPixels, maxPixels) = (2048, 1280 * 28 * 28, 16384 * 28 * 28)
        case (.vlmevalkit, .internVL):
            maxNewTokens = 4096
            maxTiles = benchmark == .chartqa || benchmark == .mmmu ? 12 : 6
            maxTilesOfRow = 64
            pictureScale = benchmark == .mmmu ? 2 : 1
        case (.lmms, _):
            maxNewTokens = Self.lmmsTokens(benchmark) ?? (family == .qwen25VL ? 32768 : 1024)
            // A task without ends of its own gets the empty line.
            taskStopStrings = benchmark == .mmbench ? ["ASSISTANT:"] : ["\n\n"]
            if family == .qwen25VL {
                (minPixels, maxPixels) = (256 * 28 * 28, 1_605_632)
                stopStrings = taskStopStrings.filter { $0 != "\n\n" }
            }
        case (.r1, _): maxNewTokens = thinks ? 4096 : 2048
        }
    }

    /// The limit of lmms-eval's task; nil leaves it to the program of the model.
    private static func lmmsTokens(_ benchmark: Benchmark) -> Int? {
        switch benchmark {
        case .chartqa, .ai2d: 16
        case .mmmu: 128
        case .refcoco: 512
        case .mmbench: 1024
        case .mathvista, .mathvision: 16384
        case .mmstar, .custom: nil
        }
    }
}
