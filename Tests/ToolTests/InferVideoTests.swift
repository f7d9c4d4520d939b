// Videos through r1-infer: rows with videos and images in any order, chats, positions by release.
import Basics
import Foundation
import TestKit
import Testing

@Suite("r1-infer with videos")
struct InferVideoTests {
    /// A folder of 16 equal frames: eight steps, later in time than a frame is wide.
    private func frames(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path("frames")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for number in 0..<16 {
            try FileManager.default.copyItem(
                at: Fixtures.url("images/photo_b.png"), to: folder.url("frames/\(number + 10).png"))
        }
        return path
    }

    /// Ids of the tiny model that stand for pixels.
    private let imageID: Int32 = 768, videoID: Int32 = 769

    @Test(
        "A row shows videos and images where its markers stand; positions follow the release that is asked for"
    )
    func rows() throws {
        let folder = TemporaryFolder()
        _ = try frames(folder)
        let image = Fixtures.url("images/gray.png").path
        let row =
            #"{"messages":[{"role":"user","content":"<video>Then <image>what?"}],"images":["\#(image)"],"#
            + #""videos":["frames"]}"# + "\n"
        let input = try folder.write("rows.jsonl", row)
        func answer(_ extra: String...) throws -> InferLine {
            let result = try run(
                "r1-infer",
                ["generate", tinyModel, "--input", input, "--greedy", "--max-tokens", "4"] + extra)
            return try #require(try InferLine.read(result.output).first, "\(result.errors)")
        }
        let classical = try answer()
        let pads = classical.promptTokenIDs.filter { [imageID, videoID].contains($0) }
        let (first, last) = (try #require(pads.first), try #require(pads.last))
        #expect(first == videoID && last == imageID)
        let later = try answer("--video-positions", "afterFrame")
        #expect(later.promptTokenIDs == classical.promptTokenIDs)
        #expect(later.logProbabilities != classical.logProbabilities)
    }

    @Test("A video that is not there or does not fit the model is named")
    func refused() throws {
        let folder = TemporaryFolder()
        let missing = try folder.write(
            "rows.jsonl", #"{"messages":[{"role":"user","content":"<video>?"}],"videos":["none.mp4"]}"# + "\n"
        )
        let result = try run("r1-infer", ["generate", tinyModel, "--input", missing])
        #expect(
            result.exitCode == 1 && result.errors.contains("rows.jsonl:1")
                && result.errors.contains("none.mp4"))
        let rate = try run(
            "r1-infer",
            [
                "generate", InferInternVL.model, "--input",
                folder.write("q.jsonl", InferInternVL.oneImage.row()), "--fps", "2",
            ])
        #expect(rate.exitCode == 1 && rate.errors.contains("frames per second"))
        let row =
            #"{"messages":[{"role":"user","content":"<video>?"}],"videos":[{"path":""#
            + (try frames(folder)) + #"","fps":1}]}"# + "\n"
        let own = try run(
            "r1-infer", ["generate", InferInternVL.model, "--input", folder.write("own.jsonl", row)])
        #expect(
            own.exitCode == 1
                && own.errors.contains("own.jsonl:1: the family internvl takes a number of frames"),
            "\(own.errors)")
    }

    @Test("A chat shows a video with its first message and saves it in its row")
    func chat() throws {
        let folder = TemporaryFolder()
        let path = try frames(folder)
        let saved = folder.path("saved.jsonl")
        let result = try run(
            "r1-infer", ["chat", tinyModel, "--video", path, "--greedy", "--max-tokens", "3"],
            input: "What moves?\n/save \(saved)\n")
        try #require(result.exitCode == 0, "\(result.errors)")
        let row = try String(contentsOfFile: saved, encoding: .utf8)
        #expect(row.contains("<video>What moves?") && row.contains("\"videos\":[\"\(path)\"]"))
    }
}
