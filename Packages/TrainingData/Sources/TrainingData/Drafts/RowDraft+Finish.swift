// What all layouts share at the end: id, source, golds, boxes; then every key that is left is kept or named.
internal import StrictJSON
internal import Tokenizer

extension RowDraft {
    /// Keys that mean something which this project does not do, and why they are left out.
    private static let unused: [(key: String, reason: String)] = [
        ("rejected_response", "answers that were rejected are not trained on"),
        ("rejected_messages", "answers that were rejected are not trained on"),
        ("rejected_images", "answers that were rejected are not trained on"),
        ("rejected", "answers that were rejected are not trained on"),
        ("margin", "answers that were rejected are not trained on"),
        ("channel", "losses are not grouped by channel"),
        ("loss_scale", "all tokens of an answer count alike"),
    ]
    /// Keys that change what the model sees or learns: a row that uses one cannot be read without it.
    private static let unsupported = [
        "tools", "audios", "audio", "positive", "negative", "positive_messages",
    ]

    private static let idKeys = ["id", "index", "question_id", "pid", "uid"]
    private static let sourceKeys = ["source", "data_source", "dataset"]
    private static let plainKeys = ["license", "rationale", "objects", "task"]

    /// The kinds of keys that `takeCommon` asks for.
    private struct Kinds: OptionSet {
        let rawValue: UInt64
        static let (rare, id, source) = (Kinds(rawValue: 1), Kinds(rawValue: 2), Kinds(rawValue: 4))
        static let (plain, options, pictures) = (Kinds(rawValue: 8), Kinds(rawValue: 16), Kinds(rawValue: 32))
    }

    /// The kind of each key.
    private static let kinds = {
        var kinds: [String: UInt64] = [:]
        for (keys, kind) in [
            (unused.map(\.key) + unsupported, .rare), (idKeys, .id), (sourceKeys, .source),
            (plainKeys, .plain), (["options", "choices"], .options), (Array(pictureKeys), .pictures),
        ] as [([String], Kinds)] {
            for key in keys { kinds[key] = kind.rawValue }
        }
        return JSONKeyTable(kinds)
    }()

    /// Takes the keys that mean the same in every layout.
    mutating func takeCommon() throws(SampleError) {
        // Most rows have few of these keys; looking at those that are there is faster than asking for each.
        let present = Kinds(rawValue: members.bits(in: Self.kinds))
        if present.contains(.rare) {
            for key in Self.unsupported {
                if let value = value(key), !value.isBlank {
                    throw place.fault(
                        key, expected: "a row without it; it is not supported, so leave such rows out",
                        found: value)
                }
                leaveOut(key, because: "empty")
            }
            for (key, reason) in Self.unused { leaveOut(key, because: reason) }
        }
        if present.contains(.id), record["id"] == nil, let (_, id) = take(anyOf: Self.idKeys, as: "id") {
            record["id"] = if case .number = id, let text = id.plainText { .string(text) } else { id }
        }
        if present.contains(.source), record["source"] == nil,
            let key = Self.sourceKeys.first(where: { value($0)?.text != nil })
        {
            record["source"] = take(key, as: "source")
        }
        if present.contains(.options), record["options"] == nil { try takeOptions() }
        if present.contains(.pictures) { try takePictures() }
        if present.contains(.plain) {
            for key in Self.plainKeys where record[key] == nil {
                if let value = take(key, as: key) { record[key] = value }
            }
        }
    }

    /// Takes options: a list, a text that holds a Python list, or an object `{"A": ...}`.
    mutating func takeOptions() throws(SampleError) {
        guard let (key, value) = take(anyOf: ["options", "choices"], as: "options"), !value.isBlank else {
            return
        }
        if let elements = value.elements {
            record["options"] = .array(elements.map { $0.plainText.map(JSONValue.string) ?? $0 })
        } else if let text = value.text, let list = PythonLiteral.list(text) {
            if !list.isEmpty { record["options"] = .array(list.map(JSONValue.string)) }
        } else if let members = value.members, let list = members["text"]?.elements {
            record["options"] = .array(list)
        } else if let members = value.members, !members.isEmpty,
            members.keys.allSatisfy({ $0.utf8.count == 1 })
        {
            record["options"] = .array(
                members.sorted { $0.key < $1.key }.map { .string("\($0.key). \($0.value.plainText ?? "")") })
        } else {
            throw place.fault(key, expected: "a list of texts", found: value)
        }
    }

    /// Takes the gold from the first of these keys that has one.
    mutating func takeGold(anyOf keys: [String]) {
        guard record["solution"] == nil else { return }
        for key in keys {
            guard let found = value(key), !found.isBlank, let value = take(key, as: "solution") else {
                continue
            }
            if case .string(let text) = value, record["rationale"] == nil, !has("rationale"),
                let thinking = GoldText(text).thinking, !thinking.isEmpty
            {
                record["rationale"] = .string(thinking)
            }
            record["solution"] = value.untagged
            return
        }
    }

    /// The keys and values of the record that this row became, without its turns; what is left is kept.
    mutating func finished(isRecord: Bool) -> JSONObject {
        if !isRecord, let task = record["task"]?.text, !Sample.Task.builtIn.contains(task) {
            record["task"] = nil
            kept["row_task"] = .string(task)
            note("task", "kept as row_task: it is not the name of a reward")
        }
        var members = JSONObject()
        swap(&members, &record)
        for place in 0..<self.members.count {
            guard let (key, value) = free(at: place), !value.isNull else { continue }
            let isTaken = RecordKeys.has(key)
            members[isTaken ? JSONKey("row_\(key.text)") : key] = value
            note(key.text, isTaken ? "kept as row_\(key.text)" : "kept")
        }
        if !kept.isEmpty { members.merge(kept) { $1 } }
        if !images.isEmpty { members["images"] = .array(images.map(JSONValue.string)) }
        if !videos.isEmpty { members["videos"] = .array(videos) }
        return members
    }
}

extension Sample.Task {
    /// The names of the tasks with a reward of their own.
    static let builtIn = ["yorn", "mcq", "chart", "math", "grounding", "open"]
}
