// How a checkpoint's settings change the normalization of pixels.
internal import ImageInput
internal import ModelFamilies

extension PixelNormalization {
    /// The normalization with what the settings say; the rest stays.
    func with(_ settings: PreprocessorSettings) -> PixelNormalization {
        PixelNormalization(
            mean: settings.mean ?? mean, std: settings.deviation ?? std,
            rescaleFactor: settings.rescaleFactor ?? rescaleFactor)
    }
}
