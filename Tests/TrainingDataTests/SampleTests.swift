// Samples in use: chat messages, images, supervised answers, and the order of training.
import Foundation
import Testing
import Tokenizer

@testable import TrainingData

private func sample(_ messages: [(ChatMessage.Role, String)], images: [String] = []) -> Sample {
    Sample(
        id: "s", task: .yorn, messages: messages.map { Sample.Message(role: $0.0, text: $0.1) },
        images: images,
        solutions: ["yes"])
}

@Suite struct SampleTests {
    @Test("Markers become parts in their order, and empty texts vanish")
    func markers() {
        let sample = sample([(.system, "Be brief."), (.user, "<image><image>Which <video>one?\n<image>")])
        #expect(
            sample.chatMessages == [
                ChatMessage(role: .system, content: [.text("Be brief.")]),
                ChatMessage(
                    role: .user, content: [.image, .image, .text("Which "), .video, .text("one?\n"), .image]),
            ])
        #expect(sample.question == "Which one?")
    }

    @Test("A combining mark after a marker does not hide it")
    func combiningMark() {
        #expect(parts(of: "<image>\u{301}x") == [.image, .text("\u{301}x")])
        #expect(parts(of: "<imag<image>") == [.text("<imag"), .image])
        #expect(parts(of: "").isEmpty)
    }

    @Test("The prompt ends with the last user turn and the assistant's turn follows it")
    func prompt() {
        let open = sample([(.user, "a"), (.assistant, "b"), (.user, "c")])
        #expect(open.prompt.count == 3 && open.assistantTurn == nil)
        let answered = sample([(.user, "a"), (.assistant, "b")])
        #expect(answered.prompt == [ChatMessage(role: .user, content: [.text("a")])])
        #expect(answered.assistantTurn == "b")
    }

    @Test("A supervised answer holds rationale and gold between tags")
    func supervised() throws {
        var sample = sample([(.user, "a")])
        #expect(try supervisedAnswer(sample) == "<think></think><answer>yes</answer>")
        sample.rationale = "I see."
        #expect(try supervisedAnswer(sample) == "<think>I see.</think><answer>yes</answer>")
        sample.task = .grounding
        sample.boxes = [Box(x1: 1, y1: 2, x2: 3, y2: 4)]
        let text = try supervisedAnswer(sample) { "\($0.count) box at \(Int($0.first?.x1 ?? 0))" }
        #expect(text == "<think>I see.</think><answer>1 box at 1</answer>")
        sample.messages.append(Sample.Message(role: .assistant, text: "as written"))
        #expect(try supervisedAnswer(sample) == "as written")
    }

    @Test("Images are found beside the file, by absolute path and in data URIs")
    func images() throws {
        let path = try temporaryFile([1, 2, 3], name: "a.png")
        var sample = sample(
            [(.user, "<image><image><image>")], images: ["a.png", path, "data:image/png;base64,AQID"])
        sample.imageFolder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try checkImages([sample])
        for index in 0..<3 { #expect(try sample.imageData(index) == Data([1, 2, 3])) }
        #expect(sample.imagePath(0) == path)
    }

    @Test(
        "A missing image is named with the row",
        arguments: ["gone.png", "data:image/png;base64,@@", "data:,x", "."])
    func missingImages(path: String) throws {
        var bad = sample([(.user, "<image>")], images: [path])
        (bad.file, bad.line, bad.imageFolder) = ("rows.jsonl", 4, "/tmp")
        let error = #expect(throws: SampleError.self) { try checkImages([bad]) }
        #expect(error?.description.hasPrefix("rows.jsonl:4: image ") == true)
        #expect(throws: SampleError.self) { try bad.imageData(0) }
        let (kept, rejects) = try checkImages([bad, sample([(.user, "x")])], rejects: .collect)
        #expect(kept.count == 1 && rejects.map(\.line) == [4])
    }
}

@Suite struct BatchOrderTests {
    @Test("Every epoch holds every sample once, in an order of its own")
    func epochs() {
        let order = BatchOrder(sampleCount: 103, seed: 7)
        let all = (0..<30).flatMap { order.indices(at: 103 * $0..<103 * ($0 + 1)) }
        let epochs = (0..<30).map { Array(all[($0 * 103)..<(($0 + 1) * 103)]) }
        #expect(epochs.allSatisfy { $0.sorted() == Array(0..<103) })
        #expect(Set(epochs).count == 30)
    }

    @Test("The batch size changes where batches end, not the order", arguments: [1, 2, 7, 64, 250])
    func batchSizes(size: Int) {
        let order = BatchOrder(sampleCount: 50, seed: 1)
        let single = (0..<(size * 4)).flatMap { order.indices(at: $0..<$0 + 1) }
        #expect((0..<4).flatMap { order.indices(at: size * $0..<size * ($0 + 1)) } == single)
    }

    @Test("The order is a function of the seed and stays the same for good")
    func seeds() {
        let order = BatchOrder(sampleCount: 10, seed: 42)
        #expect(
            order.indices(at: 12..<16)
                == BatchOrder(sampleCount: 10, seed: 42).indices(at: 12..<16))
        #expect(order.permutation(epoch: 0) != BatchOrder(sampleCount: 10, seed: 43).permutation(epoch: 0))
        #expect(BatchOrder(sampleCount: 1, seed: 9).indices(at: 15..<18) == [0, 0, 0])
    }

    @Test("First places are spread evenly")
    func uniform() {
        var counts = [Int](repeating: 0, count: 5)
        let order = BatchOrder(sampleCount: 5, seed: 3)
        for epoch in 0..<5000 { counts[order.permutation(epoch: epoch)[0]] += 1 }
        #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
    }
}
