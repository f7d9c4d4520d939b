// Files made to hurt: bombs, damaged files, references that lead astray.
import Foundation
import ImageInput
import TestKit
import Testing

@Suite("Hostile images") struct HostileInputTests {
    // The file holds a header and no picture: only a check of the header can give this error.
    @Test("A 50,000 x 50,000 PNG is refused from its header")
    func pngBomb() {
        for (side, what) in [(50_000, "the width in pixels"), (20_000, "the number of pixels")] {
            let expected = ImageError.tooLarge(
                name: "bomb.png", what: what, found: what.contains("width") ? side : side * side,
                limit: what.contains("width") ? 30_000 : 100_000_000)
            #expect(throws: expected) { try imageSize(pngHeader(side: side), name: "bomb.png") }
            #expect(throws: expected) { try decodeImage(pngHeader(side: side), name: "bomb.png") }
        }
    }

    @Test("JPEG and WebP headers are held to the limits too")
    func otherBombs() throws {
        var jpeg = try fixtureBytes("image-kinds/444.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0x00, 0xFF, 0x00])
        #expect(throws: tooLarge(65_280, 30_000)) { try decodeImage(jpeg, name: "x") }
        let webp = try fixtureBytes("image-kinds/lossless.webp")
        let small = ImageLimits(maxPixels: 1000, maxSide: 20)
        #expect(throws: tooLarge(21, 20)) { try decodeImage(webp, name: "x", limits: small) }
        let light = ImageLimits(maxPixels: 1000, maxBytes: 10)
        #expect(throws: ImageError.self) { try decodeImage(webp, name: "x", limits: light) }
    }

    @Test("Damaged files throw or decode, and never crash")
    func fuzz() throws {
        var random = Seeded(20_250_504)
        let limits = ImageLimits(maxPixels: 1_000_000, maxSide: 5000)
        var thrown = 0, decoded = 0
        for file in try ImageKinds.load().kinds.keys.sorted() {
            let whole = try fixtureBytes("image-kinds/\(file)")
            for _ in 0..<30 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[at] = UInt8.random(in: 0...255, using: &random)
                }
                if Bool.random(using: &random) {
                    bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                }
                do {
                    let image = try decodeImage(bytes, name: file, limits: limits, alpha: .onWhite)
                    #expect(image.pixels.count == 3 * image.width * image.height)
                    decoded += 1
                } catch is ImageError {
                    thrown += 1
                }
            }
        }
        #expect(thrown > 300 && decoded > 50, "\(thrown) thrown, \(decoded) decoded: one side is not tested")
    }

    @Test("Damaged EXIF data mean upright")
    func damagedEXIF() throws {
        let whole = try fixtureBytes("image-kinds/exif6.jpg")
        let start = try #require(whole.indices.first { whole[$0...].starts(with: Array("Exif".utf8)) })
        var random = Seeded(6)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<3 {
                bytes[start + 6 + Int.random(in: 0..<40, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            let size = try imageSize(bytes, name: "exif")
            #expect(size == (21, 13) || size == (13, 21))
        }
    }

    private func tooLarge(_ found: Int, _ limit: Int) -> ImageError {
        .tooLarge(name: "x", what: "the width in pixels", found: found, limit: limit)
    }
}

@Suite("Image references") struct ImageReferenceTests {
    private let folder = Fixtures.url("images").path

    @Test("A path is read relative to its folder, and a data URI is decoded")
    func references() throws {
        let bytes = try fixtureBytes("images/tiny.png")
        #expect(try loadImageBytes("tiny.png", relativeTo: folder) == bytes)
        #expect(try loadImageBytes(folder + "/tiny.png", relativeTo: "/nowhere") == bytes)
        let uri = "data:image/png;base64," + Data(bytes).base64EncodedString()
        #expect(try loadImageBytes(uri, relativeTo: folder) == bytes)
    }

    @Test("A missing file is named with its path")
    func missing() {
        let error = ImageError.unreadableFile(path: folder + "/none.png", reason: "no such image file")
        #expect(throws: error) { try loadImageBytes("none.png", relativeTo: folder) }
        #expect(error.description == "\(folder)/none.png: no such image file")
    }

    @Test(
        "What is neither a file nor base64 is refused",
        arguments: [
            "https://example.org/a.png", "file:///etc/passwd", "data:image/png,abc", "data:image/png;base64",
            "data:image/png;base64,%%%", "data:image/png;base64,", "/dev/zero", ".",
        ])
    func refused(_ reference: String) {
        #expect(throws: ImageError.self) { try loadImageBytes(reference, relativeTo: folder) }
    }

    @Test("Size limits hold before anything is read or decoded")
    func sizes() {
        let limits = ImageLimits(maxPixels: 1, maxBytes: 100)
        #expect(throws: ImageError.self) {
            try loadImageBytes("tiny.png", relativeTo: folder, limits: limits)
        }
        let uri = "data:image/png;base64," + String(repeating: "A", count: 400)
        #expect(throws: ImageError.self) { try loadImageBytes(uri, relativeTo: folder, limits: limits) }
    }
}

/// A PNG of a square of `side` pixels with a true header and next to no data.
private func pngHeader(side: Int) -> [UInt8] {
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ kind: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + data
        return big(UInt32(data.count)) + body + big(crc32(body))
    }
    let header = big(UInt32(side)) + big(UInt32(side)) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
        + chunk("IDAT", [0x78, 0x9C])
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}
