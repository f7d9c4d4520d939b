// A name for what the vision tower reads that is the same on every machine, unlike ContentHash, which is fast and valid
// within one process.
internal import Checkpoint

extension VisionInput {
    /// SHA-256 of the pixel values, in hexadecimal: the same on every machine and in every program.
    ///
    /// Training, serving and evaluation see an image alike when these are equal. The reference's is
    /// `sha256(inputs["pixel_values"].numpy().tobytes())` for one image: float32, little-endian, in rows (Qwen2.5-VL) or
    /// tiles (InternVL).
    var sha256: String {
        // Every machine that this runs on is little-endian.
        pixels.values.withUnsafeBytes { Checkpoint.sha256(Array($0)) }
    }
}
