// Smaller versions of images, for people and for comparing images.

extension RGBImage {
    /// The image in another size, by Pillow's bicubic.
    ///
    /// - Parameters:
    ///   - width: New width in pixels, at least 1.
    ///   - height: New height in pixels, at least 1.
    /// - Returns: The resized image.
    public func resized(width: Int, height: Int) -> RGBImage {
        resizeBicubic(self, width: width, height: height)
    }

    /// The image with its sides at most `side` pixels long; unchanged when it is small enough.
    public func limited(toSide side: Int) -> RGBImage {
        let longer = max(width, height)
        guard longer > side else { return self }
        func scaled(_ length: Int) -> Int {
            max(1, Int((Double(length) * Double(side) / Double(longer)).rounded()))
        }
        return resized(width: scaled(width), height: scaled(height))
    }
}
