// The constants of the HDF5 checkpoint format, which Checkpoints/FORMAT.md describes.
internal import Basics
internal import CHDF5

/// The values of the root attributes.
enum HDF5Format {
    /// The value of `format` in a checkpoint.
    static let name = "r1-checkpoint"
    /// The value of `format` in a delta.
    static let deltaName = "r1-delta"
    /// The value of `format_version`.
    static let version = 1
}

extension DType {
    /// The number of this element type in the C interface.
    var hdf5Code: Int32 {
        switch self {
        case .float32: Int32(R1_H5_FLOAT32)
        case .bfloat16: Int32(R1_H5_BFLOAT16)
        case .float16: Int32(R1_H5_FLOAT16)
        case .int32: Int32(R1_H5_INT32)
        case .uint8: Int32(R1_H5_UINT8)
        }
    }
}
