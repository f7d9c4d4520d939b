// One picture or video of a row, checked once however many rows show it.
internal import Basics
internal import Foundation
internal import ImageInput
internal import TrainingData

/// What is known of a picture after its check.
enum CheckedPicture: Sendable {
    /// A usable picture: its sides in pixels, and the hash of its bytes.
    case usable(width: Int, height: Int, content: Digest)
    /// A video that is there.
    case video
    /// It cannot be used.
    case unusable(Finding.Kind, problem: String, advice: String)

    /// Checks a picture.
    ///
    /// - Parameters:
    ///   - path: The file, or a `data:` URI.
    ///   - decodes: Whether the whole picture is decoded; otherwise its header and checksums or end marker decide.
    init(path: String, decodes: Bool) {
        let bytes: [UInt8]
        do {
            bytes = try loadImageBytes(path, relativeTo: ".")
        } catch {
            self = .unusable(
                .missingPicture, problem: "\(error)", advice: "put the file there, or correct the path")
            return
        }
        do {
            let name = String(path.prefix(100))
            let size = try imageSize(bytes, name: name)
            if decodes { _ = try decodeImage(bytes, name: name) } else { try checkImage(bytes, name: name) }
            guard max(size.width, size.height) <= 200 * min(size.width, size.height) else {
                self = .unusable(
                    .extremeShape,
                    problem:
                        "\(size.width) x \(size.height) pixels; one side may be at most 200 times the other",
                    advice: "crop the picture, or remove the row")
                return
            }
            self = .usable(width: size.width, height: size.height, content: Digest(bytes))
        } catch {
            self = .unusable(
                .damagedPicture, problem: "\(error)",
                advice: "fetch the file again, or save it in a format that can be read")
        }
    }

    /// Checks that a video, or its folder of frames, is there.
    init(video path: String) {
        do {
            try requireRegularFile(path, orFolder: true)
            self = .video
        } catch {
            self = .unusable(
                .missingPicture, problem: "\(error)", advice: "put the file there, or correct the path")
        }
    }

    /// Sides in pixels; nil for a video or an unusable picture.
    var size: (width: Double, height: Double)? {
        guard case .usable(let width, let height, _) = self else { return nil }
        return (Double(width), Double(height))
    }
}

/// A picture or video as a row names it.
struct NamedPicture: Sendable {
    /// The key in the row, such as `images[0]`.
    let key: String
    let path: String
    let isVideo: Bool

    /// All pictures of a row, then its videos.
    static func all(of sample: Sample) -> [NamedPicture] {
        sample.imagePaths.enumerated().map { NamedPicture(key: "images[\($0)]", path: $1, isVideo: false) }
            + sample.videoPaths.enumerated().map {
                NamedPicture(key: "videos[\($0)]", path: $1, isVideo: true)
            }
    }

    /// Checks it.
    func checked(decodes: Bool) -> CheckedPicture {
        isVideo ? CheckedPicture(video: path) : CheckedPicture(path: path, decodes: decodes)
    }
}
