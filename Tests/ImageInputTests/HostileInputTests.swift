// Files made to hurt: bombs, damaged files, references that lead astray.
import Basics
import Foundation
import ImageHarness
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

    @Test("Headers of the other formats are held to the limits before anything is decoded")
    func headers() throws {
        func changed(_ file: String, _ place: Int, _ bytes: [UInt8]) throws -> [UInt8] {
            var result = try fixtureBytes("image-kinds/\(file)")
            result.replaceSubrange(place..<place + bytes.count, with: bytes)
            return result
        }
        let gif = try changed("palette.gif", 6, [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: tooLarge(65_535, 30_000)) { try decodeImage(gif, name: "x") }
        let bmp = try changed("rgb.bmp", 18, [0xFF, 0xFF, 0xFF, 0x7F])
        #expect(throws: tooLarge(0x7FFF_FFFF, 30_000)) { try decodeImage(bmp, name: "x") }
        let lowest = try changed("rgb.bmp", 22, [0, 0, 0, 0x80])
        #expect(throws: ImageError.self) { try decodeImage(lowest, name: "x") }
        let small = ImageLimits(maxPixels: 1000, maxSide: 20)
        for file in ["rgb.tif", "rgb.avif", "rgb.heic", "palette.gif", "rgb.bmp"] {
            let bytes = try fixtureBytes("image-kinds/\(file)")
            #expect(throws: tooLarge(21, 20), "\(file)") { try decodeImage(bytes, name: "x", limits: small) }
        }
    }

    // `make fuzz` does the same for as long as one likes, and under the address sanitizer.
    @Test("Damaged files are refused or decode, and all that is said about them is true")
    func fuzz() throws {
        var random = Seeded(20_250_504)
        let files = try ImageKinds.load().kinds.keys.sorted().map { try fixtureBytes("image-kinds/\($0)") }
        var refused = 0, decoded = 0
        for file in files {
            for _ in 0..<30 {
                var bytes = file
                for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes, files, &random) }
                if Bool.random(using: &random) { repairPNGChecksums(&bytes) }
                switch try exerciseImage(bytes) {
                case .refused: refused += 1
                case .decoded: decoded += 1
                }
            }
        }
        #expect(refused > 300 && decoded > 150, "\(refused) refused, \(decoded) decoded: one is not tested")
    }

    @Test("Repaired checksums are those that the files have")
    func checksums() throws {
        for name in try ImageKinds.load().kinds.keys where name.hasSuffix(".png") {
            let whole = try fixtureBytes("image-kinds/\(name)")
            var bytes = whole
            repairPNGChecksums(&bytes)
            #expect(bytes == whole, "\(name)")
            bytes[30] ^= 1  // in the checksum of the header
            #expect(throws: ImageError.self) { try imageSize(bytes, name: name) }
            repairPNGChecksums(&bytes)
            #expect(bytes == whole, "\(name)")
        }
    }

    /// Changes a byte, a number or a piece, or cuts the end.
    private func damage(_ bytes: inout [UInt8], _ files: [[UInt8]], _ random: inout Seeded) {
        guard bytes.count > 16, let other = files.randomElement(using: &random) else { return }
        // Half of the damage goes where the headers are.
        let at = Int.random(in: 0..<(Bool.random(using: &random) ? 64 : bytes.count), using: &random)
        guard at < bytes.count else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[at] = .random(in: 0...255, using: &random)
        case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2:
            let numbers: [UInt32] = [0, 1, 0x7F, 0x80, 0xFFFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, .max]
            let number = numbers.randomElement(using: &random) ?? 0
            for index in 0..<min(4, bytes.count - at) {
                bytes[at + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(index)))
            }
        case 3:
            let from = Int.random(in: 0..<other.count, using: &random)
            let count = min(64, bytes.count - at, other.count - from)
            bytes.replaceSubrange(at..<at + count, with: other[from..<from + count])
        case 4: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...32, using: &random)))
        default:
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
        }
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
