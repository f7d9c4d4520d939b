// Packed batches: what is packed beside a row never changes the row, forward or backward.
import TestKit
import Testing

@testable import Basics
@testable import TensorMath
@testable import Tokenizer
@testable import VisionLanguageModel

@Suite("Packed batches")
struct PackingTests {
    private let training: TrainingCase

    init() throws { training = try TrainingCase() }

    private func gradients(_ batch: PackedBatch) -> Gradients { Self.gradients(training.model, batch) }

    private static func gradients(_ model: LanguageModel, _ batch: PackedBatch) -> Gradients {
        let weights = [Float](repeating: -0.1, count: batch.targets.count)
        return model.parameters.gradients { model.logProbabilities(batch).values.weightedSum(weights) }
            .gradients
    }

    @Test("Answers that share a prompt have the log-probabilities and gradients of rows alone")
    func sharedPrompt() throws {
        let prompt = try training.prompt("one_image")
        let answers: [[Int32]] = [[5, 6, 7, 758], [9], [10, 11], [5, 6, 8, 9, 10, 11, 12, 13, 758]]
        var shared = PackedBatch()
        shared.append(prompt, answers: answers)
        var apart = PackedBatch()
        for answer in answers { apart.append(prompt, answers: [answer]) }
        #expect(shared.rowCount == prompt.ids.count + answers.reduce(0) { $0 + $1.count - 1 })
        #expect(apart.rowCount == shared.rowCount + 3 * prompt.ids.count)
        let (together, separate) = (
            answerLogProbabilities(training.model, shared), answerLogProbabilities(training.model, apart)
        )
        for (index, answer) in answers.enumerated() {
            var single = PackedBatch()
            single.append(prompt, answers: [answer])
            let alone = answerLogProbabilities(training.model, single)[0]
            expectClose(together[index], alone, absolute: 1e-5, "shared prompt, answer \(index)")
            expectClose(separate[index], alone, absolute: 1e-5, "own prompt, answer \(index)")
        }
        try expectClose(gradients(shared), gradients(apart), relativeL2: 2e-5)
    }

    @Test("Rows with 0, 1 and 2 images in one batch are the reference's, and those of rows alone")
    func mixed() throws {
        let names = ["text_only", "one_image", "two_images_ids", "text_default_system"]
        var batch = PackedBatch()
        for name in names {
            let answer = try Golden("qwen25vl-tiny.\(name)").integers("greedy.ids")
            batch.append(try training.prompt(name), answers: [answer])
        }
        let found = answerLogProbabilities(training.model, batch)
        var sum: Gradients?
        for (index, name) in names.enumerated() {
            let golden = try Golden("qwen25vl-tiny.\(name)")
            expectClose(found[index], try golden.floats("greedy.logprobs"), absolute: 1e-4, name)
            var single = PackedBatch()
            single.append(try training.prompt(name), answers: [try golden.integers("greedy.ids")])
            expectClose(found[index], answerLogProbabilities(training.model, single)[0], absolute: 1e-5, name)
            let part = gradients(single)
            if sum == nil { sum = part } else { sum?.add(part) }
        }
        try expectClose(gradients(batch), try #require(sum), relativeL2: 2e-5)
    }

    @Test(
        "Rows with 0, 1, 2 and 3 images of different sizes in one batch are those of rows alone",
        arguments: TrainedFamily.allCases)
    func upToThreeImages(_ family: TrainedFamily) throws {
        let training = try TrainingCase(family)
        let pictures = ["photo_a", "wide", "gray"]
        let prompts = try (0...3).map { count in
            let images = Array(repeating: ChatMessage.Part.image, count: count)
            let visuals = try pictures.prefix(count).map {
                try training.loaded.processor.image(Fixtures.bytes("images/\($0).png"), name: $0)
            }
            let message = ChatMessage(role: .user, content: images + [.text("What is it?")])
            return try training.loaded.processor.prompt([message], visuals: visuals)
        }
        func rows(_ range: Range<Int>) -> PackedBatch {
            var batch = PackedBatch()
            for index in range { batch.append(prompts[index], answers: [[5, 6, Int32(7 + index), 758]]) }
            return batch
        }
        let together = answerLogProbabilities(training.model, rows(0..<4))
        var sum = Gradients.none(training.model.parameters)
        for index in prompts.indices {
            let row = rows(index..<index + 1)
            expectClose(
                together[index], answerLogProbabilities(training.model, row)[0], absolute: 1e-5,
                "\(index) images")
            sum.add(Self.gradients(training.model, row))
        }
        try expectClose(Self.gradients(training.model, rows(0..<4)), sum, relativeL2: 2e-5)
    }

    @Test("A batch of text alone leaves the vision tower without gradients")
    func textAlone() throws {
        var batch = PackedBatch()
        batch.append(try training.prompt("text_only"), answers: [[1, 2, 3]])
        let gradients = gradients(batch)
        for (name, tensor) in zip(gradients.names, gradients.tensors) {
            #expect((tensor == nil) == name.hasPrefix("visual."), "\(name)")
        }
    }

    @Test("An empty answer adds nothing, an answer of one token only its prediction")
    func shortAnswers() throws {
        let prompt = try training.prompt("text_only")
        var batch = PackedBatch()
        batch.append(prompt, answers: [[], [7], []])
        #expect(batch.rowCount == prompt.ids.count && batch.targets == [7])
        #expect(batch.answerRanges == [0..<0, 0..<1, 1..<1])
        #expect(batch.scoredRows == [prompt.ids.count - 1])
    }
}
