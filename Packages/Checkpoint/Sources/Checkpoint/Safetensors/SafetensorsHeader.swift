// The safetensors header: 8 bytes of length, then JSON with every tensor's type, shape and byte range, then
// data.
// Format: https://huggingface.co/docs/safetensors. Stricter than the reference reader: no repeated keys, and
// sizes are checked against the file before they are used.
internal import Basics
internal import StrictJSON

/// The parsed header of one safetensors file.
struct SafetensorsHeader: Sendable {
    /// One tensor and its bytes, counted from the start of the data section.
    struct Entry: Sendable, Equatable {
        /// What is stored; elements of another type than ours count as bytes.
        let info: TensorInfo
        let range: Range<Int>
        /// The type's name when it is none of ours: that of a buffer, or `F8_E4M3` and `F8_E5M2` where they are read.
        var foreignType: String?
    }

    /// The reference reader's limit on the header's length in bytes.
    static let maximumByteCount = 100_000_000

    /// The tensors in the order of their bytes.
    let entries: [Entry]
    /// The free text pairs under `__metadata__`.
    let metadata: [OrderedJSON.Member]
    /// The length of the data section in bytes.
    let dataByteCount: Int

    private static let dtypes: [(text: String, dtype: DType)] = [
        ("F32", .float32), ("BF16", .bfloat16), ("F16", .float16), ("I32", .int32), ("U8", .uint8),
    ]

    /// The other types of the format and the bytes of an element: buffers have some, FP8 weights two of them.
    private static let foreignTypes = [
        "BOOL": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "I16": 2, "U16": 2, "U32": 4, "I64": 8,
        "U64": 8, "F64": 8,
    ]

    /// Parses header JSON; throws `CheckpointError.damaged` or `.unsupported` naming `location` and the
    /// tensor.
    ///
    /// `allowing` says which tensors may have a type that is none of ours.
    init(
        json: [UInt8], location: String,
        allowing: (_ name: String, _ type: String) -> Bool = { _, _ in false }
    ) throws {
        let root: OrderedJSON
        do { root = try OrderedJSON(parsing: json) } catch {
            throw CheckpointError.damaged(
                file: location,
                problem: "the safetensors header is not JSON: \(error.reason) at byte \(error.offset)")
        }
        guard case .object(let members) = root else {
            throw CheckpointError.damaged(
                file: location, problem: "the safetensors header is not a JSON object")
        }
        var entries: [Entry] = []
        var metadata: [OrderedJSON.Member] = []
        for member in members {
            if member.key == "__metadata__" {
                guard case .object(let pairs) = member.value, pairs.allSatisfy({ $0.value.text != nil })
                else {
                    throw CheckpointError.damaged(
                        file: location, problem: "__metadata__ is not an object of strings")
                }
                metadata = pairs
            } else {
                entries.append(try Self.entry(member, location, allowing))
            }
        }
        entries.sort {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound == end else {
                throw CheckpointError.damaged(
                    file: location,
                    problem:
                        "tensor \(entry.info.name) begins at byte \(entry.range.lowerBound) of the data, "
                        + "expected \(end)")
            }
            end = entry.range.upperBound
        }
        self.entries = entries
        self.metadata = metadata
        dataByteCount = end
    }

    private static func entry(
        _ member: OrderedJSON.Member, _ location: String, _ allowing: (String, String) -> Bool
    ) throws -> Entry {
        let name = member.key
        func damaged(_ problem: String) -> CheckpointError {
            .damaged(file: location, problem: "tensor \(name): \(problem)")
        }
        guard let code = member.value["dtype"]?.text else { throw damaged("no dtype") }
        let known = dtypes.first { $0.text == code }?.dtype
        let foreign = known == nil && allowing(name, code) ? foreignTypes[code] : nil
        guard known != nil || foreign != nil else {
            throw CheckpointError.unsupported(
                file: location,
                problem:
                    "tensor \(name) has dtype \(code); known: \(dtypes.map(\.text).joined(separator: ", "))")
        }
        guard case .array(let sizes)? = member.value["shape"] else { throw damaged("no shape") }
        let shape = sizes.compactMap(\.integer)
        // A foreign element counts as so many bytes along one more dimension.
        let bytesShape = foreign.map { $0 == 1 ? shape : shape + [$0] } ?? shape
        let dtype = known ?? .uint8
        guard shape.count == sizes.count, let byteCount = TensorInfo.checkedByteCount(dtype, bytesShape)
        else {
            throw damaged("shape \(OrderedJSON.array(sizes).compact) is not a list of sizes")
        }
        guard case .array(let offsets)? = member.value["data_offsets"], offsets.count == 2,
            let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, end >= begin
        else { throw damaged("data_offsets are not two rising byte positions") }
        guard end - begin == byteCount else {
            throw damaged("\(end - begin) bytes are declared, \(code) \(shape) takes \(byteCount)")
        }
        return Entry(
            info: TensorInfo(name: name, dtype: dtype, shape: bytesShape), range: begin..<end,
            foreignType: foreign == nil ? nil : code)
    }

    /// Header JSON for these tensors one after another, padded with spaces to a multiple of 8 bytes.
    static func encode(_ tensors: [TensorInfo], metadata: [OrderedJSON.Member]) -> [UInt8] {
        var parts: [String] = []
        if !metadata.isEmpty { parts.append("\"__metadata__\":" + OrderedJSON.object(metadata).compact) }
        var offset = 0
        for tensor in tensors {
            let code = dtypes.first { $0.dtype == tensor.dtype }?.text ?? ""
            require(!code.isEmpty, "safetensors has no name for \(tensor.dtype)")
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            parts.append(
                OrderedJSON.quoted(tensor.name)
                    + ":{\"dtype\":\"\(code)\",\"shape\":[\(shape)],\"data_offsets\":"
                    + "[\(offset),\(offset + tensor.byteCount)]}")
            offset += tensor.byteCount
        }
        var bytes = Array(("{" + parts.joined(separator: ",") + "}").utf8)
        while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
        return bytes
    }
}
