// Resizing and patches against the reference processor.
import Foundation
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ImageInput
@testable import ModelFamilies
@testable import VisionLanguageModel

@Suite("The Qwen image processor") struct QwenImageProcessorTests {
    private func processor() throws -> QwenImageProcessor {
        let config = "checkpoints/qwen25vl-tiny/preprocessor_config.json"
        return try QwenImageProcessor(preprocessorConfig: fixtureBytes(config))
    }

    @Test("Resized pixels and grids equal the reference's", arguments: goldenImages)
    func resized(_ name: String, _ file: String) throws {
        let golden = try Golden("qwen_preprocess")
        let image = try goldenImage(name)
        let size = try processor().resizedSize(width: image.width, height: image.height)
        let resized = resizeBicubic(image, width: size.width, height: size.height)
        let digest = try golden.uint8("\(name).resized_u8.sha256").map { String(format: "%02x", $0) }
        #expect(sha256(resized.pixels) == digest.joined())
        let patches = try processor()(image, name: file)
        let grid = [patches.gridT, patches.gridH, patches.gridW].map(Int32.init)
        #expect(try grid == golden.int32("\(name).image_grid_thw"))
        #expect((size.height, size.width) == (14 * patches.gridH, 14 * patches.gridW))
        #expect(patches.tokenCount == patches.gridH * patches.gridW / 4)
        #expect(patches.pixelValues.count == patches.gridH * patches.gridW * 1176)
        #expect((patches.originalWidth, patches.originalHeight) == (image.width, image.height))
        #expect((patches.resizedWidth, patches.resizedHeight) == (size.width, size.height))
    }

    @Test("The size rule equals the reference's table, exact halves and extreme ratios included")
    func sizes() throws {
        let rows = try #require(try goldenJSON("qwen_preprocess")["smart_resize"] as? [[Any]])
        #expect(rows.count > 400)
        for row in rows {
            let given = try row.prefix(4).map { try #require($0 as? Int) }
            var processor = QwenImageProcessor()
            processor.minPixels = given[2]
            processor.maxPixels = given[3]
            let found = try? processor.resizedSize(width: given[1], height: given[0])
            #expect(found.map { [$0.height, $0.width] } == row[4] as? [Int], "\(row)")
        }
    }

    @Test("Resizing equals Pillow's, up and down, to one pixel and from small sizes")
    func resizes() throws {
        let image = try decodeImage(fixtureBytes("image-kinds/rgb8.png"), name: "rgb8.png")
        for resize in try ImageKinds.load().resizes {
            let found = resizeBicubic(image, width: resize.width, height: resize.height)
            #expect(found.pixels == Array(resize.rgb), "\(resize.width) x \(resize.height)")
        }
        #expect(resizeBicubic(image, width: image.width, height: image.height) == image)
    }

    @Test("An image of one pixel becomes an even square of its colour")
    func onePixel() throws {
        let patches = try QwenImageProcessor()(
            RGBImage(width: 1, height: 1, pixels: [10, 20, 30]), name: "dot")
        #expect((patches.resizedWidth, patches.resizedHeight, patches.tokenCount) == (56, 56, 4))
        #expect(Set(patches.pixelValues).count == 3)
    }

    @Test("One side more than 200 times the other is refused with both sides")
    func extremeRatio() {
        let line = RGBImage(width: 402, height: 2, pixels: Array(repeating: 0, count: 402 * 6))
        #expect(throws: ImageError.extremeRatio(name: "line", width: 402, height: 2)) {
            try QwenImageProcessor()(line, name: "line")
        }
        #expect(throws: ImageError.self) { try QwenImageProcessor().resizedSize(width: 0, height: 5) }
        #expect(throws: ImageError.self) { try QwenImageProcessor().resizedSize(width: .max, height: .max) }
    }

    @Test("Equal images have equal names, others have not")
    func contentHash() throws {
        let a = RGBImage(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        let turned = RGBImage(width: 1, height: 2, pixels: a.pixels)
        #expect(ContentHash(of: a) == ContentHash(of: a))
        #expect(ContentHash(of: a) != ContentHash(of: turned))
        #expect(try processor()(a, name: "a").contentHash == processor()(a, name: "b").contentHash)
    }
}

@Suite("preprocessor_config.json") struct PreprocessorConfigTests {
    @Test("The published file is read, and absent keys keep the class's defaults")
    func read() throws {
        let config = "checkpoints/qwen25vl-tiny/preprocessor_config.json"
        var expected = QwenImageProcessor()
        expected.maxPixels = 18816
        #expect(try QwenImageProcessor(preprocessorConfig: fixtureBytes(config)) == expected)
        #expect(try QwenImageProcessor(preprocessorConfig: Array("{}".utf8)) == QwenImageProcessor())
        #expect(QwenImageProcessor().maxPixels == 1_003_520)
    }

    @Test(
        "The limits are found under each of their names, and are pixel counts",
        arguments: [
            #""size": {"shortest_edge": 3136, "longest_edge": 50000}"#,
            #""size": {"min_pixels": 3136, "max_pixels": 50000}"#,
            #""min_pixels": 3136, "max_pixels": 50000"#,
            #""size": {"shortest_edge": 3136, "longest_edge": 50000}, "max_pixels": 50000"#,
            #""size": {"shortest_edge": 3136, "max_pixels": 50000}, "min_pixels": null"#,
        ])
    func sizeKeys(_ keys: String) throws {
        let processor = try QwenImageProcessor(preprocessorConfig: Array("{\(keys)}".utf8))
        #expect((processor.minPixels, processor.maxPixels) == (3136, 50000))
    }

    @Test(
        "A file that gives a limit two values is refused with both names",
        arguments: [
            ("size.longest_edge", #""size": {"shortest_edge": 3136, "longest_edge": 12845056}"#),
            ("size.max_pixels", #""size": {"min_pixels": 3136, "max_pixels": 12845056}"#),
        ])
    func contradiction(_ key: String, _ size: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try QwenImageProcessor(preprocessorConfig: Array("{\(size), \"max_pixels\": 50000}".utf8))
        }
        let message = try #require(error).description
        for part in ["'\(key)' is 12845056", "'max_pixels' is 50000"] { #expect(message.contains(part)) }
    }

    @Test(
        "A value that cannot be followed is refused with its key",
        arguments: [
            ("max_pixels", #"{"max_pixels": 100}"#), ("min_pixels", #"{"min_pixels": 0}"#),
            ("patch_size", #"{"patch_size": -1}"#), ("image_std", #"{"image_std": [1, 0, 1]}"#),
            ("image_mean", #"{"image_mean": [1]}"#), ("resample", #"{"resample": 2}"#),
            ("do_rescale", #"{"do_rescale": false}"#), ("merge_size", #"{"merge_size": "2"}"#),
            ("not JSON", "[1, 2"), ("max_pixels", #"{"max_pixels": 1e18}"#),
        ])
    func refused(_ key: String, _ text: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try QwenImageProcessor(preprocessorConfig: Array(text.utf8))
        }
        #expect(error?.description.contains(key) == true, "\(String(describing: error))")
    }
}
