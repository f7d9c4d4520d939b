// Options of the tools that run a model: what is not given keeps its default.
import ArgumentParser
import Testing
import VisionLanguageModel

@testable import ModelOptions

@Suite("Options of the tools that run a model")
struct ModelOptionsTests {
    @Test("Options that are not given keep the settings below them")
    func base() throws {
        var base = SamplingOptions()
        (base.temperature, base.topK, base.stop, base.seed) = (0.5, 20, ["\n"], 7)
        #expect(try SamplingArguments.parse([]).options(over: base) == base)
    }

    @Test("Options that are given replace the settings below them")
    func given() throws {
        let options = try SamplingArguments.parse([
            "--top-p", "0.9", "--stop", "a", "--stop", "b", "--max-tokens", "9", "--seed", "3",
            "--temperature", "0.7",
        ]).options(over: SamplingOptions())
        var wanted = SamplingOptions()
        (wanted.topP, wanted.stop, wanted.maxNewTokens) = (0.9, ["a", "b"], 9)
        (wanted.seed, wanted.temperature) = (3, 0.7)
        #expect(options == wanted)
        #expect(try SamplingArguments.parse(["--greedy"]).options(over: wanted).temperature == 0)
    }

    @Test("--greedy and --temperature contradict one another")
    func contradiction() {
        #expect(throws: (any Error).self) {
            _ = try SamplingArguments.parse(["--greedy", "--temperature", "1"])
        }
    }

    @Test("The engine's limits are those given")
    func limits() throws {
        let limits = try EngineArguments.parse(["--cache-bytes", "70000", "--speculation", "false"]).options
        #expect(limits.cacheBytes == 70000)
        #expect(limits.featureBytes == nil)
        #expect(!limits.guessesTokens)
        #expect(try EngineArguments.parse([]).options == EngineOptions())
    }
}
