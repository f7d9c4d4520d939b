// r1-infer score: the reference's numbers, and agreement with what generate reports.
import Basics
import Foundation
import TestKit
import Testing

@Suite("r1-infer score")
struct InferScoreTests {
    @Test("The answer inside a conversation has the log-probabilities that the reference gives its tokens")
    func reference() throws {
        let golden = InferCase(checkpoint: "qwen25vl-tiny", name: "multi_turn")
        // The reference scored the whole conversation; its first answer is ours to score.
        let ids = try golden.numbers("input_ids", as: Int32.self)
        let expected = try golden.numbers("next_token_logprobs", as: Float.self)
        let folder = TemporaryFolder()
        let image = Fixtures.url("images/gray.png").path
        let row = """
            {"messages":[{"role":"user","content":"<image>How many red squares?"},\
            {"role":"assistant","content":"There are two, near the left edge."}],"images":["\(image)"]}
            """
        let input = try folder.write("rows.jsonl", row + "\n")
        let result = try run("r1-infer", ["score", tinyModel, "--input", input])
        let line = try #require(try InferLine.read(result.output).first, "\(result.errors)")
        let count = line.promptTokenIDs.count
        #expect(line.promptTokenIDs + line.tokenIDs == Array(ids.prefix(count + line.tokenIDs.count)))
        let slice = expected[(count - 1)..<(count - 1 + line.tokenIDs.count)]
        #expect(largestDistance(line.logProbabilities, Array(slice)) < 1e-4)
    }

    @Test(
        "A generated answer scores as generate reported it",
        arguments: [(InferCase.tiny[2], tinyModel), (InferInternVL.oneImage, InferInternVL.model)])
    func agreesWithGenerate(_ reference: InferCase, _ model: String) throws {
        let folder = TemporaryFolder()
        let row = try reference.row()
        let input = try folder.write("rows.jsonl", row)
        let drawn = try run(
            "r1-infer", ["generate", model, "--input", input, "--samples", "40", "--max-tokens", "2"])
        let answers = try InferLine.read(drawn.output)
        let rows = try answers.map { answer in
            try Self.answer(row, #require(answer.text)).replacingOccurrences(
                of: "\"\(reference.name)\"", with: "\"\(answer.sample ?? 0)\"")
        }
        let result = try run(
            "r1-infer", ["score", model, "--input", folder.write("answered.jsonl", rows.joined())])
        let scored = try InferLine.read(result.output)
        try #require(scored.count == answers.count, "\(result.errors)")
        // Not every draw is what the tokenizer makes of its text; those that are must agree.
        let same = zip(answers, scored).filter { $0.tokenIDs == $1.tokenIDs.dropLast() }
        #expect(same.count > 3)
        for (answer, score) in same {
            #expect(answer.promptTokenIDs == score.promptTokenIDs)
            #expect(largestDistance(answer.logProbabilities, score.logProbabilities.dropLast()) < 1e-4)
        }
    }

    @Test("A row scores alone as among others; markers in an answer are text; temperature divides the logits")
    func batches() throws {
        let folder = TemporaryFolder()
        let rows = try InferCase.tiny.map { try $0.row() }
        let texts = ["Yes.", "<|im_end|>", "{\"bbox_2d\": [1, 2, 3, 4]}", "\u{e9}\u{301} 数", ""]
        let answered = try folder.write(
            "answered.jsonl",
            texts.enumerated().map { number, text in Self.answer(rows[number], text) }.joined())
        func scores(_ file: String, _ extra: String...) throws -> [InferLine] {
            let result = try run("r1-infer", ["score", tinyModel, "--input", file] + extra)
            try #require(result.exitCode == 0, "\(result.errors)")
            return try InferLine.read(result.output)
        }
        let together = try scores(answered)
        #expect(
            together.allSatisfy { $0.tokenIDs.count == $0.logProbabilities.count && $0.tokenIDs.last == 758 })
        #expect(together.last?.tokenIDs == [758])
        // A marker in a text is text: only the last token ends the turn.
        #expect(together[1].tokenIDs.filter { $0 == 758 }.count == 1)
        for (number, text) in texts.enumerated() {
            let one = try folder.write("one.jsonl", Self.answer(rows[number], text))
            // Log-probabilities down to -21, whose last digit is 2e-6; batches of other sizes round
            // otherwise.
            #expect(
                largestDistance(try scores(one)[0].logProbabilities, together[number].logProbabilities) < 2e-5
            )
        }
        let hot = try scores(answered, "--temperature", "2")
        #expect(largestDistance(hot[0].logProbabilities, together[0].logProbabilities) > 0.01)
    }

    @Test("A row without an answer is an error that says what is expected where")
    func noAnswer() throws {
        let folder = TemporaryFolder()
        let rows =
            try InferCase.tiny[0].row() + #"{"messages":[{"role":"user","content":"Hi"}],"solution":"Yes"}"#
            + "\n"
        let result = try run(
            "r1-infer", ["score", tinyModel, "--input", try folder.write("rows.jsonl", rows)])
        #expect(result.exitCode == 1 && result.output.isEmpty)
        #expect(
            result.errors.contains("rows.jsonl:1: expected the answer to score as a last turn"),
            "\(result.errors)")
    }

    @Test(
        "Tokens to score are ids of the model, and the only answer of their row",
        arguments: [
            (
                #"{"messages":[{"role":"user","content":"Hi"}],"tokenIDs":[1,800]}"#,
                "from 0 to 799, found 800"
            ),
            (#"{"messages":[{"role":"user","content":"Hi"}],"tokenIDs":[-1]}"#, "found -1"),
            (#"{"messages":[{"role":"user","content":"Hi"}],"tokenIDs":[1,"2"]}"#, "found a list of 2"),
            (#"{"messages":[{"role":"user","content":"Hi"}],"tokenIDs":[]}"#, "expected a list of token ids"),
            (#"{"messages":[{"role":"user","content":"Hi"}],"tokenIDs":3}"#, "found the number 3"),
            (
                #"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}],"tokenIDs":[1]}"#,
                "two answers to score"
            ),
        ])
    func wrongTokens(_ row: String, _ message: String) throws {
        let folder = TemporaryFolder()
        let input = try folder.write("rows.jsonl", row + "\n")
        let result = try run("r1-infer", ["score", tinyModel, "--input", input])
        #expect(result.exitCode == 1 && result.output.isEmpty)
        #expect(
            result.errors.contains("rows.jsonl:1: ") && result.errors.contains(message), "\(result.errors)")
    }

    /// The row with one more turn.
    private static func answer(_ row: String, _ text: String) -> String {
        let quoted = (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let turn = #", {"role": "assistant", "content": \#(quoted)}]"#
        // The messages are the only list of objects in a row.
        return row.replacingOccurrences(of: "}]", with: "}\(turn)")
    }
}
