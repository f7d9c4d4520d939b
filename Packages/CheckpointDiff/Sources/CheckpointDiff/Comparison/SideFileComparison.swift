// Differences between side files; for JSON path by path.
internal import StrictJSON

/// A side file that only one model has, or that differs.
struct SideFileDifference: Sendable, Equatable, Codable {
    /// The kind of difference.
    enum Kind: String, Sendable, Codable {
        /// Only the first model has it.
        case onlyInA
        /// Only the second model has it.
        case onlyInB
        /// The contents differ.
        case content
        /// The JSON values are equal, the text differs.
        case notation
    }

    /// A value of a JSON file that differs.
    struct Key: Sendable, Equatable, Codable {
        /// The path of the value: `vision_config.depth`, `architectures[0]`.
        let path: String
        /// The value in the first model as JSON, or nil when it is absent.
        let a: String?
        /// The value in the second model as JSON, or nil when it is absent.
        let b: String?
    }

    /// The file's name.
    let name: String
    /// The kind of difference.
    let kind: Kind
    /// The file's length in the first model, or nil.
    let byteCountA: Int?
    /// The file's length in the second model, or nil.
    let byteCountB: Int?
    /// For JSON files, the values that differ, in the order of the first model; at most `keyLimit`.
    let keys: [Key]
    /// How many more values differ.
    let omittedKeyCount: Int

    /// The most values that are listed for one file: a vocabulary differs in many.
    static let keyLimit = 1000

    /// Compares two contents of one name; nil when they are the same.
    init?(_ name: String, _ a: [UInt8]?, _ b: [UInt8]?) {
        guard a != b else { return nil }
        self.name = name
        byteCountA = a?.count
        byteCountB = b?.count
        guard let a, let b else {
            kind = a == nil ? .onlyInB : .onlyInA
            (keys, omittedKeyCount) = ([], 0)
            return
        }
        // Other files are compared by their bytes, which differ.
        guard name.hasSuffix(".json"), let left = try? OrderedJSON(parsing: a),
            let right = try? OrderedJSON(parsing: b)
        else {
            kind = .content
            (keys, omittedKeyCount) = ([], 0)
            return
        }
        var walk = JSONWalk()
        walk.compare(left, right, path: "")
        kind = walk.keys.isEmpty ? .notation : .content
        keys = walk.keys
        omittedKeyCount = walk.omittedCount
    }
}

/// Collects the values in which two JSON texts differ.
private struct JSONWalk {
    var keys: [SideFileDifference.Key] = []
    var omittedCount = 0

    mutating func compare(_ a: OrderedJSON, _ b: OrderedJSON, path: String) {
        switch (a, b) {
        case (.object(let left), .object(let right)):
            var rest = Dictionary(
                right.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { first, _ in first })
            for member in left {
                let inner = Self.path(path, member.key)
                if let other = rest.removeValue(forKey: Array(member.key.utf8)) {
                    compare(member.value, other, path: inner)
                } else {
                    add(inner, member.value, nil)
                }
            }
            for member in right where rest[Array(member.key.utf8)] != nil {
                add(Self.path(path, member.key), nil, member.value)
            }
        case (.array(let left), .array(let right)):
            for index in 0..<max(left.count, right.count) {
                let inner = "\(path)[\(index)]"
                if index < left.count, index < right.count {
                    compare(left[index], right[index], path: inner)
                } else {
                    add(
                        inner, index < left.count ? left[index] : nil,
                        index < right.count ? right[index] : nil)
                }
            }
        default:
            if a != b { add(path, a, b) }
        }
    }

    private mutating func add(_ path: String, _ a: OrderedJSON?, _ b: OrderedJSON?) {
        guard keys.count < SideFileDifference.keyLimit else {
            omittedCount += 1
            return
        }
        keys.append(SideFileDifference.Key(path: path, a: a?.compact, b: b?.compact))
    }

    /// Keys with characters other than letters, digits, _ and - are quoted, so that a path is unambiguous.
    private static func path(_ outer: String, _ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.utf8.allSatisfy {
                $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0)
                    || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }
        let name = isPlain ? key : OrderedJSON.quoted(key)
        return outer.isEmpty ? name : "\(outer).\(name)"
    }
}
