// The reference's conversations as rows of the record, and what it answered to them.
import Checkpoint
import Foundation
import TestKit
import Testing

/// One golden conversation of a tiny checkpoint.
struct InferCase: CustomTestStringConvertible, Sendable {
    let checkpoint, name: String

    var testDescription: String { "\(checkpoint).\(name)" }

    /// The conversations with the tiny model, which is the one whose weights and tokenizer are both fixtures.
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
            struct Part: Decodable { let type: String, text: String?, image: String? }
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
        struct Answer: Decodable { let ids: [Int32] }
        let messages: [Message]
        let images: [String]
        let template_kwargs: Template
        let greedy: Answer
        let penalised: Answer

        enum CodingKeys: String, CodingKey {
            case messages, images, template_kwargs, greedy
            case penalised = "greedy_rp1.05"
        }
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

    /// The conversation as a row whose id is the case's name; numbers before its pictures are written out on request.
    func row(writingNumbers: Bool = true) throws -> String {
        if checkpoint.hasPrefix("internvl") { return try internVLRow() }
        let golden = try golden()
        var pictures = 0
        let messages = golden.messages.map { message in
            guard case .parts(let parts) = message.content else {
                if case .text(let text) = message.content { return ["role": message.role, "content": text] }
                return [:]
            }
            let texts = parts.map { part in
                guard part.type == "image" else { return part.text ?? "" }
                pictures += 1
                let isNumbered = writingNumbers && golden.template_kwargs.add_vision_id == true
                return (isNumbered ? "Picture \(pictures): " : "") + "<image>"
            }
            return ["role": message.role, "content": texts.joined()]
        }
        let row: [String: Any] = [
            "id": name, "messages": messages, "images": try golden.images.map(Self.imagePath),
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self) + "\n"
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
