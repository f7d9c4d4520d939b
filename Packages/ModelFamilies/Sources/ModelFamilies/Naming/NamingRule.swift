// Derives a naming style from the canonical tensors: one kind of rule for names, fused matrices and interleaved
// ones. Reading applies the rules backwards, so each is written once.
internal import Checkpoint

/// A tensor as a naming style stores it.
public struct StoredTensor: Sendable, Equatable {
    /// Rows of a canonical tensor; a row is what one step along the first dimension covers.
    public struct Run: Sendable, Equatable {
        /// The position of the canonical tensor in `KeyTable.expected`.
        public let tensor: Int
        /// Which of its rows.
        public let rows: Range<Int>
    }

    /// The public name.
    public let name: String
    /// The sizes of the dimensions, outermost first.
    public let shape: [Int]
    /// False for a tensor that may be absent, such as the head that is tied to the embedding.
    public let isRequired: Bool
    /// The rows it consists of, from the first to the last.
    public let runs: [Run]

    /// Whether it is one canonical tensor under another name.
    var isWhole: Bool { runs.count == 1 && runs[0].rows == 0..<shape[0] }
}

/// How a style stores the canonical modules with certain names.
///
/// The names are beginnings that end between two dots; `#` matches a number. What follows, such as `.weight`, stays.
public struct NamingRule: Sendable {
    private let name: [Substring]
    private let sources: [[Substring]]
    private let groupCount: Int

    /// A module under another name.
    public init(_ name: String, from source: String) {
        self.init(name, joining: [source])
    }

    /// Modules whose rows are stored as one.
    ///
    /// Without groups all rows of the first come first; otherwise every module is cut into `groupCount` equal parts,
    /// and the first part of each is followed by the second of each, and so on.
    public init(_ name: String, joining sources: [String], groupCount: Int = 1) {
        self.name = name.split(separator: ".")
        self.sources = sources.map { $0.split(separator: ".") }
        self.groupCount = groupCount
    }

    /// The stored tensors of a style with these rules; tensors without a rule keep their names.
    static func apply(_ rules: [NamingRule], to expected: [ExpectedTensor]) -> [StoredTensor] {
        /// The canonical tensors that go into one stored name, by their order in the rule.
        var parts: [(name: String, rule: NamingRule?, tensors: [Int: Int])] = []
        var places: [NameBytes: Int] = [:]
        for (position, tensor) in expected.enumerated() {
            let path = tensor.name.split(separator: ".")
            let match = rules.lazy.compactMap { $0.match(path) }.first
            let name = match?.name ?? tensor.name
            let place = places[name.nameBytes] ?? parts.count
            places[name.nameBytes] = place
            if place == parts.count { parts.append((name, match?.rule, [:])) }
            parts[place].tensors[match?.part ?? 0] = position
        }
        return parts.map { name, rule, tensors in
            let positions = tensors.sorted { $0.key < $1.key }.map(\.value)
            let groupCount = rule?.groupCount ?? 1
            let runs = (0..<groupCount).flatMap { group in
                positions.map { position in
                    let length = expected[position].shape[0] / groupCount
                    return StoredTensor.Run(
                        tensor: position, rows: group * length..<(group + 1) * length)
                }
            }
            let rowCount = positions.reduce(0) { $0 + expected[$1].shape[0] }
            return StoredTensor(
                name: name, shape: [rowCount] + expected[positions[0]].shape.dropFirst(),
                isRequired: positions.contains { expected[$0].isRequired }, runs: runs)
        }
    }

    /// What a canonical name becomes, and which of the rule's sources it is; nil when the rule does not speak of it.
    private func match(_ path: [Substring]) -> (name: String, part: Int, rule: NamingRule)? {
        for (part, source) in sources.enumerated() where path.count >= source.count {
            guard zip(source, path).allSatisfy({ $0 == "#" ? $1.allSatisfy(\.isNumber) : $0 == $1 }) else {
                continue
            }
            var numbers = zip(source, path).filter { $0.0 == "#" }.map(\.1)[...]
            let name = name.map { $0 == "#" ? numbers.popFirst() ?? "#" : $0 } + path[source.count...]
            return (name.joined(separator: "."), part, self)
        }
        return nil
    }
}

/// A style in which a family is published, and the rules that make its tensors of the canonical ones.
public struct NamingStyle: Sendable {
    /// The style.
    public let style: WeightStyle
    /// The rules; the first that speaks of a tensor is used.
    public let rules: [NamingRule]

    /// A style with its rules.
    public init(_ style: WeightStyle, rules: [NamingRule]) { (self.style, self.rules) = (style, rules) }
}
