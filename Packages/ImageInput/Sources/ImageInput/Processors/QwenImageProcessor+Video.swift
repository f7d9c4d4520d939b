// Cuts the frames of a video into patches of Qwen2.5-VL: one size for all frames, two frames in each row.
import CImage

extension QwenImageProcessor {
    /// The defaults of the reference's video processor.
    ///
    /// Its pixel limits are per frame, and torchvision resizes (Qwen2VLVideoProcessor of transformers 5.23).
    public static var videoDefaults: QwenImageProcessor {
        var processor = QwenImageProcessor()
        (processor.minPixels, processor.maxPixels) = (128 * 28 * 28, 768 * 28 * 28)
        processor.arithmetic = .torchvision
        return processor
    }

    /// Resizes, normalizes and cuts the frames of a video; an odd last frame is repeated.
    ///
    /// - Parameter video: Upright frames of one size.
    /// - Returns: Rows in the order (step, block row, block column, patch in the block), each (channel, frame
    ///   of the step, patch row, patch column).
    /// - Throws: `ImageError.extremeRatio` if one side is more than 200 times the other, `MemoryError`.
    public func callAsFunction(_ video: VideoFrames) throws -> ImagePatches {
        let first = video.frames[0]
        let size = try resizedSize(width: first.width, height: first.height, name: video.name)
        try requireMemory(for: size, frameCount: video.frames.count, name: video.name)
        let resized = video.frames.map {
            resizeBicubic($0, width: size.width, height: size.height, arithmetic: arithmetic)
        }
        let single = resized.map { frameRows($0) }
        let steps = (resized.count + temporalPatchSize - 1) / temporalPatchSize
        let side = patchSize * patchSize
        let rowCount = size.width / patchSize * (size.height / patchSize)
        var values: [Float] = []
        values.reserveCapacity(steps * rowCount * 3 * temporalPatchSize * side)
        for step in 0..<steps {
            let together = (0..<temporalPatchSize).map {
                single[min(step * temporalPatchSize + $0, single.count - 1)]
            }
            for plane in 0..<rowCount * 3 {
                for frame in together { values += frame[plane * side..<(plane + 1) * side] }
            }
        }
        return ImagePatches(
            pixelValues: values, gridT: steps, gridH: size.height / patchSize, gridW: size.width / patchSize,
            mergeSize: mergeSize, originalWidth: first.width, originalHeight: first.height,
            resizedWidth: size.width, resizedHeight: size.height, contentHash: ContentHash(of: resized))
    }

    /// One frame's rows (channel, patch row, patch column), blocks row by row.
    private func frameRows(_ image: RGBImage) -> [Float] {
        let count = 3 * image.width * image.height
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            r1_patchify(
                image.pixels, image.width, image.height, patchSize, mergeSize, 1,
                normalization.table(arithmetic), buffer.baseAddress)
            initialized = count
        }
    }
}
