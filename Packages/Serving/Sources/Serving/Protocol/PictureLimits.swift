// Pictures of a request: only data: URLs, and every limit is checked before memory is taken.
internal import Foundation
internal import ImageInput

/// What pictures of a request may be.
public struct PictureLimits: Sendable, Equatable {
    /// The most pictures of a request.
    public var count = 16
    /// The most bytes of an encoded picture.
    public var bytes = 20 << 20
    /// The most pixels of a picture.
    public var pixels = 50_000_000
    /// The longest side in pixels.
    public var side = 20_000

    /// The defaults.
    public init() {}

    /// The encoded picture of a data: URL, its header checked.
    ///
    /// - Parameters:
    ///   - url: `data:image/...;base64,...`; nothing else is fetched or opened.
    ///   - param: The field, for errors.
    /// - Returns: The bytes, and the size in their header.
    /// - Throws: ``APIError`` 400 for anything else, 413 for a limit.
    func picture(_ url: String, param: String) throws(APIError) -> (bytes: [UInt8], width: Int, height: Int) {
        let head = url.utf8.prefix(5)
        guard
            head.elementsEqual("data:".utf8) || String(decoding: head, as: UTF8.self).lowercased() == "data:"
        else {
            throw .bad(
                param,
                "only data: URLs are accepted (data:image/png;base64,...); this server fetches no URL and "
                    + "opens no file")
        }
        // Four characters for every three bytes, and the media type before them.
        let most = bytes / 3 * 4 + 1024
        guard url.utf8.count <= most else {
            throw .tooLarge(
                param, "the data: URL has \(url.utf8.count) characters, the limit is \(most) (\(bytes) bytes)"
            )
        }
        let limits = ImageLimits(maxPixels: pixels, maxSide: side, maxBytes: bytes)
        do {
            let data = try loadImageBytes(url, relativeTo: "/", limits: limits)
            let size = try imageSize(data, name: "the picture", limits: limits)
            return (data, size.width, size.height)
        } catch let error as ImageError {
            throw Self.refusal(error, param)
        } catch {
            throw .bad(param, "the picture cannot be read")
        }
    }

    /// The answer to a picture that cannot be used.
    static func refusal(_ error: ImageError, _ param: String) -> APIError {
        if case .tooLarge = error { return .tooLarge(param, "\(error)") }
        return .bad(param, "\(error)")
    }
}
