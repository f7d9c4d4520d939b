// Boxes on pictures, and PNG files of them.
import ImageInput
import Testing

@Suite("Drawn boxes") struct DrawnBoxesTests {
    private let grey = RGBImage(width: 40, height: 30, pixels: [UInt8](repeating: 100, count: 3600))

    private func changed(_ image: RGBImage) -> Set<[Int]> {
        var places: Set<[Int]> = []
        for y in 0..<image.height {
            for x in 0..<image.width where image.pixels[3 * (y * image.width + x)] != 100 {
                places.insert([x, y])
            }
        }
        return places
    }

    @Test("A small picture gets lines of one pixel along the edges")
    func frame() {
        let drawn = changed(grey.drawing([DrawnBox(left: 5.2, top: 10, right: 19.9, bottom: 20)]))
        var expected: Set<[Int]> = []
        for x in 5...20 { expected.formUnion([[x, 10], [x, 20]]) }
        for y in 10...20 { expected.formUnion([[5, y], [20, y]]) }
        #expect(drawn == expected)
        let inverted = changed(grey.drawing([DrawnBox(left: 19.9, top: 20, right: 5.2, bottom: 10)]))
        #expect(inverted == expected)
    }

    @Test("What leaves the picture is cut off, and what is outside or no number is not drawn")
    func outside() {
        let cut = changed(grey.drawing([DrawnBox(left: -50, top: 12, right: 10, bottom: 1e9)]))
        #expect(cut.contains([0, 12]) && cut.contains([10, 29]) && !cut.contains([5, 20]))
        let nothing = grey.drawing([
            DrawnBox(left: 50, top: 0, right: 60, bottom: 9),
            DrawnBox(left: .nan, top: 0, right: 9, bottom: 9),
            DrawnBox(left: 0, top: -9, right: 9, bottom: -1),
        ])
        #expect(nothing == grey)
    }

    @Test("Large pictures get thicker lines with a white border, boxes different colours")
    func thickness() {
        let large = RGBImage(width: 900, height: 20, pixels: [UInt8](repeating: 100, count: 54_000))
        let drawn = large.drawing([
            DrawnBox(left: 100, top: -5, right: 200, bottom: 50),
            DrawnBox(left: 400, top: -5, right: 500, bottom: 50),
        ])
        func pixel(_ x: Int) -> [UInt8] { Array(drawn.pixels[3 * (10 * 900 + x)..<3 * (10 * 900 + x) + 3]) }
        #expect((97...103).map { pixel($0)[2] } == [100, 255, 0, 0, 0, 255, 100])
        #expect(pixel(100) != pixel(400))
    }

    @Test("A PNG that is written is read back, to the pixel")
    func png() throws {
        for (width, height) in [(1, 1), (7, 3), (40, 30)] {
            let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let image = RGBImage(width: width, height: height, pixels: pixels)
            #expect(try decodeImage(image.png(), name: "x.png") == image)
        }
    }
}
