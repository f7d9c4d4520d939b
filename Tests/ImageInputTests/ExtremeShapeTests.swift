// Sizes at the edges of the two size rules, and pictures of one row or column.
import Testing

@testable import ImageInput

@Suite("Extreme shapes") struct ExtremeShapeTests {
    // Computed with the two published smart_resize functions; nil where one gives a side of 0 and fails later.
    @Test("The size rules of transformers and qwen_vl_utils differ as published")
    func sizeRules() {
        typealias Size = (height: Int, width: Int)
        let rows: [(given: Size, limits: (Int, Int), utils: Size?, transformers: Size)] = [
            ((13, 400), (3136, 10_000_000), (28, 392), (28, 336)),
            ((5, 900), (3136, 10_000_000), (28, 896), (28, 756)),
            ((10, 500), (784, 3136), nil, (28, 224)), ((14, 300), (3136, 8000), nil, (28, 280)),
            ((97, 131), (3136, 10_000_000), (84, 140), (84, 140)),
            ((1000, 2000), (3136, 100_352), (224, 448), (224, 448)),
            ((1, 1), (3136, 10_000_000), (56, 56), (56, 56)), ((1, 150), (784, 8000), (28, 140), (28, 364)),
            ((3000, 20), (784, 50_000), nil, (2716, 28)),
        ]
        for row in rows {
            var processor = QwenImageProcessor()
            (processor.minPixels, processor.maxPixels) = row.limits
            func size() -> [Int]? {
                let found = try? processor.resizedSize(width: row.given.width, height: row.given.height)
                return found.map { [$0.height, $0.width] }
            }
            #expect(size() == [row.transformers.height, row.transformers.width], "\(row)")
            processor.sizeRule = .qwenUtils
            #expect(size() == row.utils.map { [$0.height, $0.width] }, "\(row)")
        }
    }

    @Test("Pictures of one pixel, row or column have a result or an error that says why")
    func lines() throws {
        func picture(_ width: Int, _ height: Int) -> RGBImage {
            RGBImage(width: width, height: height, pixels: [UInt8](repeating: 90, count: 3 * width * height))
        }
        let qwen = QwenImageProcessor()
        #expect(try qwen(picture(1, 1), name: "dot").tokenCount == 4)
        #expect(try qwen(picture(1, 200), name: "line").tokenCount > 0)
        for (width, height) in [(1, 2000), (20_000, 1)] {
            #expect(throws: ImageError.extremeRatio(name: "line", width: width, height: height)) {
                try qwen(picture(width, height), name: "line")
            }
        }
        var intern = InternVLImageProcessor()
        intern.tileSize = 28
        #expect(intern(picture(1, 1)).tileCount == 1)
        #expect(intern(picture(1, 2000)).grid == TileGrid(columns: 1, rows: 12))
        #expect(intern(picture(20_000, 1)).grid == TileGrid(columns: 12, rows: 1))
        #expect(Set(intern(picture(20_000, 1)).pixelValues).count == 3)
    }
}
