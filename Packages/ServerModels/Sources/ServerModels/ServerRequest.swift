// A question as a request of OpenAI's protocol.
internal import BenchmarkRuns
internal import Benchmarks
internal import Checkpoint
internal import Foundation
internal import StrictJSON
internal import Tokenizer

/// The body of a chat request, and hashes of what it shows.
struct ServerRequest {
    /// JSON.
    let body: [UInt8]
    /// SHA-256 of the messages without pictures.
    let promptHash: String
    /// SHA-256 of the pictures' files; empty without pictures.
    let pixelHash: String
    /// Width and height of the declared plane of boxes on the first picture.
    let boxPlane: [Double]?

    /// A request.
    ///
    /// - Parameters:
    ///   - question: The question.
    ///   - model: The model's name.
    ///   - settings: How it is to be answered.
    ///   - plane: The plane that the model writes boxes in; nil when it is not known.
    /// - Throws: What reading a picture throws, and `BenchmarkRunError.badRow` for a row with a video.
    init(
        _ question: ModelQuestion, model: String, _ settings: AnswerSettings, _ plane: BoxPlane?
    ) throws {
        let images = try question.prompt.images.map { try question.row.pictureBytes($0) }
        var next = 0
        var (shown, hashed): ([JSONValue], [JSONValue]) = ([], [])
        for message in question.prompt.messages {
            var (parts, texts): ([JSONValue], [JSONValue]) = ([], [])
            for part in message.content {
                switch part {
                case .text(let text):
                    parts.append(.object(["type": .string("text"), "text": .string(text)]))
                    texts.append(.string(text))
                case .image:
                    let data = Data(images[next])
                    let kind = Self.kind(of: images[next])
                    let url = "data:image/\(kind);base64,\(data.base64EncodedString())"
                    parts.append(
                        .object(["type": .string("image_url"), "image_url": .object(["url": .string(url)])]))
                    texts.append(.null)
                    next += 1
                case .video:
                    throw BenchmarkRunError.badRow(
                        question.row.location,
                        "a row with a video cannot be sent to a server; use a checkpoint")
                }
            }
            let role = JSONValue.string(message.role.rawValue)
            shown.append(.object(["role": role, "content": .array(parts)]))
            hashed.append(.object(["role": role, "content": .array(texts)]))
        }
        var request: JSONObject = [
            "model": .string(model), "messages": .array(shown), "temperature": .number(settings.temperature),
            "top_p": .number(settings.topP), "max_tokens": .number(Double(settings.maxNewTokens)),
            "n": .number(Double(settings.samples)), "seed": .number(Double(settings.seed)),
        ]
        if !settings.stop.isEmpty { request["stop"] = .array(settings.stop.map(JSONValue.string)) }
        body = try Array(JSONEncoder().encode(request))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        promptHash = sha256(Array(try encoder.encode(hashed)))
        boxPlane = try images.first.flatMap {
            try plane?.size(of: $0, name: "\(question.row.location): image 1")
        }
        pixelHash = images.isEmpty ? "" : sha256(images.flatMap { Array(sha256($0).utf8) })
    }

    /// The type of a picture's file by its first bytes; servers decode by content.
    private static func kind(of bytes: [UInt8]) -> String {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "png" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "gif" }
        if bytes.starts(with: Array("RIFF".utf8)) { return "webp" }
        return "jpeg"
    }
}
