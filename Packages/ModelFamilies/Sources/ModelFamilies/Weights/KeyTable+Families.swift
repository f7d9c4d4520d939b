// Which families have a table, and how a configuration says which one it is.
public import Checkpoint
internal import StrictJSON

extension KeyTable {
    /// The families that have a table, by the `model_type` of their configuration.
    public static let families = ["qwen2_5_vl", "internvl", "internvl_chat", "qwen2", "qwen3"]

    /// The table for a configuration file; `location` is what errors call it.
    ///
    /// Throws `ConfigurationError.unknownFamily` or `.badConfiguration`.
    public static func of(config: [UInt8], location: String) throws -> KeyTable {
        let json = try parse(config, location)
        let family = try family(of: json, location: location)
        return switch family {
        case "qwen2_5_vl": try qwen25VL(json, location: location)
        case "internvl", "internvl_chat": try internVL(json, family: family, location: location)
        default: try text(json, family: family, location: location)
        }
    }

    /// The table for the model that a reader opened, from its `config.json`.
    public static func of(_ reader: any CheckpointReader) throws -> KeyTable {
        guard let config = try reader.sideFile("config.json") else {
            throw CheckpointError.unsupported(
                file: reader.location,
                problem: "has no config.json; a model is a directory or an HDF5 file with one inside")
        }
        return try of(config: config, location: "\(reader.location)/\("config.json")")
    }

    /// The family that a configuration names; throws when it has no table.
    static func family(config: [UInt8], location: String) throws -> String {
        try family(of: try parse(config, location), location: location)
    }

    private static func family(of json: OrderedJSON, location: String) throws -> String {
        guard let family = json["model_type"]?.text else {
            throw ConfigurationError.badValue(
                file: location, key: "model_type", expected: "a model family",
                found: json["model_type"]?.compact ?? "nothing")
        }
        guard families.contains(family) else {
            throw ConfigurationError.unknownFamily(family: family, file: location, known: families)
        }
        return family
    }

    static func parse(_ config: [UInt8], _ location: String) throws -> OrderedJSON {
        do { return try OrderedJSON(parsing: config) } catch {
            throw CheckpointError.damaged(
                file: location, problem: "not JSON: \(error.reason) at byte \(error.offset)")
        }
    }

    static func tensor(_ name: String, _ shape: Int...) -> Expected {
        Expected(name: name, shape: shape, isRequired: true)
    }

    /// The matrix of a linear layer, [to, from], and its bias.
    static func linear(_ name: String, from: Int, to: Int, hasBias: Bool = true) -> [Expected] {
        [tensor("\(name).weight", to, from)] + (hasBias ? [tensor("\(name).bias", to)] : [])
    }
}

extension CheckpointReader {
    /// Checks that the model has exactly the tensors that its `config.json` asks for, in any public style.
    ///
    /// Throws `ConfigurationError`, or `CheckpointError` that names a tensor.
    public func requireKnownModel() throws { try KeyTable.of(self).validate(self) }
}

/// Reads sizes and choices out of a configuration and names the key when one is absent or senseless.
struct SizeReader {
    let json: OrderedJSON
    /// What stands before a key in errors, such as `vision_config.`.
    let prefix: String
    let location: String

    /// The object under one of these keys, in their order; throws `ConfigurationError.badValue`.
    func object(_ keys: String...) throws -> SizeReader {
        for key in keys {
            guard let value = json[key], value != .null else { continue }
            guard case .object = value else { throw bad(key, "an object", value) }
            return SizeReader(json: value, prefix: "\(prefix)\(key).", location: location)
        }
        throw bad(keys[0], "an object", nil)
    }

    /// A whole number from 1 up, under `key` or else `other`; throws `ConfigurationError.badValue`.
    func count(
        _ key: String, or other: String? = nil, default fallback: Int? = nil, atMost limit: Int = 1 << 24
    ) throws -> Int {
        let value = (json[key] ?? other.flatMap { json[$0] }).flatMap { $0 == .null ? nil : $0 }
        if value == nil, let fallback { return fallback }
        guard let number = value?.integer, number >= 1, number <= limit else {
            throw bad(key, "a whole number from 1 to \(limit)", value)
        }
        return number
    }

    /// Height and width, given as one number for both or as a list of the two.
    func pair(_ key: String, default fallback: Int) throws -> (Int, Int) {
        guard case .array(let sizes)? = json[key] else {
            let size = try count(key, default: fallback)
            return (size, size)
        }
        let numbers = sizes.compactMap(\.integer).filter { $0 >= 1 && $0 <= 1 << 24 }
        guard numbers.count == 2, sizes.count == 2 else { throw bad(key, "two whole numbers", json[key]) }
        return (numbers[0], numbers[1])
    }

    /// A truth value; throws `ConfigurationError.badValue` for anything else, also when `required` differs.
    func flag(_ key: String, default fallback: Bool, required: Bool? = nil) throws -> Bool {
        let found = json[key].flatMap { $0 == .null ? nil : $0 } ?? .bool(fallback)
        guard case .bool(let value) = found, required == nil || value == required else {
            throw bad(key, required.map { "\($0), the only case known" } ?? "true or false", json[key])
        }
        return value
    }

    /// A word of a list; throws `ConfigurationError.badValue` for any other.
    func choice(_ key: String, of words: [String], default fallback: String) throws -> String {
        guard let value = json[key], value != .null else { return fallback }
        guard let text = value.text, words.contains(text) else {
            throw bad(key, words.map { "'\($0)'" }.joined(separator: " or "), value)
        }
        return text
    }

    /// The error for what stands under a key.
    func bad(_ key: String, _ expected: String, _ found: OrderedJSON?) -> ConfigurationError {
        .badValue(
            file: location, key: prefix + key, expected: expected, found: found?.compact ?? "nothing")
    }
}
