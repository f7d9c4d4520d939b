// The tokens around and in place of an image or a video; each family has its own.

/// The tokens of an image or a video in a conversation.
public struct VisionMarkers: Equatable, Sendable {
    /// The token before the pads.
    let start: String
    /// The token that is repeated once for every row of features.
    let pad: String
    /// The token after the pads.
    let end: String
    /// Whether a video is laid out frame by frame ("Frame1: ", start, pads, end, line break, ...) instead of
    /// as one run of pads.
    let countsFrames: Bool
    /// The text that the template of the family prints for it, before the processor inserts the pads.
    let printed: String

    static let qwenImage = VisionMarkers(
        start: "<|vision_start|>", pad: "<|image_pad|>", end: "<|vision_end|>", countsFrames: false,
        printed: "<|vision_start|><|image_pad|><|vision_end|>")
    static let qwenVideo = VisionMarkers(
        start: "<|vision_start|>", pad: "<|video_pad|>", end: "<|vision_end|>", countsFrames: false,
        printed: "<|vision_start|><|video_pad|><|vision_end|>")

    /// The markers of InternVL; videos use the same tokens as images.
    static func internVL(countsFrames: Bool = false, printed: String) -> VisionMarkers {
        VisionMarkers(
            start: "<img>", pad: "<IMG_CONTEXT>", end: "</img>", countsFrames: countsFrames, printed: printed)
    }
}
