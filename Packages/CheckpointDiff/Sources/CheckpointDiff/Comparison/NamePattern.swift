// Patterns over tensor names, and rules that rename them: what --only, --ignore and --map take.

/// A pattern for names: `*` matches any run of characters, `?` one.
///
/// Without `*` and `?` it also matches everything below: `model.layers.3` matches
/// `model.layers.3.mlp.up_proj.weight`.
public struct NamePattern: Sendable, Equatable {
    /// The pattern as it was written.
    let text: String
    private let bytes: [UInt8]
    private let isPlain: Bool

    /// Parses a pattern.
    public init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
        isPlain = !text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
    }

    /// Whether the whole of a name matches.
    func matches(_ name: String) -> Bool {
        if isPlain {
            let name = Array(name.utf8)
            return name == bytes || name.starts(with: bytes + [UInt8(ascii: ".")])
        }
        return captures(name) != nil
    }

    /// What each `*` matches when the pattern matches the whole name, earlier ones as short as possible; else
    /// nil.
    func captures(_ name: String) -> [[UInt8]]? {
        let name = Array(name.utf8)
        var (place, at) = (0, 0)
        var captures: [[UInt8]] = []
        // Where the last star takes one more byte when the rest does not match.
        var star: (pattern: Int, name: Int)?
        while at < name.count || place < bytes.count {
            if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
                star = (place + 1, at)
                captures.append([])
                place += 1
            } else if place < bytes.count, at < name.count,
                bytes[place] == name[at] || bytes[place] == UInt8(ascii: "?")
            {
                place += 1
                at += 1
            } else if let (pattern, start) = star, start < name.count {
                captures[captures.count - 1].append(name[start])
                star = (pattern, start + 1)
                (place, at) = (pattern, start + 1)
            } else {
                return nil
            }
        }
        return captures
    }
}

/// A rule that renames tensors before they are matched: `visual.*=model.visual.*`.
public struct NameRule: Sendable, Equatable {
    /// The rule as it was written.
    let text: String
    let pattern: NamePattern
    private let replacement: [[UInt8]]

    /// Parses `FROM=TO`, where each `*` of TO becomes the text that the same `*` of FROM matched; nil if
    /// invalid.
    public init?(_ text: String) {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else { return nil }
        self.text = text
        pattern = NamePattern(sides[0])
        let star = UInt8(ascii: "*")
        replacement = sides[1].utf8.split(separator: star, omittingEmptySubsequences: false).map { Array($0) }
        guard replacement.count - 1 <= sides[0].utf8.count(where: { $0 == star }) else { return nil }
    }

    /// The new name, or nil when the rule does not match.
    func apply(to name: String) -> String? {
        guard let captures = pattern.captures(name) else { return nil }
        var result = replacement[0]
        for (part, capture) in zip(replacement.dropFirst(), captures) { result += capture + part }
        return String(decoding: result, as: UTF8.self)
    }
}
