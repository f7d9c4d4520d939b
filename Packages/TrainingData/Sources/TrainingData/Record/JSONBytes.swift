// Writes JSON values as bytes, the same bytes for the same value: the keys of objects are sorted.
public import StrictJSON

/// Appends a value as JSON without spaces.
public func appendJSON(_ value: JSONValue, to bytes: inout [UInt8]) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let isTrue): bytes += (isTrue ? "true" : "false").utf8
    case .integer(let number): bytes += "\(number)".utf8
    case .number(let number): bytes += (number.isFinite ? "\(number)" : "null").utf8
    case .string(let text): appendJSON(text, to: &bytes)
    case .array(let elements):
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendJSON(element, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    case .object(let members):
        bytes.append(UInt8(ascii: "{"))
        // Turns have the role first, as people write them.
        let first = ["role", "content"].filter { members[$0] != nil }
        let keys = first.count == 2 && members.count == 2 ? first : members.keys.sorted()
        for (index, key) in keys.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendJSON(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            appendJSON(members[key] ?? .null, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

/// Appends a text as a JSON string.
public func appendJSON(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { source in
        var start = 0
        for place in source.indices {
            let byte = source[place]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<place]))
            start = place + 1
            switch byte {
            case 0x0A: bytes += "\\n".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0x09: bytes += "\\t".utf8
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            default:
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
}

/// A row of the record as one line of JSON without its line feed: the record's keys in their order, then the others by
/// name.
///
/// The same row gives the same bytes.
public func recordLine(_ members: [String: JSONValue]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    bytes.append(UInt8(ascii: "{"))
    func append(_ key: String, _ value: JSONValue, to bytes: inout [UInt8]) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        appendJSON(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendJSON(value, to: &bytes)
    }
    var known = [JSONValue?](repeating: nil, count: RecordKeys.ordered.count)
    var others: [(key: String, value: JSONValue)] = []
    for (key, value) in members {
        if let place = RecordKeys.places[key] { known[place] = value } else { others.append((key, value)) }
    }
    for (key, value) in zip(RecordKeys.ordered, known) {
        if let value, value != .null { append(key, value, to: &bytes) }
    }
    for (key, value) in others.sorted(by: { $0.key < $1.key }) { append(key, value, to: &bytes) }
    bytes.append(UInt8(ascii: "}"))
    return bytes
}
