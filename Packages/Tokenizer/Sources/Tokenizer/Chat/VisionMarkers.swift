// The tokens that stand around and in place of pixels; each family has its own.

/// How an image or a video stands in a conversation.
public struct VisionMarkers: Equatable, Sendable {
    /// The token before the pixels.
    let start: String
    /// The token repeated once for every row of features that takes its place.
    let pad: String
    /// The token after the pixels.
    let end: String
    /// Whether a video is laid out frame by frame ("Frame1: ", start, pads, end, line break and so on) instead of
    /// as one run of pads.
    let countsFrames: Bool
    /// What the family's own template prints for all of it, before the processor puts in the pads.
    let printed: String

    static let qwenImage = VisionMarkers(
        start: "<|vision_start|>", pad: "<|image_pad|>", end: "<|vision_end|>", countsFrames: false,
        printed: "<|vision_start|><|image_pad|><|vision_end|>")
    static let qwenVideo = VisionMarkers(
        start: "<|vision_start|>", pad: "<|video_pad|>", end: "<|vision_end|>", countsFrames: false,
        printed: "<|vision_start|><|video_pad|><|vision_end|>")

    /// InternVL's; videos are made of the same tokens as images.
    static func internVL(countsFrames: Bool = false, printed: String) -> VisionMarkers {
        VisionMarkers(
            start: "<img>", pad: "<IMG_CONTEXT>", end: "</img>", countsFrames: countsFrames, printed: printed)
    }
}
