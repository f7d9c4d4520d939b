// What r1-infer is shown: numbered images, films, and boxes in both directions.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import ImageInput
@testable import Rewards
@testable import TrainingData

@Suite("r1-infer and what it sees")
struct InferSeeingTests {
    private let folder = TemporaryFolder()
    /// The shipped model, which answers with boxes, and its pictures; `image` has 140 x 112 pixels.
    private let model = root.appendingPathComponent("Checkpoints/small-qwen25vl.h5").path
    private let pictures = root.appendingPathComponent("Examples/handwritten/images")
    private var image: String { pictures.appendingPathComponent("train-00003.png").path }

    private static let root = Fixtures.url("").deletingLastPathComponent().deletingLastPathComponent()

    /// Makes the model see larger pictures; `image` in 224 x 168 pixels.
    private let larger = ["--min-pixels", "31360", "--max-pixels", "37632"]

    private func question(_ digit: Int) -> String { "Locate the digit \(digit). Give its bounding box." }

    /// The row of a picture and a question.
    private func row(_ image: String, _ question: String) throws -> String {
        let row: [String: Any] = [
            "id": image, "messages": [["role": "user", "content": "<image>" + question]], "images": [image],
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self) + "\n"
    }

    @Test("Boxes are given in pixels of the original, beside the answer as it is, and drawn there")
    func boxes() throws {
        let names = (0..<10).map { pictures.appendingPathComponent("test-0000\($0).png").path }
        let rows = try names.enumerated().map { try row($1, question($0)) }
        let input = try folder.write("rows.jsonl", rows.joined())
        let settings = ["--greedy", "--max-tokens", "80", "--repetition-penalty", "1"] + larger
        let result = try run("r1-infer", ["generate", model, "--input", input] + settings)
        let lines = try InferLine.read(result.output)
        try #require(lines.count == 10, "\(result.errors)")
        var processor = QwenImageProcessor()
        (processor.minPixels, processor.maxPixels) = (31_360, 37_632)
        for (line, name) in zip(lines, names) {
            let size = try imageSize(bytes(name), name: name)
            let seen = try processor.resizedSize(width: size.width, height: size.height)
            try #require(seen.width > size.width && seen.height > size.height)
            let written = readBoxes(in: line.text ?? "").map {
                $0.scaled(
                    x: Double(size.width) / Double(seen.width), y: Double(size.height) / Double(seen.height))
            }
            #expect(line.boxes ?? [] == written.map { [$0.x1, $0.y1, $0.x2, $0.y2] })
        }
        // Which of them the model answers with a box may change with the model; that some are must not.
        let index = try #require(lines.firstIndex { $0.boxes != nil }, "\(lines.map(\.text))")
        let drawing = folder.path("found.png")
        let chat = try run(
            "r1-infer",
            ["chat", model, "--image", names[index], "--prompt", question(index), "--draw", drawing]
                + settings)
        try #require(chat.exitCode == 0 && chat.output == (lines[index].text ?? "") + "\n", "\(chat.errors)")
        let boxes = (lines[index].boxes ?? []).map {
            DrawnBox(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3])
        }
        let said = readBoxes(in: chat.errors)
        #expect(said.count == boxes.count, "\(chat.errors)")
        for (a, b) in zip(said, boxes) { #expect(abs(a.x1 - b.left) < 0.06 && abs(a.y2 - b.bottom) < 0.06) }
        let original = try decodeImage(bytes(names[index]), name: names[index])
        #expect(try decodeImage(bytes(drawing), name: drawing) == original.drawing(boxes))
    }

    @Test("A box on the original is put behind the message in the model's coordinates")
    func boxInPrompt() throws {
        let saved = folder.path("chat.jsonl")
        let script = "/box 41 56 83 98\nWhich digit is in\n/save \(saved)\n"
        let result = try run(
            "r1-infer",
            [
                "chat", model, "--image", image, "--box", "0,0,140,112", "--max-tokens", "1",
            ] + larger, input: script)
        try #require(result.exitCode == 0, "\(result.errors)")
        let row = String(decoding: try Data(contentsOf: folder.url("chat.jsonl")), as: UTF8.self)
        #expect(row.contains("<image>Which digit is in [[0, 0, 224, 168], [66, 84, 133, 147]]"), "\(row)")
        for wrong in ["1 2 3", "1 2 3 x", "1 2 3 1e300", "1 2 3 nan"] {
            let result = try run(
                "r1-infer", ["chat", model, "--image", image, "--box", wrong], input: "Hi\n")
            #expect(result.exitCode != 0 && result.errors.contains("four edges of a box"), "\(result.errors)")
        }
        let nowhere = try run("r1-infer", ["chat", model, "--box", "1 2 3 4", "--prompt", "Hi"])
        #expect(nowhere.exitCode != 0 && nowhere.errors.contains("show an image"), "\(nowhere.errors)")
    }

    @Test("Without a box nothing is drawn, and a drawing is a PNG")
    func nothingToDraw() throws {
        let drawing = folder.path("none.png")
        let start = ["chat", tinyModel, "--image", image, "--prompt", "Hi", "--max-tokens", "1", "--draw"]
        let result = try run("r1-infer", start + [drawing])
        #expect(result.exitCode == 0 && result.errors.contains("no box in the answer"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: drawing))
        let other = try run("r1-infer", start + [folder.path("none.jpg")])
        #expect(other.exitCode == 64 && other.errors.contains("end in .png"), "\(other.errors)")
    }

    @Test("--add-vision-id gives the reference's ids and answer; a template without numbers refuses it")
    func numbers() throws {
        let golden = InferCase(checkpoint: "qwen25vl-tiny", name: "two_images_ids")
        let input = try folder.write("rows.jsonl", golden.row(writingNumbers: false))
        let result = try run(
            "r1-infer",
            [
                "generate", tinyModel, "--input", input, "--greedy", "--max-tokens", "8", "--add-vision-id",
            ])
        let line = try #require(try InferLine.read(result.output).first, "\(result.errors)")
        #expect(line.promptTokenIDs == (try golden.numbers("input_ids", as: Int32.self)))
        #expect(line.tokenIDs == Array(try golden.answer().prefix(8)))
        let refused = try run(
            "r1-infer",
            [
                "generate", Fixtures.url("checkpoints/internvl-tiny-hf").path, "--input", input,
                "--add-vision-id",
            ])
        #expect(
            refused.exitCode != 0 && refused.errors.contains("does not number images"), "\(refused.errors)")
    }

    @Test("A film goes through the ffmpeg on PATH; without one the message says what to install")
    func film() throws {
        let film = try folder.write("film.mp4", "a film")
        let programs = folder.url("programs")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        let start = ["chat", tinyModel, "--video", film, "--prompt", "Hi", "--greedy", "--max-tokens", "1"]
        let refused = try run("r1-infer", start, environment: ["PATH": programs.path])
        #expect(refused.exitCode != 0)
        #expect(refused.errors.contains("needs the program ffprobe (ffmpeg)"), "\(refused.errors)")
        let scripts = [
            "ffprobe":
                #"echo '{"streams":[{"width":2,"height":1,"avg_frame_rate":"4/1","nb_read_packets":"8"}]}'"#,
            "ffmpeg": #"for i in 1 2 3 4; do printf 'P6\n2 1\n255\nabcdef'; done"#,
        ]
        for (name, body) in scripts {
            let script = try folder.write("programs/\(name)", "#!/bin/sh\n\(body)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        }
        let result = try run("r1-infer", start, environment: ["PATH": programs.path])
        #expect(result.exitCode == 0 && !result.output.isEmpty, "\(result.errors)")
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
