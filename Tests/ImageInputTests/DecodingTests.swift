// Decoding against Pillow: the golden images and one small image of every kind.
import Basics
import Foundation
import ImageInput
import Testing

@Suite("Decoding an image") struct DecodingTests {
    @Test("The golden images decode to Pillow's pixels", arguments: goldenImages)
    func goldens(_ name: String, _ file: String) throws {
        let golden = try Golden("images_decoded")
        let bytes = try fixtureBytes("images/\(file)")
        let image = try decodeImage(bytes, name: file)
        let shape = try golden.shape("rgb.\(name)")
        #expect([image.height, image.width, 3] == shape)
        #expect(try image.pixels == golden.uint8("rgb.\(name)"))
        let size = try imageSize(bytes, name: file)
        #expect(size == (image.width, image.height))
    }

    @Test("Orientation is left alone on request, and alpha goes over white on request")
    func variants() throws {
        let golden = try Golden("images_decoded")
        let photo = try fixtureBytes("images/exif6.jpg")
        let lying = try decodeImage(photo, name: "exif6", applyOrientation: false)
        #expect(try lying.pixels == golden.uint8("rgb_no_exif.exif6"))
        #expect(try imageSize(photo, name: "exif6", applyOrientation: false) == (121, 80))
        #expect(try imageSize(photo, name: "exif6") == (80, 121))
        let alpha = try fixtureBytes("images/alpha.png")
        let white = try decodeImage(alpha, name: "alpha", alpha: .onWhite)
        #expect(try white.pixels == golden.uint8("rgb_white.alpha"))
    }

    @Test("Every kind of file decodes to Pillow's pixels, whatever becomes of the alpha")
    func kinds() throws {
        for (file, kind) in try ImageKinds.load().kinds.sorted(by: { $0.key < $1.key }) {
            let bytes = try fixtureBytes("image-kinds/\(file)")
            let image = try decodeImage(bytes, name: file)
            #expect((image.width, image.height) == (kind.width, kind.height), "\(file)")
            #expect(distance(image.pixels, kind.rgb) <= kind.within ?? 0, "\(file)")
            let white = try decodeImage(bytes, name: file, alpha: .onWhite)
            #expect(
                distance(white.pixels, kind.onWhite ?? kind.rgb) <= kind.within ?? 0, "\(file) over white")
            #expect(try imageSize(bytes, name: file) == (kind.width, kind.height), "\(file)")
        }
    }

    /// The largest difference of two bytes; 256 for other sizes.
    private func distance(_ pixels: [UInt8], _ expected: Data) -> Int {
        guard pixels.count == expected.count else { return 256 }
        return zip(pixels, expected).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    }

    @Test("Orientation tags of TIFF and AVIF are left alone on request")
    func lying() throws {
        for file in ["exif6.tif", "exif8.avif"] {
            let bytes = try fixtureBytes("image-kinds/\(file)")
            #expect(try imageSize(bytes, name: file, applyOrientation: false) == (21, 13), "\(file)")
            #expect(try imageSize(bytes, name: file) == (13, 21), "\(file)")
            let lying = try decodeImage(bytes, name: file, applyOrientation: false)
            #expect((lying.width, lying.height) == (21, 13))
        }
    }

    @Test("Bytes that are no image are refused with what they begin with")
    func unknownFormat() {
        #expect(throws: ImageError.unknownFormat(name: "a.txt", firstBytes: Array("hello wo".utf8))) {
            try decodeImage(Array("hello world".utf8), name: "a.txt")
        }
        #expect(ImageError.unknownFormat(name: "a.png", firstBytes: []).description.contains("it is empty"))
    }

    @Test("A file that ends early is refused, not shown half")
    func truncated() throws {
        for file in [
            "420-progressive.jpg", "444.jpg", "rgb8.png", "lossy.webp", "animated.webp", "palette.gif",
            "rgb.bmp", "565.bmp", "rgb.tif", "rgb-lzw.tif", "rgb.avif", "rgb.heic",
        ] {
            let bytes = try fixtureBytes("image-kinds/\(file)")
            for count in [4, 16, bytes.count / 2, bytes.count - 16] {
                #expect(throws: ImageError.self, "\(file) cut to \(count)") {
                    try decodeImage(Array(bytes.prefix(count)), name: file)
                }
            }
        }
    }
}
