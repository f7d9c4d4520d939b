// Draws boxes on images, and encodes images as PNG files.
import CImage
import Foundation

/// A box to draw, given by its edges in pixels of the image.
public struct DrawnBox: Sendable, Equatable {
    /// Edges in pixels from the top left corner; they may be fractional, swapped or outside the image.
    var left, top, right, bottom: Double

    /// A box from its edges.
    public init(left: Double, top: Double, right: Double, bottom: Double) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }
}

extension RGBImage {
    /// The image with a frame for each box.
    ///
    /// Lines are 1 pixel thick per 300 pixels of the longer side, at least 1; thicker lines get a thin white
    /// border. Each box has the next color of a cycle. Boxes are clipped to the image; a box that is outside
    /// the image or has a non-finite edge is not drawn.
    public func drawing(_ boxes: [DrawnBox]) -> RGBImage {
        var picture = self
        let thickness = max(1, Int((Double(max(width, height)) / 300).rounded()))
        for (index, box) in boxes.enumerated() {
            guard let edges = edges(of: box) else { continue }
            if thickness > 1 { picture.frame(edges, thickness + 2, (255, 255, 255)) }
            picture.frame(edges, thickness, Self.colors[index % Self.colors.count])
        }
        return picture
    }

    /// Okabe and Ito's colors without black; they are distinguishable to color-blind readers.
    private static let colors: [(UInt8, UInt8, UInt8)] = [
        (213, 94, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233),
        (240, 228, 66),
    ]

    private typealias Edges = (left: Int, top: Int, right: Int, bottom: Int)

    /// The edges in order, rounded and clipped to the image.
    private func edges(of box: DrawnBox) -> Edges? {
        let all = [box.left, box.right, box.top, box.bottom]
        guard all.allSatisfy(\.isFinite) else { return nil }
        let across = (min(box.left, box.right), max(box.left, box.right))
        let down = (min(box.top, box.bottom), max(box.top, box.bottom))
        guard across.0 < Double(width), across.1 > 0, down.0 < Double(height), down.1 > 0 else { return nil }
        func inside(_ value: Double, _ limit: Int) -> Int { Int(min(max(value, 0), Double(limit)).rounded()) }
        return (
            inside(across.0, width), inside(down.0, height), inside(across.1, width), inside(down.1, height)
        )
    }

    /// Draws four lines centered on the edges.
    private mutating func frame(_ edges: Edges, _ thickness: Int, _ color: (UInt8, UInt8, UInt8)) {
        let before = thickness / 2, after = thickness - before
        let columns = edges.left - before..<edges.right + after
        let rows = edges.top - before..<edges.bottom + after
        for row in [edges.top, edges.bottom] { fill(columns, row - before..<row + after, color) }
        for column in [edges.left, edges.right] { fill(column - before..<column + after, rows, color) }
    }

    private mutating func fill(_ columns: Range<Int>, _ rows: Range<Int>, _ color: (UInt8, UInt8, UInt8)) {
        for row in rows.clamped(to: 0..<height) {
            for column in columns.clamped(to: 0..<width) {
                let place = 3 * (row * width + column)
                (pixels[place], pixels[place + 1], pixels[place + 2]) = color
            }
        }
    }

    /// The image as a PNG file.
    ///
    /// - Throws: `ImageError.malformed` if it cannot be encoded.
    public func png() throws -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let size = r1_image_size(width: UInt32(width), height: UInt32(height))
        try reporting(.png, name: "a picture of \(width) x \(height)") { message in
            r1_png_encode(pixels, size, &bytes, &count, message)
        }
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
