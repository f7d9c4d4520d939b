// Applies a checkpoint's settings to the normalization of pixels.
internal import ImageInput
internal import ModelFamilies

extension PixelNormalization {
    /// The normalization with the values given in `settings`; the others are unchanged.
    func with(_ settings: PreprocessorSettings) -> PixelNormalization {
        PixelNormalization(
            mean: settings.mean ?? mean, std: settings.deviation ?? std,
            rescaleFactor: settings.rescaleFactor ?? rescaleFactor)
    }
}
