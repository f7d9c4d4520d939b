// The ranges of the settings for images and videos, for options and settings files.
public import Settings

/// Ranges of the settings for images and videos.
public enum ImageSettings {
    /// The most pixels of an image or frame that any setting accepts.
    public static let mostPixels = 1 << 26
    /// The most frames of a video that any setting accepts.
    public static let mostFrames = 1 << 16
    /// Pixels of an image or frame.
    public static let pixels = Accepted<Int>.whole(1...mostPixels, "pixels")
    /// Frames of a video.
    public static let frames = Accepted<Int>.whole(2...mostFrames, "frames")
    /// Frames per second.
    public static let framesPerSecond = Accepted<Double>.number(above: 0, to: 1000, "frames per second")
}
