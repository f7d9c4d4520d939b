// From messages and image files to token ids, patches, windows and positions: all exact.
import Foundation
import ImageInput
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

@Suite("Prompts against the reference")
struct PromptTests {
    @Test("Messages and images become the reference's token ids", arguments: ReferenceCase.tiny)
    func ids(_ reference: ReferenceCase) throws {
        let loaded = try LoadedModel(path: reference.path)
        let (details, images) = (try reference.details(), try reference.images())
        let expected = try reference.golden().integers("input_ids")
        let pieces = ChatTemplate.qwen25VL.pieces(
            details.messages, addGenerationPrompt: true, addVisionID: details.addsVisionID)
        let ids = try loaded.processor.tokenizer.encode(pieces, imageTokenCounts: images.map(\.tokenCount))
        #expect(ids == expected)
        if !details.addsVisionID {
            #expect(try loaded.processor.prompt(details.messages, images: images).ids == expected)
        }
    }

    @Test("Image files become the reference's pixel values and grids", arguments: ReferenceCase.withImages)
    func pixels(_ reference: ReferenceCase) throws {
        let (images, golden) = (try reference.images(), try reference.golden())
        expectClose(
            images.flatMap(\.pixelValues), try golden.pixelValues(), absolute: 1e-6, "pixel_values",
            rowLength: 1176)
        let grids = images.flatMap { [$0.gridT, $0.gridH, $0.gridW].map(Int32.init) }
        #expect(grids == (try golden.integers("image_grid_thw")))
    }

    @Test("Windows, frames and patch places are the reference's", arguments: ReferenceCase.withImages)
    func geometry(_ reference: ReferenceCase) throws {
        let golden = try reference.golden()
        let grid = VisionGrid(
            try reference.images().map { ($0.gridT, $0.gridH, $0.gridW) },
            try reference.configuration().vision)
        #expect(grid.windowIndex.map(Int32.init) == (try golden.integers("image.window_index")))
        #expect(grid.windowBoundaries.map(Int32.init) == (try golden.integers("image.cu_window_seqlens")))
        #expect(grid.frameBoundaries.map(Int32.init) == (try golden.integers("image.cu_seqlens")))
        #expect(grid.places.flatMap { [$0.row, $0.column] } == (try golden.integers("image.rotary_hw")))
        #expect(grid.reverseIndex.map { grid.windowIndex[$0] } == Array(grid.windowIndex.indices))
    }

    @Test(
        "Positions are the reference's on all three rows",
        arguments: ReferenceCase.tiny + ReferenceCase.trueVocabulary + [ReferenceCase.newNames])
    func positions(_ reference: ReferenceCase) throws {
        let prompt = try reference.prompt()
        let (positions, expected) = (prompt.positions, try reference.golden().integers("position_ids"))
        #expect(positions.time + positions.row + positions.column == expected)
        // JSON rope_delta: the next position less the number of tokens.
        let delta = try reference.details().rope_delta
        #expect(positions.next == Int32(prompt.ids.count) + delta)
    }

    @Test("A frame whose sides are multiples of the window gets no empty window")
    func fullWindows() throws {
        let sizes = try ReferenceCase.oneImage.configuration().vision
        let grid = VisionGrid([(t: 2, h: 16, w: 8)], sizes)
        #expect(grid.windowBoundaries == [0, 64, 128, 192, 256])
        #expect(grid.frameBoundaries == [0, 128, 256])
        #expect(grid.windowIndex.sorted() == Array(0..<64))
    }

    @Test("Image tokens and images that do not match are refused")
    func mismatch() throws {
        let reference = ReferenceCase.oneImage
        let (images, configuration) = (try reference.images(), try reference.configuration())
        let ids = try reference.golden().integers("input_ids")
        func message(_ ids: [Int32], _ images: [ImagePatches]) throws -> String {
            let error = #expect(throws: ModelError.self) {
                try Prompt(ids: ids, images: images, configuration: configuration)
            }
            return try #require(error).description
        }
        #expect(try message(ids, []).contains("all 0 images are used"))
        #expect(try message(ids, images + images).contains("2 images"))
        #expect(try message(Array(ids.prefix(30)), images).contains("15 image tokens in a row"))
        #expect(try message(ids + [configuration.imageTokenID], images).contains("all 1 images are used"))
    }
}
