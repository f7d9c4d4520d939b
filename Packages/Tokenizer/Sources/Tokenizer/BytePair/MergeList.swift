// Collects merge rules in file order and looks up both tokens and their result in the vocabulary.

/// The merge rules read so far from a file.
struct MergeList {
    private let vocabulary: TokenTable
    private var rules: [(left: TokenID, right: TokenID, merged: TokenID)] = []
    private var scratch: [UInt8] = []

    init(_ vocabulary: TokenTable) { self.vocabulary = vocabulary }

    /// The number of rules, which is the rank of the next one.
    var count: Int { rules.count }

    /// Appends the rule "left right", two tokens in the byte alphabet with one space between.
    mutating func append(_ rule: UnsafeBufferPointer<UInt8>, file: String, key: String) throws {
        let text = { String(decoding: rule, as: UTF8.self) }
        scratch.removeAll(keepingCapacity: true)
        guard let space = rule.firstIndex(of: UInt8(ascii: " ")),
            ByteAlphabet.append(UnsafeBufferPointer(rebasing: rule[..<space]), to: &scratch)
        else { throw Self.wrong(file, key, "two tokens with a space between", text()) }
        let split = scratch.count
        guard ByteAlphabet.append(UnsafeBufferPointer(rebasing: rule[(space + 1)...]), to: &scratch) else {
            throw Self.wrong(file, key, "two tokens with a space between", text())
        }
        let known = scratch.withUnsafeBufferPointer { bytes -> (TokenID, TokenID, TokenID)? in
            guard split > 0, split < bytes.count,
                let left = vocabulary.id(of: UnsafeBufferPointer(rebasing: bytes[..<split])),
                let right = vocabulary.id(of: UnsafeBufferPointer(rebasing: bytes[split...])),
                let merged = vocabulary.id(of: bytes)
            else { return nil }
            return (left, right, merged)
        }
        guard let known else {
            throw Self.wrong(file, key, "tokens of the vocabulary that join into a third", text())
        }
        rules.append(known)
    }

    /// The rules as a table; the rank of a rule is its place in the list.
    func table() -> MergeTable {
        var table = MergeTable(capacity: rules.count)
        for (rank, rule) in rules.enumerated() {
            table.insert(left: rule.left, right: rule.right, rank: rank, merged: rule.merged)
        }
        return table
    }

    private static func wrong(_ file: String, _ key: String, _ expected: String, _ found: String)
        -> TokenizerError
    {
        .unsupported(file: file, key: key, expected: expected, found: "\"\(found)\"")
    }
}
