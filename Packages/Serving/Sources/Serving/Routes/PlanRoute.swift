// POST /v1/vision/plan: what the model will see of a picture, before it is asked about it.
internal import Hummingbird
internal import NIOPosix
internal import StrictJSON
internal import VisionLanguageModel

/// Plans pictures.
struct PlanRoute: Sendable {
    let parts: ServerParts

    /// Answers `{"image_url": {"url": "data:..."}}`.
    func respond(_ request: Request) async throws -> Response {
        let model = try parts.model()
        let place = try parts.admission.enter()
        var request = request
        let body = try await parts.body(of: &request)
        let value: OrderedJSON
        do { value = try OrderedJSON(parsing: body) } catch {
            throw APIError.bad(nil, "the body is not JSON: at byte \(error.offset): \(error.reason)")
        }
        let fields = try Fields(value)
        guard let url = try fields.object("image_url")?.text("url") else {
            throw fields.bad("image_url", "an object with a data: URL under url")
        }
        let sent = try parts.options.pictures.picture(url, param: "image_url.url")
        let picture = SentPicture(
            bytes: sent.bytes, width: sent.width, height: sent.height, param: "image_url.url")
        let metrics = parts.metrics
        let visual = try await NIOThreadPool.singleton.runIfActive {
            try Prepared.visual(picture, model, metrics)
        }
        let pixels = visual.originalSize.width * visual.originalSize.height
        let seconds = metrics.predicted(pixels: pixels, tokens: visual.tokenCount)
        _ = place
        return .json(
            .fields([
                "object": .string("vision.plan"), "model": .string(model.id),
                "original": Self.size(Double(visual.originalSize.width), Double(visual.originalSize.height)),
                "resized": Self.size(visual.answerBoxSize.width, visual.answerBoxSize.height),
                "seen_as": .string(visual.seenAs), "tokens": .int(visual.tokenCount),
                "predicted_seconds": seconds.map { .decimal($0) } ?? .null,
            ]))
    }

    private static func size(_ width: Double, _ height: Double) -> OrderedJSON {
        func number(_ value: Double) -> OrderedJSON {
            Int(exactly: value).map { .int($0) } ?? .decimal(value)
        }
        return .fields(["width": number(width), "height": number(height)])
    }
}
