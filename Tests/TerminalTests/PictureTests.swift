// Pictures as characters, and how the way to show them is found.
import Foundation
import ImageInput
import Testing

@testable import Terminal

@Suite("Pictures on a terminal")
struct PictureTests {
    /// Red, green / blue, white.
    private let four = RGBImage(
        width: 2, height: 2, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])

    @Test("The terminal's replies decide, then the environment")
    func ability() {
        func found(_ reply: String, _ environment: [String: String] = [:]) -> PictureAbility {
            PictureAbility(reply: Array(reply.utf8), environment: environment)
        }
        let color = ["TERM": "xterm-256color", "COLORTERM": "truecolor"]
        #expect(found("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;c", color) == .kitty)
        #expect(found("\u{1B}_Gi=31;EINVAL\u{1B}\\\u{1B}[?62;4;22c", color) == .sixel)
        #expect(found("x\u{1B}[?4;6c", color) == .blocks(isTrueColor: true), "the class 4 is no ability")
        #expect(found("", ["TERM": "xterm-256color"]) == .blocks(isTrueColor: false))
        #expect(found("", ["TERM": "vt100"]) == .none && found("") == .none)
        #expect(found("", color.merging(["NO_COLOR": "1"]) { $1 }) == .none)
        #expect(!PictureAbility.isComplete(Array("\u{1B}[?62;4".utf8)))
    }

    @Test("Half blocks in both kinds of color")
    func blocks() {
        #expect(
            halfBlocks(four, isTrueColor: true)
                == "\u{1B}[38;2;255;0;0;48;2;0;0;255m▀\u{1B}[38;2;0;255;0;48;2;255;255;255m▀\u{1B}[0m\n")
        #expect(
            halfBlocks(four, isTrueColor: false)
                == "\u{1B}[38;5;196;48;5;21m▀\u{1B}[38;5;46;48;5;231m▀\u{1B}[0m\n")
        let gray = RGBImage(width: 3, height: 2, pixels: [UInt8](repeating: 95, count: 18))
        #expect(halfBlocks(gray, isTrueColor: false) == "\u{1B}[38;5;59;48;5;59m▀▀▀\u{1B}[0m\n")
    }

    @Test("Sixels give back the pixels that they were made from")
    func sixels() throws {
        #expect(
            sixel(four) == "\u{1B}P0;1;0q\"1;1;2;2#5;2;0;0;100#30;2;0;100;0#180;2;100;0;0#215;2;100;100;100"
                + "#5A?$#30?@$#180@?$#215?A-\u{1B}\\")
        let row = RGBImage(width: 9, height: 7, pixels: [UInt8](repeating: 255, count: 9 * 7 * 3))
        #expect(sixel(row).hasSuffix("#215!9~-#215!9@-\u{1B}\\"))
    }

    @Test("Kitty gets a PNG in pieces; the size keeps the shape and fits the terminal")
    func kitty() throws {
        let size = TerminalSize(columns: 80, rows: 24)
        let noise = RGBImage(
            width: 100, height: 100,
            pixels: (0..<30_000).map { UInt8(truncatingIfNeeded: ($0 &* $0 &* 2_654_435_761) >> 13) })
        let text = try pictureText(noise, ability: .kitty, size: size)
        #expect(text.hasPrefix("\u{1B}_Ga=T,f=100,q=2,c=24,r=12,m=1;") && text.hasSuffix("\u{1B}\\\n"))
        let code = text.split(separator: "\u{1B}_G").map {
            $0.split(separator: ";", maxSplits: 1)[1].prefix { $0 != "\u{1B}" }
        }
        #expect(code.allSatisfy { $0.count <= 4096 } && code.count > 1)
        let png = try #require(Data(base64Encoded: code.joined()))
        #expect(try decodeImage(Array(png), name: "kitty") == noise)
        #expect(
            CellSize(noise, columns: 10, rows: 100, aspect: 2)
                == CellSize(noise, columns: 40, rows: 5, aspect: 2))
        let line = RGBImage(width: 1, height: 900, pixels: [UInt8](repeating: 0, count: 2700))
        let thin = CellSize(line, columns: 40, rows: 12, aspect: 2)
        #expect(thin.columns == 1 && thin.rows >= 1 && thin.rows <= 12)
        #expect(try pictureText(line, ability: .none, size: size).isEmpty)
    }
}
