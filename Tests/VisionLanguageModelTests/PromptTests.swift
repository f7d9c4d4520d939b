// From messages and image files to token ids, patches, windows and positions: all exact.
import Basics
import Foundation
import ImageInput
import ModelFamilies
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

@Suite("Prompts against the reference")
struct PromptTests {
    @Test(
        "Messages and images become the reference's token ids",
        arguments: ReferenceCase.tiny + ReferenceCase.trueVocabulary + ReferenceCase.withVideos.dropLast())
    func ids(_ reference: ReferenceCase) throws {
        var processor = try reference.loaded().processor
        let details = try reference.details()
        processor.addsVisionID = details.addsVisionID
        let prompt = try processor.prompt(details.messages, visuals: reference.visuals())
        #expect(prompt.ids == (try reference.golden().integers("input_ids")))
    }

    @Test(
        "Image files become the reference's pixel values, bit for bit, and grids",
        arguments: ReferenceCase.withImages)
    func pixels(_ reference: ReferenceCase) throws {
        let (images, golden) = (try reference.images(), try reference.golden())
        #expect(Golden.pixelValuesHash(images.flatMap(\.pixelValues)) == (try golden.pixelValuesHash()))
        if images.count == 1 {
            let digits = try golden.pixelValuesHash().map { String(format: "%02x", $0) }
            #expect(VisionInput(images[0]).sha256 == digits.joined())
        }
        let grids = images.flatMap { [$0.gridT, $0.gridH, $0.gridW].map(Int32.init) }
        #expect(grids == (try golden.integers("image_grid_thw")))
    }

    @Test("Transparent pictures are laid over white on request, in both families")
    func onWhite() throws {
        let file = [UInt8](try Data(contentsOf: Fixtures.url("images/alpha.png")))
        for path in [ReferenceCase.oneImage.path, Fixtures.url("checkpoints/internvl-tiny-hf").path] {
            var processor = try LoadedModel(path: path).processor
            let dropped = try processor.image(file, name: "alpha").sha256
            processor.alpha = .onWhite
            let white = try decodeImage(file, name: "alpha", alpha: .onWhite)
            let expected = try processor.image(white.png(), name: "white").sha256
            #expect(try processor.image(file, name: "alpha").sha256 == expected)
            #expect(expected != dropped)
        }
    }

    @Test("Windows, frames and patch places are the reference's", arguments: ReferenceCase.withImages)
    func geometry(_ reference: ReferenceCase) throws {
        let golden = try reference.golden()
        let grid = Qwen25VLGrid(
            try reference.images().map { ($0.gridT, $0.gridH, $0.gridW) }, try reference.visionSizes())
        #expect(grid.windowIndex.map(Int32.init) == (try golden.integers("image.window_index")))
        #expect(grid.windowBoundaries.map(Int32.init) == (try golden.integers("image.cu_window_seqlens")))
        #expect(grid.frameBoundaries.map(Int32.init) == (try golden.integers("image.cu_seqlens")))
        #expect(grid.places.flatMap { [$0.row, $0.column] } == (try golden.integers("image.rotary_hw")))
        #expect(grid.reverseIndex.map { grid.windowIndex[$0] } == Array(grid.windowIndex.indices))
    }

    @Test(
        "Positions are the reference's on all three rows",
        arguments: ReferenceCase.tiny + ReferenceCase.trueVocabulary + [ReferenceCase.newNames]
            + ReferenceCase.withVideos)
    func positions(_ reference: ReferenceCase) throws {
        let prompt = try reference.prompt()
        let (positions, expected) = (prompt.positions, try reference.golden().integers("position_ids"))
        #expect(positions.time + positions.row + positions.column == expected)
        // JSON rope_delta: the next position less the number of tokens.
        let delta = try reference.details().rope_delta
        #expect(positions.next == Int32(prompt.ids.count) + delta)
    }

    @Test(
        "Windows, frames and patch places of videos are the reference's", arguments: ReferenceCase.withVideos)
    func videoGeometry(_ reference: ReferenceCase) throws {
        let golden = try reference.golden()
        let numbers = try golden.integers("video_grid_thw").map(Int.init)
        let grids = stride(from: 0, to: numbers.count, by: 3).map {
            (numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
        }
        let grid = Qwen25VLGrid(grids, try reference.visionSizes())
        #expect(grid.windowIndex.map(Int32.init) == (try golden.integers("video.window_index")))
        #expect(grid.windowBoundaries.map(Int32.init) == (try golden.integers("video.cu_window_seqlens")))
        #expect(grid.frameBoundaries.map(Int32.init) == (try golden.integers("video.cu_seqlens")))
        #expect(grid.places.flatMap { [$0.row, $0.column] } == (try golden.integers("video.rotary_hw")))
    }

    @Test(
        "Positions of videos by the rule of transformers 5 are those it gives",
        arguments: ReferenceCase.withVideos)
    func laterRelease(_ reference: ReferenceCase) throws {
        let positions = try reference.prompt(.afterFrame).positions
        #expect(
            positions.time + positions.row + positions.column
                == (try reference.golden().integers("position_ids_hf_v5_23")))
    }

    @Test("Positions of videos by the rule of transformers 4.57 count whole seconds")
    func wholeSeconds() {
        // 1.6 seconds count as 1, half a second as none.
        for (seconds, times, next) in [(1.6, [3, 5, 7], 8), (0.5, [3, 3, 3], 5)] {
            var positions = Positions()
            positions.appendText(3)
            positions.appendVideo(
                steps: 3, rows: 1, columns: 2, secondsPerStep: seconds, tokensPerSecond: 2,
                rule: .wholeSeconds)
            let expected: [Int32] = times.flatMap { [Int32($0), Int32($0)] }
            #expect(Array(positions.time.suffix(6)) == expected)
            #expect(positions.next == Int32(next))
        }
    }

    @Test(
        "Frames become the reference's grids, times and pixel values, bit for bit",
        arguments: ReferenceCase.withVideos)
    func frames(_ reference: ReferenceCase) throws {
        let golden = try reference.golden()
        var (values, grids, times): ([Float], [Int32], [Float]) = ([], [], [])
        let merge = try reference.visionSizes().mergeSize
        for video in try reference.visuals() {
            guard let grid = video.runs[0].grid, let pace = grid.pace else { continue }
            values += video.pixels.values
            grids += [grid.steps, grid.rows * merge, grid.columns * merge].map(Int32.init)
            times.append(Float(pace.secondsPerStep))
        }
        #expect(Golden.pixelValuesHash(values) == (try golden.pixelValuesHash("pixel_values_videos")))
        #expect(grids == (try golden.integers("video_grid_thw")))
        expectClose(times, try golden.floats("second_per_grid_ts"), absolute: 1e-6, "second_per_grid_ts")
    }

    @Test("A frame whose sides are multiples of the window gets no empty window")
    func fullWindows() throws {
        let sizes = try ReferenceCase.oneImage.visionSizes()
        let grid = Qwen25VLGrid([(t: 2, h: 16, w: 8)], sizes)
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
                try Prompt(ids: ids, visuals: images.map { VisionInput($0) }, configuration: configuration)
            }
            return try #require(error).description
        }
        #expect(try message(ids, []).contains("all 0 images and videos are used"))
        #expect(
            try message(ids, images + images).contains("2 images and videos need 2 runs of tokens, found 1"))
        #expect(try message(Array(ids.prefix(30)), images).contains("15 image tokens in a row"))
        #expect(
            try message(ids + [#require(configuration.imageTokenID)], images).contains(
                "all 1 images and videos are used"))
    }
}
