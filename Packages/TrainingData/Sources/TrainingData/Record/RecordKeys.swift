// The keys of the record.
internal import StrictJSON

/// A key of the record, in the order in which they are written.
enum RecordKey: Int, CaseIterable {
    case id, task, source, license, messages, images, videos, solution, options, objects, rationale

    /// The key as rows have it.
    var name: String { "\(self)" }
}

/// The keys of the record together.
enum RecordKeys {
    /// All keys, in the order in which they are written.
    static let all = RecordKey.allCases
    /// Their names.
    static let ordered = all.map(\.name)
    /// The keys as they are written, each after a comma.
    static let written = ordered.map { Array(",\"\($0)\":".utf8) }
    /// The same, prepared for searches.
    private static let prepared = ordered.map { JSONKey($0) }
    /// A bit for each key.
    private static let bits = JSONKeyTable(
        Dictionary(uniqueKeysWithValues: ordered.enumerated().map { ($1, 1 << UInt64($0)) }))

    /// Whether a key is one of the record.
    static func has(_ key: JSONKey) -> Bool { bits[key] != 0 }
    /// Whether a key is one of the record.
    static func has(_ key: String) -> Bool { has(JSONKey(key)) }

    /// The keys of the record that a row has.
    struct Present {
        private let bits: UInt64

        init(_ members: JSONObject) { bits = members.bits(in: RecordKeys.bits) }

        /// How many there are.
        var count: Int { bits.nonzeroBitCount }

        /// The value of a key in the same row.
        ///
        /// Most keys are absent, and a bit says so sooner than a search.
        func value(_ key: RecordKey, in members: JSONObject) -> JSONValue? {
            bits >> UInt64(key.rawValue) & 1 == 0 ? nil : members[RecordKeys.prepared[key.rawValue]]
        }
    }
}
