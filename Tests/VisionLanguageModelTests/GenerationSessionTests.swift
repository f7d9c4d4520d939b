// Conversations whose computed part is kept: the same answers as computing anew, and how much is taken over.
import Basics
import Foundation
import ImageInput
import ModelFamilies
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

@Suite("A session that keeps what it has computed")
struct GenerationSessionTests {
    private let options: SamplingOptions = {
        var options = SamplingOptions.greedy
        options.maxNewTokens = 12
        return options
    }()

    /// Answers with a session and anew; the answers must agree.
    private func answer(
        _ session: inout GenerationSession, _ loaded: LoadedModel, _ prompt: Prompt
    ) throws -> Generation {
        let kept = try session.answer(prompt, number: 0, options: options)
        let anew = try loaded.engine.generate(
            [GenerationRequest(prompt: prompt, number: 0)], options: options)[0][0]
        #expect(kept.ids == anew.ids)
        expectClose(kept.logProbabilities, anew.logProbabilities, absolute: 1e-5, "log-probabilities")
        return kept
    }

    private func image(_ name: String, _ loaded: LoadedModel) throws -> VisionInput {
        try loaded.processor.image(Fixtures.bytes("images/\(name)"), name: name)
    }

    private func user(_ text: String) -> ChatMessage {
        ChatMessage(role: .user, content: [.image, .text(text)])
    }

    private func commonCount(_ a: [Int32], _ b: [Int32]) -> Int { zip(a, b).prefix { $0 == $1 }.count }

    @Test(
        "The second and third turn compute only what is new, with the numbers of computing all",
        arguments: ["qwen25vl-tiny", "internvl-tiny-hf", "internvl-internlm2-tiny-orig"])
    func turns(_ checkpoint: String) throws {
        let loaded = try LoadedModel(path: Fixtures.url("checkpoints/\(checkpoint)").path)
        var session = GenerationSession(loaded.engine)
        var messages = [user("What is it?")]
        var visuals = [try image("photo_a.png", loaded)]
        let first = try loaded.processor.prompt(messages, visuals: visuals)
        let answer1 = try answer(&session, loaded, first)
        #expect(session.reusedCount == 0)
        // The answer as text, of whose tokens some may be others: then only the tokens before them are taken over.
        messages += [
            ChatMessage(
                role: .assistant,
                text: loaded.processor.tokenizer.decode(answer1.ids, skipSpecialTokens: true)),
            user("And this?"),
        ]
        visuals.append(try image("gray.png", loaded))
        let second = try loaded.processor.prompt(messages, visuals: visuals)
        _ = try answer(&session, loaded, second)
        #expect(session.reusedCount == commonCount(first.ids + answer1.ids.dropLast(), second.ids))
        #expect(session.reusedCount >= first.ids.count)
        // The same prompt again: all but its last token is there.
        _ = try answer(&session, loaded, second)
        #expect(session.reusedCount == second.ids.count - 1)
        // Going back to the first turn, as /undo does.
        _ = try answer(&session, loaded, first)
        #expect(session.reusedCount == first.ids.count - 1)
    }

    @Test("Another picture of the same size is looked at, and so is all that follows it")
    func otherPicture() throws {
        let loaded = try LoadedModel(path: ReferenceCase.oneImage.path)
        var session = GenerationSession(loaded.engine)
        let decoded = try decodeImage(Fixtures.bytes("images/gray.png"), name: "gray")
        let dark = RGBImage(
            width: decoded.width, height: decoded.height, pixels: decoded.pixels.map { $0 / 2 })
        let prompts = try [decoded, dark].map {
            try loaded.processor.prompt(
                [user("What is it?")], visuals: [loaded.processor.image($0.png(), name: "one")])
        }
        try #require(prompts[0].ids == prompts[1].ids)
        let first = try answer(&session, loaded, prompts[0])
        let second = try answer(&session, loaded, prompts[1])
        #expect(session.reusedCount == prompts[1].visualRows.first)
        #expect(first.logProbabilities != second.logProbabilities)
    }

    @Test("Tokens that stand elsewhere are computed anew: a video by another release's rule")
    func otherPlaces() throws {
        let reference = ReferenceCase(checkpoint: "qwen25vl-tiny", name: "video_v2")
        let loaded = try LoadedModel(path: reference.path)
        var session = GenerationSession(loaded.engine)
        let (classical, later) = (try reference.prompt(), try reference.prompt(.afterFrame))
        try #require(classical.ids == later.ids)
        _ = try answer(&session, loaded, classical)
        _ = try answer(&session, loaded, later)
        // The video itself is where it was; what follows it is not.
        #expect(session.reusedCount == (try #require(later.visualRows.last)) + 1)
    }

    @Test("Where angles depend on the length of the prompt, a longer one takes over no more than they allow")
    func dynamicAngles() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/internvl-internlm2-tiny-orig", to: "model")
        let file = URL(fileURLWithPath: path + "/config.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains("\"max_position_embeddings\": 32768"))
        try Data(
            text.replacingOccurrences(
                of: "\"max_position_embeddings\": 32768", with: "\"max_position_embeddings\": 120"
            ).utf8
        ).write(to: file)
        let loaded = try LoadedModel(path: path)
        var session = GenerationSession(loaded.engine)
        for question in [
            "Count to three, then to four, and go on until ten.", "Count to three, then to four, stop.",
        ] {
            let prompt = try loaded.processor.prompt(
                [ChatMessage(role: .user, text: question)], visuals: [])
            // Beyond the trained length, and within what its factor of 2 reaches.
            try #require((121...240).contains(prompt.ids.count))
            _ = try answer(&session, loaded, prompt)
        }
        // Only the first token does not turn at all.
        #expect(session.reusedCount == 1)
    }

    @Test("An answer that was stopped is gone on from")
    func stopped() throws {
        let loaded = try LoadedModel(path: ReferenceCase.oneImage.path)
        var session = GenerationSession(loaded.engine)
        let prompt = try ReferenceCase.textOnly.prompt()
        var count = 0
        let cut = try session.answer(
            prompt, number: 0, options: options, shouldStop: { count == 3 }, onToken: { _ in count += 1 })
        #expect(cut.ids.count == 3)
        let whole = try answer(&session, loaded, prompt)
        #expect(whole.ids.prefix(3) == cut.ids[...] && session.reusedCount == prompt.ids.count - 1)
    }
}
