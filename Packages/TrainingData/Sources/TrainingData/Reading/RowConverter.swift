// From a row as it was found to the keys of the record: the map, then the first layout that matches.
public import StrictJSON
internal import Tokenizer

/// A row in the keys of the record.
public struct ConvertedRow: Sendable {
    /// The record's keys and every key that is kept, without the turns that a layout has read.
    var fields: JSONObject
    /// The turns that a layout has read; nil for a row that was a record already, which has them in `fields`.
    let turns: [Sample.Message]?
    /// The layout that read the row.
    public let layout: String
    /// What became of each key; empty for a row that was a record already.
    public let uses: [KeyUse]

    /// The record's keys and every key that is kept.
    public var members: JSONObject {
        var members = fields
        if let turns { members["messages"] = .array(turns.map(\.json)) }
        return members
    }
}

extension Sample.Message {
    /// The turn as an object.
    fileprivate var json: JSONValue {
        .object(["role": .string(role.rawValue), "content": .string(text)])
    }
}

/// Converts rows of any layout.
public struct RowConverter: Sendable {
    private let map: RowMap
    private let explains: Bool

    /// A converter.
    ///
    /// - Parameters:
    ///   - map: Is applied first.
    ///   - explains: Whether the use of each key is recorded, which takes some time.
    public init(map: RowMap = RowMap(), explains: Bool = false) {
        (self.map, self.explains) = (map, explains)
    }

    /// Keys of a row with "messages" that ask for more than reading the record.
    private static let foreign = JSONKeyTable([
        "image", "video", "answer", "system", "tools", "audios", "audio", "reward_model", "response",
        "ground_truth",
        "gold", "gt", "label", "prompt", "rejected_response", "rejected_messages", "rejected_images",
        "rejected",
        "channel", "loss_scale", "positive", "negative", "data_source", "dataset", "choices", "decoded_image",
        "image_path", "image_file", "imgname", "image_url", "img", "margin", "positive_messages",
    ])

    /// Converts one row.
    ///
    /// Throws ``SampleError`` when no layout fits, or when a key has a value that it may not have.
    public func convert(_ members: JSONObject, at place: RowPlace) throws(SampleError)
        -> ConvertedRow
    {
        if map.entries.isEmpty, Self.isRecord(members) {
            return ConvertedRow(fields: members, turns: nil, layout: Layout.recordName, uses: [])
        }
        guard !map.entries.isEmpty else { return try read(members, mapped: [], at: place) }
        let (members, mapped) = try map.apply(to: members, at: place)
        return try read(members, mapped: mapped, at: place)
    }

    /// Reads a row by the first layout that matches.
    private func read(
        _ members: JSONObject, mapped: [KeyUse], at place: RowPlace
    ) throws(SampleError) -> ConvertedRow {
        guard let number = Layout.match(members) else { throw Self.unknown(members, at: place) }
        let name = Layout.all[number].name
        var draft = RowDraft(members, at: place, explains: explains)
        try Layout.all[number].read(&draft)
        try draft.takeCommon()
        try draft.settleMarkers()
        let isRecord =
            name == Layout.messages.name
            || mapped.contains { $0.use.hasPrefix("task") || $0.key == "task" }
        let fields = draft.finished(isRecord: isRecord)
        return ConvertedRow(
            fields: fields, turns: draft.turns, layout: name,
            uses: mapped.isEmpty ? draft.uses : mapped + draft.uses)
    }

    /// Whether a row needs no layout.
    private static func isRecord(_ members: JSONObject) -> Bool {
        guard case .array(let turns)? = members["messages"], !turns.isEmpty else { return false }
        guard members.bits(in: foreign) == 0 else { return false }
        var (images, videos) = (0, 0)
        for (index, turn) in turns.enumerated() {
            guard case .object(let turn) = turn, turn.count == 2,
                case .string(let content)? = turn["content"],
                case .string(let role)? = turn["role"],
                role == "user" || role == "assistant" || (role == "system" && index == 0)
            else { return false }
            guard role != "assistant" else { continue }
            let markers = MarkerCount(content)
            guard !markers.hasInlinePath else { return false }
            images += markers.images
            videos += markers.videos
        }
        return isList(members["images"], count: images) { value in
            guard case .string(let path) = value, !path.isEmpty else { return false }
            return path.hasPrefix("data:")
                || !(path.utf8.prefix(12).contains(UInt8(ascii: ":")) || path.utf8.count > 1000)
        }
            && isList(members["videos"], count: videos) {
                $0.text?.isEmpty == false || $0.members?["path"]?.text != nil
            }
    }

    private static func isList(_ value: JSONValue?, count: Int, _ isElement: (JSONValue) -> Bool) -> Bool {
        switch value {
        case nil, .null?: count == 0
        case .array(let elements)?: elements.count == count && elements.allSatisfy(isElement)
        case .string?, .object?: count == 1 && value.map(isElement) ?? false
        default: false
        }
    }

    private static func unknown(_ members: JSONObject, at place: RowPlace) -> SampleError {
        let keys = members.keys.sorted()
        let more = keys.count > 12 ? " and \(keys.count - 12) more" : ""
        return .noLayout(
            file: place.file, line: place.line,
            found: keys.isEmpty ? "no key" : "the keys \(keys.prefix(12).joined(separator: ", "))\(more)")
    }
}
