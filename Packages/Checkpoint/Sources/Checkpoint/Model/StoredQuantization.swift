// What config.json says of quantized weights: their tensors have other names and meanings than the model's.
internal import StrictJSON

/// `quantization_config` of a `config.json`.
struct StoredQuantization: Sendable, Equatable {
    /// How FP8 weights are scaled.
    struct FP8: Sendable, Equatable {
        /// Rows and columns that have one scale; nil when the shape of the scales says it.
        let block: [Int]?
    }

    /// `quant_method`, such as `awq`.
    let method: String
    /// The settings of `fp8`; nil for other methods.
    let fp8: FP8?
    private let place: String

    /// The keys under which releases keep it.
    static let keys = ["quantization_config", "compression_config"]
    private static let parts = ["text_config", "llm_config"]

    /// What a directory's files say; nil for weights that are not quantized.
    ///
    /// A `config.json` that is not JSON says nothing here: reading the model's sizes reports it. Throws
    /// `CheckpointError.unsupported` for settings of FP8 that are not known.
    init?(_ config: [UInt8], file: String) throws {
        guard let root = try? OrderedJSON(parsing: config) else { return nil }
        let places = [("", root)] + Self.parts.compactMap { part in root[part].map { ("\(part).", $0) } }
        let found = places.lazy.flatMap { path, object in
            Self.keys.compactMap { key in object[key].map { ("\(file): \(path)\(key)", $0) } }
        }.first { $0.1 != .null }
        guard let (place, settings) = found else { return nil }
        let bits = ["load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit"]
        let method =
            settings["quant_method"]?.text
            ?? (bits.contains { settings[$0] != nil } ? "bitsandbytes" : "unknown")
        self.place = place
        self.method = method
        fp8 = method == "fp8" ? try Self.fp8(settings, place) : nil
    }

    private static func fp8(_ settings: OrderedJSON, _ place: String) throws -> FP8 {
        func refused(_ key: String, _ expected: String) -> CheckpointError {
            .unsupported(
                file: "\(place).\(key)",
                problem: "expected \(expected), found \(settings[key]?.compact ?? "nothing")")
        }
        let format = settings["fmt"] ?? .null
        guard format == .null || ["e4m3", "e5m2"].contains(format.text) else {
            throw refused("fmt", "'e4m3' or 'e5m2'")
        }
        switch settings["weight_block_size"] ?? .null {
        case .null: return FP8(block: nil)
        case .array(let items):
            let sizes = items.compactMap(\.integer)
            guard sizes.count == 2, items.count == 2, sizes.allSatisfy({ 1...65_536 ~= $0 }) else { break }
            return FP8(block: sizes)
        default: break
        }
        throw refused("weight_block_size", "two positive whole numbers or null")
    }

    /// The error for a program that does not read such weights; `isWidened` when `r1-convert` makes them readable.
    func refusal(isWidened: Bool) -> CheckpointError {
        .unsupported(
            file: "\(place).quant_method",
            problem: "'\(method)', and quantized weights are not read; "
                + (isWidened
                    ? "widen them first: r1-convert FOLDER NAME.h5"
                    : "take the original checkpoint in bfloat16, or dequantize this one and save it"))
    }

    /// The error for a directory with a quantizer's own file of settings.
    static func refuse(_ names: [String], in path: String) throws {
        let own = ["quantize_config.json", "quant_config.json"]
        guard let name = own.first(where: names.contains) else { return }
        throw CheckpointError.unsupported(
            file: "\(path)/\(name)",
            problem:
                "the settings of GPTQ or AWQ, and config.json has no quantization_config; quantized weights are not "
                + "read; take the original checkpoint in bfloat16, or dequantize this one and save it")
    }
}
