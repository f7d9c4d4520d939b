// Pictures as sixels: bands of six rows, one pass a color, runs shortened.
import ImageInput

/// The sixels of a picture in 216 colors, dithered in an ordered pattern of 4 x 4.
///
/// Source: DEC STD 070, Video Systems Reference Manual, chapter 9.
func sixel(_ picture: RGBImage) -> String {
    let (width, height) = (picture.width, picture.height)
    let colors = (0..<height).flatMap { y in (0..<width).map { x in dithered(picture, x, y) } }
    var text = "\u{1B}P0;1;0q\"1;1;\(width);\(height)"
    for color in Set(colors).sorted() {
        let levels = [color / 36, color / 6 % 6, color % 6].map { $0 * 20 }
        text += "#\(color);2;\(levels[0]);\(levels[1]);\(levels[2])"
    }
    for top in stride(from: 0, to: height, by: 6) {
        let rows = top..<min(top + 6, height)
        let used = Set(colors[(top * width)..<(rows.upperBound * width)]).sorted()
        let passes = used.map { color in
            let bits = (0..<width).map { x in
                rows.reduce(UInt8(0)) { $0 | (colors[$1 * width + x] == color ? 1 << UInt8($1 - top) : 0) }
            }
            return "#\(color)" + runs(bits)
        }
        // $ goes back to the start of the band, - to the next one.
        text += passes.joined(separator: "$") + "-"
    }
    return text + "\u{1B}\\"
}

/// The color of a pixel in a cube of 6 x 6 x 6, each level 20 percent.
private func dithered(_ picture: RGBImage, _ x: Int, _ y: Int) -> Int {
    let bias = pattern[4 * (y % 4) + x % 4]
    func level(_ channel: Int) -> Int {
        let value = Double(picture.pixels[3 * (y * picture.width + x) + channel]) / 51
        return min(5, max(0, Int((value + bias).rounded())))
    }
    return 36 * level(0) + 6 * level(1) + level(2)
}

/// Bayer's matrix as shifts of less than half a level.
private let pattern = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map { (Double($0) - 7.5) / 16 }

/// Sixel characters; four and more of one kind are written as a count.
private func runs(_ bits: [UInt8]) -> String {
    var (text, start) = ("", 0)
    while start < bits.count {
        let end = bits[start...].firstIndex { $0 != bits[start] } ?? bits.count
        let character = String(Unicode.Scalar(63 + bits[start]))
        text +=
            end - start > 3 ? "!\(end - start)\(character)" : String(repeating: character, count: end - start)
        start = end
    }
    return text
}
