// Earlier messages, and a walk among them.

/// Messages in the order in which they were sent, and the place of a walk with the arrow keys.
public struct History: Equatable, Sendable {
    /// The most messages that are kept.
    public static let limit = 1000

    /// The messages, the oldest first.
    public private(set) var entries: [String]
    /// The entry that is shown; the count of the entries for the text that is being typed.
    private var place: Int
    /// What was typed before the walk began.
    private var draft = ""

    /// A history of these messages, the oldest first; only the last `limit` are kept.
    public init(_ entries: [String] = []) {
        self.entries = Array(entries.suffix(Self.limit))
        place = self.entries.count
    }

    /// Adds a message, unless it is blank or the same as the last one, and ends the walk.
    ///
    /// - Returns: Whether it was added.
    @discardableResult
    public mutating func add(_ text: String) -> Bool {
        defer { (place, draft) = (entries.count, "") }
        guard text != entries.last, text.contains(where: { !$0.isWhitespace }) else { return false }
        entries.append(text)
        if entries.count > Self.limit { entries.removeFirst() }
        return true
    }

    /// The message before the shown one; nil at the oldest.
    mutating func older(than text: String) -> String? {
        guard place > 0 else { return nil }
        if place == entries.count { draft = text }
        place -= 1
        return entries[place]
    }

    /// The message after the shown one, at last what was being typed; nil when that is shown.
    mutating func newer() -> String? {
        guard place < entries.count else { return nil }
        place += 1
        return place == entries.count ? draft : entries[place]
    }
}
