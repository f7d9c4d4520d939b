// Pictures and rows with pictures for tests.
import Foundation
import ImageInput
import TestKit

extension RGBImage {
    /// A picture of random rectangles.
    static func random(_ seed: UInt64, width: Int = 96, height: Int = 64) -> RGBImage {
        var generator = Seeded(seed)
        var pixels = [UInt8](repeating: 230, count: 3 * width * height)
        for _ in 0..<12 {
            let (x, y) = (
                Int.random(in: 0..<width, using: &generator), Int.random(in: 0..<height, using: &generator)
            )
            let color = UInt8.random(in: 0...255, using: &generator)
            for row in y..<min(height, y + 20) {
                for column in x..<min(width, x + 30) {
                    for channel in 0..<3 { pixels[3 * (row * width + column) + channel] = color }
                }
            }
        }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// The picture with small noise.
    func noisy(_ seed: UInt64, by most: Int) -> RGBImage {
        var generator = Seeded(seed)
        let changed = pixels.map { value in
            UInt8(min(255, max(0, Int(value) + Int.random(in: -most...most, using: &generator))))
        }
        return RGBImage(width: width, height: height, pixels: changed)
    }
}

extension TemporaryFolder {
    /// Writes a picture as a PNG file.
    func write(_ name: String, _ image: RGBImage) throws {
        try Data(try image.png()).write(to: url(name))
    }
}

/// A row that shows pictures, with a line end.
func pictureRow(
    _ id: String, _ images: [String], _ members: String = "\"task\": \"yorn\", \"solution\": \"yes\"",
    text: String = "q"
) -> String {
    let places = images.map { _ in "<image>" }.joined()
    let list = images.map { "\"\($0)\"" }.joined(separator: ", ")
    return rowText(id, members + ", \"images\": [\(list)]", text: places + text)
}
