// Results of the reference implementation: the arrays of a file in `Tests/Fixtures/goldens`, and its JSON.
import Basics
internal import Checkpoint
internal import Foundation
internal import TensorMath
public import Testing

/// One golden, opened by name.
public struct Golden {
    /// The file lacks an array, or has it with another type.
    public struct NoSuchArray: Error, CustomStringConvertible {
        /// The sentence for the test's log.
        public let description: String
    }

    private let name: String
    private let file: SafetensorsFile
    /// Ends the names of arrays that were rounded, thinned, or made a sketch.
    private static let rounded = ".f24", thinned = ".every_61st", sketched = ".sketch"

    /// Opens `Tests/Fixtures/goldens/NAME.safetensors`.
    ///
    /// - Throws: `CheckpointError` when it cannot be read.
    public init(_ name: String) throws {
        self.name = name
        file = try SafetensorsFile(Fixtures.reference("goldens/\(name).safetensors").path)
    }

    /// Names of the arrays, sorted.
    public var arrayNames: [String] {
        file.tensors.map { tensor in
            let ending = [Self.rounded, Self.thinned, Self.sketched].first(where: tensor.name.hasSuffix)
            return String(tensor.name.dropLast(ending?.count ?? 0))
        }.sorted()
    }

    /// Sizes of an array, outermost first.
    public func shape(_ array: String) throws -> [Int] {
        let rounded = file.info(array + Self.rounded).map { Array($0.shape.dropLast()) }
        return try rounded ?? info(array).shape
    }

    /// The places, among `count`, of the numbers that `floats` gives: all, or each 61st of an array that was
    /// thinned.
    public func places(of array: String, count: Int) -> StrideTo<Int> {
        stride(from: 0, to: count, by: file.info(array + Self.thinned) == nil ? 1 : 61)
    }

    /// Records a failure unless an array's relative L2 distance is at most `relativeL2`.
    ///
    /// If only a sketch is stored, the distance between sketches is used: with 16 sums an estimate with a
    /// deviation of 18 %.
    ///
    /// - Parameters:
    ///   - found: Our values, row-major.
    ///   - shape: Sizes of the found array.
    ///   - array: Its name in this golden.
    ///   - relativeL2: The largest ratio allowed.
    ///   - floor: The smallest norm to divide by.
    ///   - sourceLocation: Where the failure is reported.
    /// - Throws: `NoSuchArray`.
    public func expectArray(
        _ found: [Float], shape: [Int], _ array: String, relativeL2: Double, floor: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isSketched = file.info(array + Self.sketched) != nil
        let expected = try floats(isSketched ? array + Self.sketched : array)
        if !isSketched { #expect(shape == (try self.shape(array)), sourceLocation: sourceLocation) }
        expectClose(
            isSketched ? sketch(found) : found, expected, relativeL2: relativeL2,
            floor: (isSketched ? Double(expected.count).squareRoot() : 1) * floor, array,
            sourceLocation: sourceLocation)
    }

    /// A float32 array, whole, thinned, or rounded to its three upper bytes.
    public func floats(_ array: String) throws -> [Float] {
        if file.info(array + Self.rounded) != nil {
            return try file.withBytes(of: array + Self.rounded) { bytes in
                stride(from: 0, to: bytes.count, by: 3).map { at in
                    let upper = (0..<3).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * $1 + 8) }
                    return Float(bitPattern: upper)
                }
            }
        }
        let name = file.info(array + Self.thinned) == nil ? array : array + Self.thinned
        let info = try info(name, .float32)
        return try file.withBytes(of: name) {
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

    /// The value to compare `pixelValuesHash` with.
    public static func pixelValuesHash(_ values: [Float]) -> [UInt8] {
        values.withUnsafeBytes { sha256(Array($0)) }
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(Checkpoint.sha256(bytes).utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }

    /// The JSON file of the golden.
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

/// A sketch of 16 signed sums of all numbers: bit j of the i-th number of SplitMix64 is the sign of number i
/// in sum j.
private func sketch(_ values: [Float]) -> [Float] {
    var sums = [Double](repeating: 0, count: 16)
    for (index, value) in values.enumerated() {
        var bits = UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        for sum in 0..<16 { sums[sum] += Double(bits >> UInt64(sum) & 1 == 0 ? value : -value) }
    }
    return sums.map { Float($0) }
}
