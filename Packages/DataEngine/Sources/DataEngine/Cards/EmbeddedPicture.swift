// A picture inside a page: the file itself when it is small, otherwise a smaller PNG.
internal import Foundation
internal import ImageInput
internal import TrainingData

/// A picture as a `data:` URI with the size of the original.
struct EmbeddedPicture: Sendable {
    /// The original's sides in pixels.
    let width: Int, height: Int
    let uri: String

    /// Reads a picture of a row.
    ///
    /// - Parameters:
    ///   - sample: The row.
    ///   - index: Which of its pictures.
    ///   - side: The longest side in the page, in pixels.
    /// - Throws: ``DataEngineError/badLine(location:problem:)``.
    init(_ sample: Sample, _ index: Int, side: Int) throws {
        let path = sample.imagePath(index)
        do {
            let bytes = try loadImageBytes(path, relativeTo: ".")
            let image = try decodeImage(bytes, name: String(path.prefix(100)))
            (width, height) = (image.width, image.height)
            let isSmall = max(width, height) <= side && bytes.count <= 1 << 17
            if isSmall, let kind = Self.kind(of: bytes) {
                uri = "data:image/\(kind);base64,\(Data(bytes).base64EncodedString())"
            } else {
                let small = try image.limited(toSide: side).png()
                uri = "data:image/png;base64,\(Data(small).base64EncodedString())"
            }
        } catch {
            throw DataEngineError.badLine(location: sample.location, problem: "\(error)")
        }
    }

    /// The kind of a file that every browser shows upright as it is; nil for others.
    private static func kind(of bytes: [UInt8]) -> String? {
        bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) ? "png" : nil
    }

    /// The picture with boxes over it, in pixels of the original.
    func svg(_ boxes: [Box], labels: [String] = []) -> String {
        let line = max(1, Double(max(width, height)) / 200)
        let colors = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442"]
        var svg = "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\">"
        svg += "<image href=\"\(uri)\" width=\"\(width)\" height=\"\(height)\"/>"
        for (index, box) in boxes.enumerated() {
            let title = index < labels.count ? "<title>\(escaped(labels[index]))</title>" : ""
            svg +=
                "<rect x=\"\(box.x1)\" y=\"\(box.y1)\" width=\"\(max(0, box.x2 - box.x1))\" "
                + "height=\"\(max(0, box.y2 - box.y1))\" fill=\"none\" stroke=\"\(colors[index % colors.count])\" "
                + "stroke-width=\"\(line)\">\(title)</rect>"
        }
        return svg + "</svg>"
    }
}
