// A row on its way from a layout to the record: the keys that no one has used yet, the turns and pictures found so
// far, and what became of each key.
public import StrictJSON
internal import Tokenizer

/// What became of a key of a row.
public struct KeyUse: Hashable, Sendable {
    /// The key; a dot separates the keys of an object inside the row.
    public let key: String
    /// What it was used for: `images`, `solution`, `kept`, ...
    public let use: String

    /// A use of a key.
    public init(key: String, use: String) { (self.key, self.use) = (key, use) }
}

/// A row that a layout is reading.
struct RowDraft {
    let place: RowPlace
    /// The row as it was found.
    let members: JSONObject
    private var taken = TakenKeys()
    var turns: [Sample.Message] = []
    /// Paths or `data:` URIs.
    var images: [String] = []
    /// Paths, or objects with a path and a frame rate.
    var videos: [JSONValue] = []
    /// The other keys of the record.
    var record = JSONObject()
    /// Keys that stay beside those of the record.
    var kept = JSONObject()
    var uses: [KeyUse] = []

    /// Whether uses are recorded.
    private let explains: Bool

    init(_ members: JSONObject, at place: RowPlace, explains: Bool) {
        (self.members, self.place, self.explains) = (members, place, explains)
        record.reserveCapacity(members.count + 4)
    }

    /// Takes a key's value away; `null` counts as absent.
    mutating func take(_ key: String, as use: String) -> JSONValue? {
        guard let place = freePlace(of: key) else { return nil }
        taken.insert(place)
        let value = members.value(at: place)
        guard !value.isNull else { return nil }
        note(key, use)
        return value
    }

    /// Takes the first of several keys that is there and not `null`.
    mutating func take(anyOf keys: [String], as use: String) -> (key: String, value: JSONValue)? {
        for key in keys { if let value = take(key, as: use) { return (key, value) } }
        return nil
    }

    /// Takes a text; a number becomes its text.
    mutating func text(anyOf keys: [String], as use: String) throws(SampleError) -> String? {
        for key in keys { if let text = try text(key, as: use) { return text } }
        return nil
    }

    /// Takes a text; a number becomes its text.
    mutating func text(_ key: String, as use: String) throws(SampleError) -> String? {
        guard let value = take(key, as: use) else { return nil }
        guard let text = value.plainText else { throw place.fault(key, expected: "a text", found: value) }
        return text
    }

    /// Whether a key is there and not `null`.
    func has(_ key: String) -> Bool {
        guard let place = freePlace(of: key) else { return false }
        return !members.value(at: place).isNull
    }

    /// The value of a key that nothing has used yet.
    func value(_ key: String) -> JSONValue? {
        guard let place = freePlace(of: key) else { return nil }
        return members.value(at: place)
    }

    /// The key and the value at a place of the row; nil when something has used the key.
    func free(at place: Int) -> (key: JSONKey, value: JSONValue)? {
        taken.has(place) ? nil : (members.key(at: place), members.value(at: place))
    }

    private func freePlace(of key: String) -> Int? {
        guard let place = members.place(of: JSONKey(key)), !taken.has(place) else { return nil }
        return place
    }

    /// Records that a key is left out, and why.
    mutating func leaveOut(_ key: String, because reason: String) {
        guard let place = freePlace(of: key) else { return }
        taken.insert(place)
        if explains { note(key, "left out: \(reason)") }
    }

    /// Records something that was done to the row beside the use of its keys.
    mutating func note(_ key: String, _ text: String) {
        if explains { uses.append(KeyUse(key: key, use: text)) }
    }

    /// Appends a turn.
    mutating func add(_ role: ChatMessage.Role, _ text: String) {
        turns.append(Sample.Message(role: role, text: text))
    }
}

extension JSONValue {
    /// A text as it is, and a number as a person writes it; nil for any other value.
    public var plainText: String? {
        switch self {
        case .string(let text): text
        case .integer(let value): "\(value)"
        case .number(let value): plain(value)
        case .null, .bool, .array, .object: nil
        }
    }

    /// Whether the value says nothing: `null`, an empty or blank text, `nan` (pandas), an empty list, also as text.
    var isBlank: Bool {
        switch self {
        case .null: true
        case .string(let text): text.utf8.count <= 8 && Self.isBlank(text.trimmingSpace())
        case .array(let elements): elements.isEmpty
        case .bool, .integer, .number, .object: false
        }
    }

    private static func isBlank(_ word: String) -> Bool {
        switch word.utf8.first {
        case nil: true
        case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "["), UInt8(ascii: "{"):
            ["nan", "NaN", "None", "null", "[]", "{}"].contains(word)
        default: false
        }
    }
}

/// A number as a person writes it: without ".0" when it is whole.
func plain(_ value: Double) -> String {
    value.rounded() == value && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
}
