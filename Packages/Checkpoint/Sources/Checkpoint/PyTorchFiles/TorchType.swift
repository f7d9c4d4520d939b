// The element types of PyTorch.
internal import Basics

/// An element type of PyTorch.
struct TorchType: Sendable, Equatable {
    /// Its name in PyTorch, such as `bfloat16`.
    let name: String
    /// The bytes of an element.
    let byteCount: Int

    /// The type in a checkpoint; nil for types that weights do not have here.
    var dtype: DType? { DType(rawValue: name) }

    private static let byteCounts = [
        "float32": 4, "float64": 8, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2,
        "int8": 1,
        "uint8": 1, "bool": 1, "uint16": 2, "uint32": 4, "uint64": 8, "float8_e4m3fn": 1, "float8_e5m2": 1,
        "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1, "complex64": 8, "complex128": 16,
    ]

    private static let storages = [
        "FloatStorage": "float32", "DoubleStorage": "float64", "HalfStorage": "float16",
        "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16",
        "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
        "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
    ]

    /// The type of a name, such as `torch.bfloat16`; nil for another one.
    init?(global: String) {
        guard global.hasPrefix("torch.") else { return nil }
        self.init(name: String(global.dropFirst(6)))
    }

    /// The type of a storage's class, such as `torch.BFloat16Storage`; nil for another one.
    init?(storage global: String) {
        guard global.hasPrefix("torch."), let name = Self.storages[String(global.dropFirst(6))] else {
            return nil
        }
        self.init(name: name)
    }

    private init?(name: String) {
        guard let byteCount = Self.byteCounts[name] else { return nil }
        (self.name, self.byteCount) = (name, byteCount)
    }

    /// The class of storages whose tensors say the type.
    static let untypedStorage = "torch.storage.UntypedStorage"
}
