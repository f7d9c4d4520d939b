// A name for what the vision tower reads that means the same everywhere, unlike ContentHash, which is fast and of one
// process.
internal import Checkpoint
internal import ImageInput

extension VisionInput {
    /// SHA-256 of the pixel values, in hexadecimal: the same on every machine and in every program.
    ///
    /// Training, serving and evaluation see an image alike when these are equal. The reference's is
    /// `sha256(inputs["pixel_values"].numpy().tobytes())` for one image: float32, little-endian, in rows (Qwen2.5-VL) or
    /// tiles (InternVL).
    public var sha256: String {
        let values =
            switch self {
            case .patches(let image), .video(let image, _): image.pixelValues
            case .tiles(let tiles), .frames(let tiles): tiles.pixelValues
            }
        // All machines this runs on are little-endian.
        return values.withUnsafeBytes { Checkpoint.sha256(Array($0)) }
    }
}
