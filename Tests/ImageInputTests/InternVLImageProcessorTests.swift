// Tiles against the reference programs: grids, bytes and normalised values.
import Basics
import Checkpoint
import Foundation
import ModelFamilies
import TestKit
import Testing
import VisionLanguageModel

@testable import ImageInput

/// `goldens/internvl_preprocess.json`; see `make_internvl_preprocess.py`.
private struct Reference: Decodable {
    struct Picture: Decodable {
        var grid: [Int]
        var tiles: Int
        var sha256_tiles, sha256_values: String
    }
    struct Large: Decodable {
        var image: String
        var min, max: Int
        var grid: [Int]
        var sha256_u8_hwc: [String]
    }
    /// Numbers of one picture, then one or two grids.
    struct Row: Decodable {
        var numbers: [Int] = []
        var grids: [TileGrid] = []

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            while !row.isAtEnd {
                if let number = try? row.decode(Int.self) {
                    numbers.append(number)
                } else {
                    let pair = try row.decode([Int].self)
                    grids.append(TileGrid(columns: pair[0], rows: pair[1]))
                }
            }
        }
    }
    var tile: Int
    var images: [String: Picture]
    var grid_table: [Row]
    var original_order_1_12: [[Int]]
    var ties: [Row]
    var tiles448: Large

    static func load() throws -> Reference {
        let url = Fixtures.url("goldens/internvl_preprocess.json")
        return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: url))
    }
}

private func processor(_ counts: ClosedRange<Int>, size: Int = 448, _ order: TileGrid.Order)
    -> InternVLImageProcessor
{
    var processor = InternVLImageProcessor()
    (processor.minTiles, processor.maxTiles) = (counts.lowerBound, counts.upperBound)
    (processor.tileSize, processor.gridOrder) = (size, order)
    return processor
}

@Suite("The InternVL image processor") struct InternVLImageProcessorTests {
    @Test("Tiles and pixel values equal the reference's bit for bit", arguments: goldenImages)
    func tiles(_ name: String, _ file: String) throws {
        let reference = try Reference.load()
        let expected = try #require(reference.images[name])
        let image = try goldenImage(name)
        let processor = processor(1...12, size: reference.tile, .original)
        let tiles = processor.tiles(of: image)
        #expect(tiles.count == expected.tiles)
        #expect(sha256(tiles.flatMap(\.pixels)) == expected.sha256_tiles)
        let found = processor(image)
        #expect([found.grid.columns, found.grid.rows] == expected.grid)
        #expect((found.tileCount, found.tileSize) == (expected.tiles, reference.tile))
        #expect((found.originalWidth, found.originalHeight) == (image.width, image.height))
        #expect(found.pixelValues.withUnsafeBytes { sha256([UInt8]($0)) } == expected.sha256_values)
    }

    @Test("Tiles of the published size equal the reference's")
    func published() throws {
        let large = try Reference.load().tiles448
        let tiles = try processor(large.min...large.max, .original).tiles(of: goldenImage(large.image))
        #expect(tiles.map { sha256($0.pixels) } == large.sha256_u8_hwc)
    }

    @Test("Grids equal the reference's table in both orders")
    func grids() throws {
        let rows = try Reference.load().grid_table
        #expect(rows.count > 500)
        for row in rows {
            for order in [TileGrid.Order.original, .columnsThenRows] {
                let found = processor(row.numbers[2]...row.numbers[3], size: row.numbers[4], order)
                    .grid(width: row.numbers[0], height: row.numbers[1])
                #expect(found == row.grids[0], "\(row.numbers) \(order)")
            }
        }
    }

    @Test("Between two grids of equal area each order chooses as its own program")
    func ties() throws {
        let reference = try Reference.load()
        let order = TileGrid.candidates(1...12, .original).map { [$0.columns, $0.rows] }
        #expect(order == reference.original_order_1_12)
        #expect(reference.ties.count == 20)
        for row in reference.ties {
            let counts = row.numbers[2]...row.numbers[3]
            let size = (width: row.numbers[0], height: row.numbers[1])
            let original = processor(counts, .original).grid(width: size.width, height: size.height)
            let converted = processor(counts, .columnsThenRows).grid(width: size.width, height: size.height)
            #expect([original, converted] == row.grids, "\(row.numbers)")
        }
    }

    @Test("One tile has no thumbnail, frames are one tile each, extreme shapes are stretched")
    func shapes() {
        var processor = processor(1...6, size: 28, .columnsThenRows)
        let dot = processor(RGBImage(width: 1, height: 1, pixels: [10, 20, 30]))
        #expect(dot.tileCount == 1)
        #expect(Set(dot.pixelValues).count == 3)
        let line = RGBImage(width: 2000, height: 1, pixels: [UInt8](repeating: 7, count: 6000))
        #expect(processor(line).tileCount == 7)
        processor.usesThumbnail = false
        #expect(processor(line).tileCount == 6)
        let frames = processor(frames: [line, line])
        #expect((frames.tileCount, frames.grid.tileCount) == (2, 1))
        #expect(frames.pixelValues.count == 2 * 3 * 28 * 28)
    }

    @Test("Both layouts' configuration files are read, and bad values are named")
    func configuration() throws {
        let converted = """
            {"size": {"height": 56, "width": 56}, "min_patches": 2, "max_patches": 6, "crop_to_patches": false,
             "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3}
            """
        let found = try InternVLImageProcessor(preprocessorConfig: Array(converted.utf8))
        #expect((found.tileSize, found.minTiles, found.maxTiles) == (56, 2, 6))
        #expect(found.normalization.mean == [0.5, 0.5, 0.5])
        let original = try InternVLImageProcessor(
            preprocessorConfig: Array(#"{"size": 56, "crop_size": 56, "do_center_crop": true}"#.utf8))
        #expect(original.tileSize == 56)
        #expect(original.normalization == .imageNet)
        #expect(try InternVLImageProcessor(preprocessorConfig: Array("{}".utf8)) == InternVLImageProcessor())
        for (text, key) in [
            (#"{"size": {"height": 56, "width": 28}}"#, "size"),
            (#"{"size": {"shortest_edge": 56}}"#, "size"),
            (#"{"size": 0}"#, "size"), (#"{"max_patches": 0}"#, "max_patches"),
            (#"{"min_patches": 9, "max_patches": 8}"#, "max_patches"),
            (#"{"image_std": [0, 1, 1]}"#, "image_std"), (#"{"do_resize": false}"#, "do_resize"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try InternVLImageProcessor(preprocessorConfig: Array(text.utf8))
            }
            guard case .badValue(_, key, _, _) = error else {
                Issue.record("\(text): \(String(describing: error))")
                continue
            }
        }
    }
}
