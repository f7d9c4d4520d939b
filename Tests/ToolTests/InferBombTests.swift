// Pictures that would unpack to gigabytes: what they cost, measured on the real program.
import Basics
import Foundation
import ImageHarness
import TestKit
import Testing

@Suite("Decompression bombs")
struct InferBombTests {
    private let folder = TemporaryFolder()

    /// The largest memory of a chat that is shown a file, and what it said.
    private func show(_ bytes: [UInt8], as name: String) throws -> (exitCode: Int32, bytes: Int, said: String)
    {
        try Data(bytes).write(to: folder.url(name))
        let log = folder.path("\(name).log")
        let (code, bytes) = try peakMemory(
            of: "r1-infer",
            ["chat", tinyModel, "--image", folder.path(name), "--prompt", "Hi", "--max-tokens", "1"], log: log
        )
        return (code, bytes, try folder.text("\(name).log"))
    }

    @Test("A picture beyond the limits costs less than 20 MB, whatever it would unpack to")
    func beyondLimits() throws {
        let plain = try show(Array("no picture".utf8), as: "plain")
        #expect(plain.exitCode != 0 && plain.said.contains("expected a JPEG, PNG, WebP"))
        var jpeg = [UInt8](try Data(contentsOf: Fixtures.url("image-kinds/420-progressive.jpg")))
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC2 })
        jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
        var webp = [UInt8](try Data(contentsOf: Fixtures.url("image-kinds/lossless.webp")))
        let start = try #require(webp.indices.first { webp[$0...].starts(with: Array("VP8L".utf8)) }) + 9
        webp.replaceSubrange(start..<start + 4, with: [0xFF, 0xFF, 0xFF, 0x0F])  // 16,384 x 16,384
        let zeros = deflatedZeros(count: 1_000_000)
        let bombs = [
            "50000.png": png(width: 50_000, height: 50_000, data: zeros),
            "20000.png": png(width: 20_000, height: 20_000, data: zeros), "large.jpg": jpeg,
            "large.webp": webp,
        ]
        for (name, bomb) in bombs {
            let result = try show(bomb, as: name)
            #expect(result.exitCode != 0 && result.said.contains("the limit is"), "\(name): \(result.said)")
            #expect(result.bytes - plain.bytes < 20_000_000, "\(name) costs \(result.bytes - plain.bytes)")
        }
    }

    @Test("Texts and profiles of a PNG are not unpacked")
    func texts() throws {
        // 50 MB of zeros each, in 0.3 MB.
        let zeros = deflatedZeros(count: 50_000_000)
        let plain = try show(png(width: 2, height: 2, data: deflatedZeros(count: 14)), as: "plain.png")
        let extras = [
            ("zTXt", Array("Comment".utf8) + [0, 0]), ("iCCP", Array("profile".utf8) + [0, 0]),
            ("iTXt", Array("Comment".utf8) + [0, 1, 0, 0, 0]),
        ].map { ($0.0, $0.1 + zeros) }
        let bomb = try show(
            png(width: 2, height: 2, extras: extras, data: deflatedZeros(count: 14)), as: "texts.png")
        #expect(plain.exitCode == 0 && bomb.exitCode == 0, "\(plain.said) \(bomb.said)")
        #expect(bomb.bytes - plain.bytes < 20_000_000, "\(bomb.bytes - plain.bytes)")
    }

    /// A PNG of 8-bit RGB.
    private func png(
        width: Int, height: Int, extras: [(String, [UInt8])] = [], data: [UInt8]
    ) -> [UInt8] {
        func big(_ value: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        }
        func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
            big(body.count) + Array(kind.utf8) + body + [0, 0, 0, 0]
        }
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        bytes += chunk("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0])
        for (kind, body) in extras { bytes += chunk(kind, body) }
        bytes += chunk("IDAT", data) + chunk("IEND", [])
        repairPNGChecksums(&bytes)
        return bytes
    }

    /// A zlib stream (RFC 1950, 1951) of about so many zeros: one literal, then copies of 258 bytes from the
    /// byte before.
    private func deflatedZeros(count: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x01]
        var (bits, held) = (UInt64(0), 0)
        func put(_ value: UInt64, _ width: Int) {
            bits |= value << UInt64(held)
            held += width
            while held >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                held -= 8
            }
        }
        put(0b011, 3)  // the last block, with fixed codes
        put(0b0000_1100, 8)  // the literal 0, its code 0x30 from the highest bit on
        var written = 1
        // Length 258 is code 285, 11000101; distance 1 is 00000. Eight copies are 13 whole bytes.
        while written + 258 <= count {
            put(0b1010_0011, 8)
            put(0, 5)
            written += 258
        }
        while written < count {
            put(0b0000_1100, 8)
            written += 1
        }
        put(0, 7)  // the end of the block
        put(0, (8 - held) % 8)
        let (a, b) = (1, count % 65_521)  // Adler-32 of zeros
        return bytes + [UInt8(b >> 8), UInt8(b & 0xFF), UInt8(a >> 8), UInt8(a)]
    }
}
