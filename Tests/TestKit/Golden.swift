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

    /// Opens `Tests/Fixtures/goldens/NAME.safetensors`.
    ///
    /// - Throws: `CheckpointError` when it cannot be read.
    public init(_ name: String) throws {
        self.name = name
        file = try SafetensorsFile(Fixtures.url("goldens/\(name).safetensors").path)
    }

    /// Names of the arrays, sorted.
    public var arrayNames: [String] { file.tensors.map(\.name).sorted() }

    /// Sizes of an array, outermost first.
    public func shape(_ array: String) throws -> [Int] { try info(array).shape }

    /// A float32 array.
    public func floats(_ array: String) throws -> [Float] {
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

    /// The rows that the vision tower reads, [patches, 1176], also when another golden stores them.
    public func pixelValues() throws -> [Float] {
        if file.info("pixel_values") != nil { return try floats("pixel_values") }
        struct Header: Decodable {
            let __metadata__: [String: String]
        }
        guard let header = file.shardPlan?.shards.first?.header,
            let metadata = try? JSONDecoder().decode(Header.self, from: Data(header)).__metadata__,
            let other = metadata["pixel_values_from"]
        else { throw NoSuchArray(description: "\(name): no pixel_values, nor a golden that has them") }
        return try Golden(other).floats("pixel_values")
    }

    /// The JSON file beside the arrays.
    public func details<Details: Decodable>(_ type: Details.Type) throws -> Details {
        try JSONDecoder().decode(type, from: Data(contentsOf: Fixtures.url("goldens/\(name).json")))
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
