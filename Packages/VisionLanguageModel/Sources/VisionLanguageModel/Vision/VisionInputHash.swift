// A hash of the vision tower's input that is the same on every machine, unlike ContentHash, which is fast and
// valid only within one process.
internal import Checkpoint

extension VisionInput {
    /// SHA-256 of the pixel values, in hexadecimal: the same on every machine and in every program.
    ///
    /// Training, serving and evaluation see the same image when these are equal. The reference's hash of one
    /// image is `sha256(inputs["pixel_values"].numpy().tobytes())`: float32, little-endian, in rows
    /// (Qwen2.5-VL) or tiles (InternVL).
    public var sha256: String {
        // All supported machines are little-endian.
        pixels.values.withUnsafeBytes { Checkpoint.sha256(Array($0)) }
    }
}
