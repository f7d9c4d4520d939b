// The reference's conversations as rows of the record, and what it answered to them.
import Basics
import Checkpoint
import Foundation
import ImageInput
import TestKit
import Testing

/// One golden conversation of a tiny checkpoint.
struct InferCase: CustomTestStringConvertible, Sendable {
    let checkpoint, name: String

    var testDescription: String { "\(checkpoint).\(name)" }

    /// The conversations with the tiny model without videos.
    static let tiny = [
        "text_only", "text_default_system", "one_image", "two_images_ids", "wide_image", "tall_image",
        "multi_turn", "exif_tiny",
    ].map { InferCase(checkpoint: "qwen25vl-tiny", name: $0) }

    /// What the reference was asked and what it answered.
    struct Golden: Decodable {
        struct Message: Decodable {
            let role: String
            let content: Content
        }
        /// A text, or texts and images in order.
        enum Content: Decodable {
            struct Part: Decodable { let type: String, text: String? }
            case text(String), parts([Part])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                } else {
                    self = .parts(try container.decode([Part].self))
                }
            }
        }
        struct Template: Decodable { let add_vision_id: Bool? }
        let messages: [Message]
        let images: [String]
        let videos: [String]
        let template_kwargs: Template
    }

    private func file(_ ending: String) -> URL { Fixtures.url("goldens/\(checkpoint).\(name).\(ending)") }

    func golden() throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file("json")))
    }

    /// An array of the golden's numbers.
    func numbers<T>(_ key: String, as type: T.Type) throws -> [T] {
        try openCheckpoint(file("safetensors").path).withBytes(of: key) { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: T.self)
            }
        }
    }

    /// Whether the reference was asked for an answer with repetition penalty 1.05 too.
    func isPenalised() throws -> Bool {
        try openCheckpoint(file("safetensors").path).tensors.contains { $0.name == "greedy_rp1.05.ids" }
    }

    /// The reference's greedy answer.
    func answer() throws -> [Int32] { try numbers("greedy.ids", as: Int32.self) }

    /// The conversation as a row whose id is the case's name.
    ///
    /// - Parameters:
    ///   - writingNumbers: Whether numbers before pictures and videos are written out where the reference had
    ///   them.
    ///   - answer: Tokens to score.
    ///   - folder: Where the frames of videos are put.
    /// - Returns: A line of JSON.
    /// - Throws: What reading the golden throws.
    func row(
        writingNumbers: Bool = true, answer: [Int32]? = nil, in folder: TemporaryFolder? = nil
    ) throws -> String {
        var row = checkpoint.hasPrefix("internvl") ? try internVLRow() : try qwenRow(writingNumbers, folder)
        row["tokenIDs"] = answer
        return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self) + "\n"
    }

    private func qwenRow(_ writingNumbers: Bool, _ folder: TemporaryFolder?) throws -> [String: Any] {
        let golden = try golden()
        var (pictures, videos) = (0, 0)
        let messages = golden.messages.map { message in
            guard case .parts(let parts) = message.content else {
                if case .text(let text) = message.content { return ["role": message.role, "content": text] }
                return [:]
            }
            let texts = parts.map { part in
                let isNumbered = writingNumbers && golden.template_kwargs.add_vision_id == true
                switch part.type {
                case "image":
                    pictures += 1
                    return (isNumbered ? "Picture \(pictures): " : "") + "<image>"
                case "video":
                    videos += 1
                    return (isNumbered ? "Video \(videos): " : "") + "<video>"
                default: return part.text ?? ""
                }
            }
            return ["role": message.role, "content": texts.joined()]
        }
        return [
            "id": name, "messages": messages, "images": try golden.images.map(Self.imagePath),
            "videos": try golden.videos.map { try Self.frames($0, in: #require(folder)) },
        ]
    }

    /// The conversation of InternVL, whose files say a question, pictures and the text that they were laid
    /// out to.
    private func internVLRow() throws -> [String: Any] {
        struct Golden: Decodable {
            let question, text: String
            let images: [String]
        }
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file("json")))
        let system = "You are a careful assistant."
        var messages = golden.text.contains(system) ? [["role": "system", "content": system]] : []
        let pictures = String(repeating: "<image>", count: golden.images.count)
        messages.append(["role": "user", "content": pictures + golden.question])
        return ["id": name, "messages": messages, "images": try golden.images.map(Self.imagePath)]
    }

    /// A video of the goldens as a folder of frames, with its rate.
    private static func frames(_ name: String, in folder: TemporaryFolder) throws -> [String: Any] {
        struct Videos: Decodable {
            struct Video: Decodable {
                let fps: Double
                let frames_hw: [Int]
            }
            let videos: [String: Video]
        }
        let golden = try TestKit.Golden("videos")
        let video = try #require(try golden.details(Videos.self).videos[name])
        let (height, width) = (video.frames_hw[0], video.frames_hw[1])
        let (bytes, size) = (try golden.bytes("\(name).frames_u8"), 3 * height * width)
        try FileManager.default.createDirectory(at: folder.url(name), withIntermediateDirectories: true)
        for number in 0..<bytes.count / size {
            let pixels = Array(bytes[number * size..<(number + 1) * size])
            let frame = RGBImage(width: width, height: height, pixels: pixels)
            try Data(frame.png()).write(to: folder.url("\(name)/\(number).png"))
        }
        return ["path": folder.path(name), "fps": video.fps]
    }

    static func imagePath(_ name: String) throws -> String {
        let paths = ["png", "jpg"].map { Fixtures.url("images/\(name).\($0)").path }
        return try #require(paths.first { FileManager.default.fileExists(atPath: $0) })
    }
}

/// A line that `generate` or `score` wrote.
struct InferLine: Decodable, Equatable {
    let id: String
    let tokenIDs, promptTokenIDs: [Int32]
    let logProbabilities: [Float]
    let text, finishReason: String?
    let sample: Int?
    let boxes: [[Double]]?

    static func read(_ text: String) throws -> [InferLine] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(InferLine.self, from: Data($0.utf8)) }
    }

    static func read(file: String) throws -> [InferLine] {
        try read(String(decoding: Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self))
    }
}

/// The tiny model.
let tinyModel = Fixtures.url("checkpoints/qwen25vl-tiny").path

/// The largest distance between two rows of numbers; infinite when their lengths differ.
func largestDistance(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
