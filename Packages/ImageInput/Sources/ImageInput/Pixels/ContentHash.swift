// A name for what an image became, to find features that were computed already.

/// Names an image within one process, to look up features that were computed already.
///
/// 128 bits of keyed SipHash; the key is drawn at start, so nobody can prepare two images with one name, and
/// a hash means nothing outside the process.
public struct ContentHash: Hashable, Sendable {
    private let high, low: Int

    /// The hash of an image's size and pixels.
    init(of image: RGBImage) { self.init(of: [image]) }

    /// The hash of several images in their order: tiles of a picture, frames of a video.
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
