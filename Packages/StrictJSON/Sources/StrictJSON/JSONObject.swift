// The members of a JSON object. Rows of data have a few short keys, for which comparing keys one after the other is
// several times as fast as hashing them; objects with many keys get an index.

/// The members of a JSON object: keys with values, in no particular order.
public struct JSONObject: Sendable {
    /// A key with its value.
    public typealias Element = (key: String, value: JSONValue)

    /// A key with its value, and what a search compares first.
    private struct Entry {
        let key: JSONKey
        var value: JSONValue
    }

    /// Objects with more members than this are searched through `places`.
    private static let mostUnindexed = 16

    private var entries: [Entry] = []
    /// The index in `entries` of each key; empty while the object is small.
    private var places: [String: Int] = [:]

    /// An object without members.
    public init() {}

    /// An object with the members of a dictionary.
    public init(_ members: [String: JSONValue]) {
        entries.reserveCapacity(members.count)
        for (key, value) in members { append(JSONKey(key), value) }
    }

    /// The number of members.
    public var count: Int { entries.count }
    /// Whether there are no members.
    public var isEmpty: Bool { entries.isEmpty }
    /// The keys.
    public var keys: [String] { entries.map(\.key.text) }
    /// The values.
    public var values: [JSONValue] { entries.map(\.value) }

    /// The members that are numbers.
    public var numbers: [String: Double] {
        var numbers: [String: Double] = [:]
        for entry in entries { numbers[entry.key.text] = entry.value.double }
        return numbers
    }

    /// Makes room for a number of members.
    public mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    /// The value under a key, nil when the key is absent; setting nil removes the key.
    public subscript(key: String) -> JSONValue? {
        get { self[JSONKey(key)] }
        set { self[JSONKey(key)] = newValue }
    }

    /// The value under a key, nil when the key is absent; setting nil removes the key.
    public subscript(key: JSONKey) -> JSONValue? {
        get { place(of: key).map { entries[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key.text)
                return
            }
            if let place = place(of: key) {
                entries[place].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// The place of a key, 0 to `count` - 1; nil when the key is absent.
    ///
    /// Setting a value keeps the places of all keys; removing one does not.
    public func place(of key: JSONKey) -> Int? {
        guard places.isEmpty else { return places[key.text] }
        return entries.withUnsafeBufferPointer { entries in
            // By index, because a closure would get a copy of each entry.
            for place in entries.indices where entries[place].key == key { return place }
            return nil
        }
    }

    /// The key at a place.
    public func key(at place: Int) -> JSONKey { entries[place].key }

    /// The value at a place.
    public func value(at place: Int) -> JSONValue { entries[place].value }

    /// Removes a member and returns its value; nil when the key is absent.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let place = place(of: JSONKey(key)) else { return nil }
        entries.swapAt(place, entries.count - 1)
        let value = entries.removeLast().value
        if !places.isEmpty {
            places[key] = nil
            if place < entries.count { places[entries[place].key.text] = place }
        }
        return value
    }

    /// Adds the members of another object; `combine` chooses between two values of one key.
    public mutating func merge(
        _ other: JSONObject, uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue
    ) {
        for entry in other.entries {
            self[entry.key] = self[entry.key].map { combine($0, entry.value) } ?? entry.value
        }
    }

    /// The object with the members of another one added; `combine` chooses between two values of one key.
    public func merging(
        _ other: JSONObject, uniquingKeysWith combine: (JSONValue, JSONValue) -> JSONValue
    ) -> JSONObject {
        var result = self
        result.merge(other, uniquingKeysWith: combine)
        return result
    }

    /// The members that a test accepts.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> JSONObject {
        var result = JSONObject()
        for entry in entries where try isIncluded((entry.key.text, entry.value)) {
            result.append(entry.key, entry.value)
        }
        return result
    }

    /// Adds a key that is not there.
    private mutating func append(_ key: JSONKey, _ value: JSONValue) {
        entries.append(Entry(key: key, value: value))
        if !places.isEmpty {
            places[key.text] = entries.count - 1
        } else if entries.count > Self.mostUnindexed {
            for (place, entry) in entries.enumerated() { places[entry.key.text] = place }
        }
    }
}

extension JSONObject: Sequence {
    /// Visits each member once.
    public struct Iterator: IteratorProtocol {
        private var rest: IndexingIterator<[Entry]>

        fileprivate init(_ object: JSONObject) { rest = object.entries.makeIterator() }

        /// The next member.
        public mutating func next() -> Element? { rest.next().map { ($0.key.text, $0.value) } }
    }

    /// Visits each member once.
    public func makeIterator() -> Iterator { Iterator(self) }
}

extension JSONObject: Equatable {
    /// Whether two objects have equal values under the same keys, in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// An object with these members; a key that is written twice is a mistake of the program.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        for (key, value) in members {
            let key = JSONKey(key)
            precondition(place(of: key) == nil, "the key \(key.text) is written twice")
            append(key, value)
        }
    }
}

extension JSONObject: Codable {
    /// Decodes an object.
    public init(from decoder: any Decoder) throws { self.init(try [String: JSONValue](from: decoder)) }

    /// Encodes the members as one object.
    public func encode(to encoder: any Encoder) throws {
        try Dictionary(uniqueKeysWithValues: entries.map { ($0.key.text, $0.value) }).encode(to: encoder)
    }
}
