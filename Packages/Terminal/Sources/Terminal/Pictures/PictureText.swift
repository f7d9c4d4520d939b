// A picture as the characters that make a terminal show it.
import Foundation
public import ImageInput

/// The size of a terminal: columns and rows, and pixels of a cell when the terminal tells them.
public struct TerminalSize: Equatable, Sendable {
    public var columns, rows: Int
    /// Width and height of a cell in pixels; nil when unknown.
    public var cell: (width: Int, height: Int)?

    /// A size with cells of unknown pixels.
    public init(columns: Int, rows: Int, cell: (width: Int, height: Int)? = nil) {
        (self.columns, self.rows, self.cell) = (columns, rows, cell)
    }

    /// Equal in all numbers.
    public static func == (one: TerminalSize, other: TerminalSize) -> Bool {
        one.columns == other.columns && one.rows == other.rows && one.cell?.width == other.cell?.width
            && one.cell?.height == other.cell?.height
    }
}

/// The largest preview.
private let most = (columns: 48, rows: 16)

/// A small preview of a picture, with a line break at its end; empty for `PictureAbility.none`.
///
/// - Parameters:
///   - picture: The picture.
///   - ability: What the terminal can show.
///   - size: The terminal; the preview takes at most its width and half its height, 48 columns and 16 rows.
/// - Returns: The characters to write.
/// - Throws: As `RGBImage.png` does.
public func pictureText(_ picture: RGBImage, ability: PictureAbility, size: TerminalSize) throws -> String {
    let cell = size.cell ?? (10, 20)
    let fitting = CellSize(
        picture, columns: min(most.columns, size.columns - 1), rows: min(most.rows, size.rows / 2),
        aspect: Double(cell.height) / Double(cell.width))
    switch ability {
    case .none: return ""
    case .blocks(let isTrueColor):
        return halfBlocks(
            picture.resized(width: fitting.columns, height: 2 * fitting.rows), isTrueColor: isTrueColor)
    case .sixel:
        return sixel(
            picture.resized(width: fitting.columns * cell.width, height: fitting.rows * cell.height)) + "\n"
    case .kitty:
        return kitty(try picture.limited(toSide: 1024).png(), fitting) + "\n"
    }
}

/// Kitty's protocol: a PNG in pieces of at most 4,096 characters, scaled to these cells by the terminal.
private func kitty(_ png: [UInt8], _ size: CellSize) -> String {
    let code = Array(Data(png).base64EncodedString().utf8)
    return stride(from: 0, to: code.count, by: 4096).map { start in
        let piece = String(decoding: code[start..<min(start + 4096, code.count)], as: UTF8.self)
        // q=2: the terminal does not answer, neither well nor ill.
        let first = start == 0 ? "a=T,f=100,q=2,c=\(size.columns),r=\(size.rows)," : ""
        return "\u{1B}_G\(first)m=\(start + 4096 < code.count ? 1 : 0);\(piece)\u{1B}\\"
    }.joined()
}

/// Two pixels a character: the upper one colors the half block, the lower one what is behind it.
func halfBlocks(_ picture: RGBImage, isTrueColor: Bool) -> String {
    func color(_ x: Int, _ y: Int) -> String {
        let start = 3 * (y * picture.width + x)
        let (red, green, blue) = (
            Int(picture.pixels[start]), Int(picture.pixels[start + 1]), Int(picture.pixels[start + 2])
        )
        return isTrueColor ? "2;\(red);\(green);\(blue)" : "5;\(16 + cubeColor(red, green, blue))"
    }
    var text = ""
    for y in stride(from: 0, to: picture.height - 1, by: 2) {
        var last = ""
        for x in 0..<picture.width {
            let colors = "\u{1B}[38;\(color(x, y));48;\(color(x, y + 1))m"
            text += (colors == last ? "" : colors) + "\u{2580}"
            last = colors
        }
        text += "\u{1B}[0m\n"
    }
    return text
}

/// The nearest of 6 x 6 x 6 colors, whose levels are those of xterm's 256 colors.
func cubeColor(_ red: Int, _ green: Int, _ blue: Int) -> Int {
    func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    return 36 * level(red) + 6 * level(green) + level(blue)
}
