// Videos in conversations: their place among images, which frames are taken, and folders of frames.
import Foundation
import ImageInput
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

@Suite("Videos in conversations")
struct VideoInputTests {
    private func processor(_ checkpoint: String) throws -> Processor {
        try LoadedModel(path: Fixtures.url("checkpoints/\(checkpoint)").path).processor
    }

    /// A folder with the same picture so many times.
    private func frames(_ count: Int, _ folder: TemporaryFolder) throws -> String {
        let path = folder.path("frames")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<count {
            try FileManager.default.copyItem(
                at: Fixtures.url("images/photo_b.png"), to: folder.url("frames/\(number).png"))
        }
        return path
    }

    @Test("Images and videos are asked for by number and stand in the order of the messages")
    func order() throws {
        let folder = TemporaryFolder()
        let processor = try processor("qwen25vl-tiny")
        let path = try frames(4, folder)
        let messages = [
            ChatMessage(role: .user, content: [.image, .video, .text("And?"), .image]),
            ChatMessage(role: .assistant, text: "Well."),
            ChatMessage(role: .user, content: [.video, .text("More?")]),
        ]
        var asked: [String] = []
        let visuals = try processor.visuals(messages) { index in
            asked.append("image \(index)")
            return try processor.image(Fixtures.bytes("images/gray.png"), name: "gray")
        } video: { index in
            asked.append("video \(index)")
            return try processor.video(path: path)
        }
        #expect(asked == ["image 0", "video 0", "image 1", "video 1"])
        #expect(visuals.map(\.isVideo) == [false, true, false, true])
        let prompt = try processor.prompt(messages, visuals: visuals)
        let expected = visuals.reduce(0) { $0 + $1.tokenCount }
        #expect(prompt.visualRows.count == expected)
    }

    @Test("A folder is a video of its pictures: two a step in Qwen2.5-VL, a tile each in InternVL")
    func folders() throws {
        let folder = TemporaryFolder()
        let path = try frames(6, folder)
        let qwen = try #require(try processor("qwen25vl-tiny").video(path: path).runs.first?.grid)
        #expect(qwen.steps == 3 && qwen.pace?.secondsPerStep == 1)
        let internVL = try processor("internvl-tiny-hf").video(path: path)
        #expect(internVL.pixels.shape[0] == 6 && internVL.runs.count == 6)
    }

    @Test("How films are sampled follows the family and refuses what it has no use for")
    func sampling() throws {
        var qwen = try processor("qwen25vl-tiny")
        #expect(qwen.videoReader.sampling == .qwenUtils())
        try qwen.sampleVideos(framesPerSecond: 4, mostFrames: 2)
        #expect(qwen.videoReader.sampling == .qwenUtils(framesPerSecond: 4, fewest: 2, most: 2))
        #expect(throws: ModelError.self) { try qwen.sampleVideos(framesPerSecond: 0, mostFrames: nil) }
        #expect(throws: ModelError.self) { try qwen.sampleVideos(framesPerSecond: nil, mostFrames: 1) }
        var internVL = try processor("internvl-tiny-hf")
        #expect(internVL.videoReader.sampling == .segments(8))
        try internVL.sampleVideos(framesPerSecond: nil, mostFrames: 16)
        #expect(internVL.videoReader.sampling == .segments(16))
        #expect(throws: ModelError.self) { try internVL.sampleVideos(framesPerSecond: 2, mostFrames: nil) }
    }
}
