// A hash of processed pixels, used to look up cached features.

/// Identifies an image within one process, to look up cached features.
///
/// 128 bits of keyed SipHash; the key is random for each process, so collisions cannot be prepared and
/// a hash means nothing outside the process.
public struct ContentHash: Hashable, Sendable {
    private let high, low: Int

    /// The hash of an image's size and pixels.
    init(of image: RGBImage) { self.init(of: [image]) }

    /// The hash of several images in order, such as the tiles of an image or the frames of a video.
    public init(of images: [RGBImage]) {
        func half(_ salt: Int) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            for image in images {
                hasher.combine(image.width)
                hasher.combine(image.height)
                image.pixels.withUnsafeBytes { hasher.combine(bytes: $0) }
            }
            return hasher.finalize()
        }
        high = half(0)
        low = half(1)
    }
}
