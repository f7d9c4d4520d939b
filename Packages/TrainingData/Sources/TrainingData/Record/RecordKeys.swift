// The keys of the record.

/// The keys of the record, in the order in which they are written.
enum RecordKeys {
    /// All keys.
    static let ordered = [
        "id", "task", "source", "license", "messages", "images", "videos", "solution", "options", "objects",
        "rationale",
    ]
    /// The same as a set.
    static let all = Set(ordered)
}
