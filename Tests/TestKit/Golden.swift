// The reference implementation's answers: arrays of one file under `Tests/Fixtures/goldens`, and its JSON.
internal import Checkpoint
internal import Foundation
internal import TensorMath

/// One golden, opened by name.
public struct Golden {
    /// An array that a test asks for and the file does not have, or has with another type.
    public struct NoSuchArray: Error, CustomStringConvertible {
        /// The sentence for the test's log.
        public let description: String
    }

    private let name: String
    private let file: SafetensorsFile
    /// Ends the names of arrays that were rounded.
    private static let rounded = ".f24"

    /// Opens `Tests/Fixtures/goldens/NAME.safetensors`.
    ///
    /// - Throws: `CheckpointError` when it cannot be read.
    public init(_ name: String) throws {
        self.name = name
        file = try SafetensorsFile(Fixtures.reference("goldens/\(name).safetensors").path)
    }

    /// Names of the arrays, sorted.
    public var arrayNames: [String] {
        file.tensors.map { $0.name.hasSuffix(Self.rounded) ? String($0.name.dropLast(4)) : $0.name }.sorted()
    }

    /// Sizes of an array, outermost first.
    public func shape(_ array: String) throws -> [Int] {
        let rounded = file.info(array + Self.rounded).map { Array($0.shape.dropLast()) }
        return try rounded ?? info(array).shape
    }

    /// A float32 array, whole or rounded to its three upper bytes.
    public func floats(_ array: String) throws -> [Float] {
        if file.info(array + Self.rounded) != nil {
            return try file.withBytes(of: array + Self.rounded) { bytes in
                stride(from: 0, to: bytes.count, by: 3).map { at in
                    let upper = (0..<3).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * $1 + 8) }
                    return Float(bitPattern: upper)
                }
            }
        }
        let info = try info(array, .float32)
        return try file.withBytes(of: array) {
            Tensor(widening: $0, dtype: .float32, shape: info.shape).elements
        }
    }

    /// An int32 array.
    public func integers(_ array: String) throws -> [Int32] {
        let info = try info(array, .int32)
        return try file.withBytes(of: array) { bytes in
            (0..<info.elementCount).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
        }
    }

    /// The bytes of an array of bytes.
    public func bytes(_ array: String) throws -> [UInt8] {
        _ = try info(array, .uint8)
        return try file.withBytes(of: array) { Array($0) }
    }

    /// The SHA-256 of `pixel_values` (or `pixel_values_videos`) as little-endian float32.
    public func pixelValuesHash(_ array: String = "pixel_values") throws -> [UInt8] {
        if file.info(array) == nil { return try bytes(array + ".sha256") }
        return try file.withBytes(of: array) { Self.sha256(Array($0)) }
    }

    /// What `pixelValuesHash` is compared with.
    public static func pixelValuesHash(_ values: [Float]) -> [UInt8] {
        values.withUnsafeBytes { sha256(Array($0)) }
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(Checkpoint.sha256(bytes).utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// The JSON file beside the arrays.
    public func details<Details: Decodable>(_ type: Details.Type) throws -> Details {
        try JSONDecoder().decode(type, from: Data(contentsOf: Fixtures.reference("goldens/\(name).json")))
    }

    private func info(_ array: String, _ dtype: DType? = nil) throws -> TensorInfo {
        guard let info = file.info(array) else {
            throw NoSuchArray(description: "\(name): no array \(array)")
        }
        if let dtype, info.dtype != dtype {
            throw NoSuchArray(description: "\(name): \(array) holds \(info.dtype), not \(dtype)")
        }
        return info
    }
}
