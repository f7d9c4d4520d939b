// Reads keys of config.json one by one. Every error names the file and the key.
public import StrictJSON

/// An object of a configuration file.
public struct ConfigurationReader: Sendable {
    /// The largest accepted size.
    public static let largestSize = 1 << 24

    /// The object.
    public let json: OrderedJSON
    /// The path of the object in the file, with a final dot: `vision_config.`; empty at the top.
    public let path: String
    /// The file's name in errors.
    public let file: String

    /// Reads a file; throws `ConfigurationError.notJSON`.
    public init(_ bytes: [UInt8], file: String) throws {
        do { json = try OrderedJSON(parsing: bytes) } catch {
            throw ConfigurationError.notJSON(file: file, reason: error.reason, offset: error.offset)
        }
        (path, self.file) = ("", file)
    }

    private init(json: OrderedJSON, path: String, file: String) {
        (self.json, self.path, self.file) = (json, path, file)
    }

    /// The value under a key; nil when it is absent or null.
    public func value(_ key: String) -> OrderedJSON? {
        json[key].flatMap { $0 == .null ? nil : $0 }
    }

    /// The object under the first of these keys that the file has; nil when it has none of them.
    public func object(ifPresent keys: String...) throws -> ConfigurationReader? {
        for key in keys {
            guard let value = value(key) else { continue }
            guard case .object = value else { throw bad(key, "an object", value) }
            return ConfigurationReader(json: value, path: "\(path)\(key).", file: file)
        }
        return nil
    }

    /// The object under the first of these keys that the file has.
    public func object(_ keys: String...) throws -> ConfigurationReader {
        for key in keys {
            if let found = try object(ifPresent: key) { return found }
        }
        throw bad(keys[0], "an object", nil)
    }

    /// The object under the first of these keys that the file has; an empty one when it has none of them.
    ///
    /// A class of transformers that gets no such object makes one of its own defaults.
    public func object(orEmpty keys: String...) throws -> ConfigurationReader {
        for key in keys {
            if let found = try object(ifPresent: key) { return found }
        }
        return ConfigurationReader(json: .object([]), path: "\(path)\(keys[0]).", file: file)
    }

    /// A whole number from 1 to `limit`, under `key` or else under `other`.
    public func count(
        _ key: String, or other: String? = nil, default fallback: Int? = nil, atMost limit: Int = largestSize
    ) throws -> Int {
        let value = value(key) ?? other.flatMap { self.value($0) }
        if value == nil, let fallback { return fallback }
        guard let number = value?.integer, number >= 1, number <= limit else {
            throw bad(key, "a positive whole number, at most \(limit)", value)
        }
        return number
    }

    /// A whole number of either sign.
    public func integer(_ key: String, default fallback: Int) throws -> Int {
        guard let value = value(key) else { return fallback }
        guard let number = value.integer, abs(number) <= Self.largestSize else {
            throw bad(key, "a whole number", value)
        }
        return number
    }

    /// A list of whole numbers from 0; nil when the key is absent.
    public func integers(_ key: String) throws -> [Int]? {
        guard let value = value(key) else { return nil }
        guard case .array(let items) = value else { throw bad(key, "a list of whole numbers", value) }
        let numbers = items.compactMap(\.integer).filter { (0...Self.largestSize).contains($0) }
        guard numbers.count == items.count else { throw bad(key, "a list of whole numbers", value) }
        return numbers
    }

    /// A finite number above 0; nil when the key is absent.
    public func positive(_ key: String, atMost limit: Double = .greatestFiniteMagnitude) throws -> Double? {
        guard let value = value(key) else { return nil }
        guard case .number(let text) = value, let number = Double(text), number > 0, number <= limit else {
            throw bad(key, "a positive number", value)
        }
        return number
    }

    /// The id of a token; nil when the key is absent.
    public func tokenID(_ key: String) throws -> Int32? {
        guard let value = value(key) else { return nil }
        guard let number = value.integer, let id = Int32(exactly: number), id >= 0 else {
            throw bad(key, "the id of a token", value)
        }
        return id
    }

    /// The id of a token that the model cannot do without; `usual` is the class's default.
    func tokenID(_ key: String, default usual: Int32, vocabulary: Int) throws -> Int32 {
        let id = try tokenID(key) ?? usual
        try expect(
            Int(id) < vocabulary, key, "the id of a token below vocab_size \(vocabulary)",
            found: value(key) == nil ? "nothing, which means \(usual)" : "\(id)")
        return id
    }

    /// The length of a side, given as one number or as a list of two equal ones.
    public func side(_ key: String, default fallback: Int) throws -> Int {
        guard case .array(let items)? = json[key] else { return try count(key, default: fallback) }
        let sides = items.compactMap(\.integer)
        guard let side = sides.first, sides.count == items.count, sides.count == 2,
            sides.allSatisfy({ $0 == side }), side >= 1, side <= Self.largestSize
        else { throw bad(key, "one positive whole number or two equal ones", json[key]) }
        return side
    }

    /// True or false.
    public func flag(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = value(key) else { return fallback }
        guard case .bool(let flag) = value else { throw bad(key, "true or false", value) }
        return flag
    }

    /// A text; nil when the key is absent.
    public func text(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else { throw bad(key, "a text", value) }
        return text
    }

    /// One of the words of a list.
    public func choice(_ key: String, of words: [String], default fallback: String? = nil) throws -> String {
        guard let value = value(key) ?? fallback.map(OrderedJSON.string) else { throw bad(key, words, nil) }
        guard let text = value.text, words.contains(text) else { throw bad(key, words, value) }
        return text
    }

    /// Throws the error for a key unless `holds`; `found` is shown instead of the stored value where given.
    public func expect(
        _ holds: Bool, _ key: String, _ expected: @autoclosure () -> String, found: String? = nil
    ) throws {
        guard holds else {
            throw ConfigurationError.badValue(
                file: file, key: path + key, expected: expected(),
                found: found ?? value(key)?.compact ?? "nothing")
        }
    }

    /// The error for the value under a key.
    public func bad(_ key: String, _ expected: String, _ found: OrderedJSON?) -> ConfigurationError {
        .badValue(file: file, key: path + key, expected: expected, found: found?.compact ?? "nothing")
    }

    private func bad(_ key: String, _ words: [String], _ found: OrderedJSON?) -> ConfigurationError {
        bad(key, words.map { "'\($0)'" }.joined(separator: " or "), found)
    }
}

/// Problems that keep this program from computing with a model, though not from naming its weights.
///
/// A converter or a comparison works with such a model; loading it to run throws the first problem.
public struct Obstacles: Sendable, Equatable {
    /// The problems in the order in which they were found.
    public private(set) var all: [ConfigurationError] = []

    /// No problems.
    public init() {}

    /// Runs `body`; when it throws a `ConfigurationError`, records it and returns `fallback`.
    public mutating func record<T>(or fallback: T, _ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as ConfigurationError {
            all.append(error)
            return fallback
        }
    }

    /// Throws the first problem.
    public func check() throws {
        if let first = all.first { throw first }
    }
}
