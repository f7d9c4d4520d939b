// A public form of rows. One file of the folder Layouts per layout; LayoutTable.swift lists them.
internal import StrictJSON

/// A form in which rows are published.
public struct Layout: Sendable {
    /// A short name, as reports print it.
    public let name: String
    /// Who writes such rows, and with which keys.
    public let summary: String
    /// Keys of which such a row has at least one: only then `matches` is asked.
    let keys: [String]
    /// Whether a row has this form; decides by its keys and their kinds.
    let matches: @Sendable (JSONObject) -> Bool
    /// Moves what the row says into turns, pictures and keys of the record.
    let read: @Sendable (inout RowDraft) throws(SampleError) -> Void
}

extension JSONObject {
    /// Whether a key is there and not `null`.
    func has(_ key: String) -> Bool { self[key].map { !$0.isNull } ?? false }

    /// Whether a key has a text or a number.
    func hasText(_ key: String) -> Bool { self[key]?.plainText != nil }

    /// Whether a key has a list of objects.
    func hasObjects(_ key: String) -> Bool { self[key]?.elements?.first?.members != nil }
}
