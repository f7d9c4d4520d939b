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
        if members.count == 2, let role = members["role"], let content = members["content"] {
            bytes += "\"role\":".utf8
            appendJSON(role, to: &bytes)
            bytes += ",\"content\":".utf8
            appendJSON(content, to: &bytes)
        } else {
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                appendJSON(key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                appendJSON(value, to: &bytes)
            }
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
public func recordLine(_ members: JSONObject) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    appendRecord(members, to: &bytes)
    return bytes
}

/// Appends what `recordLine` gives.
func appendRecord(_ members: JSONObject, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    var isFirst = true
    func append(_ key: String, _ value: JSONValue) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        appendJSON(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendJSON(value, to: &bytes)
    }
    var known = 0
    for key in RecordKeys.ordered {
        guard let value = members[key] else { continue }
        known += 1
        if value != .null { append(key, value) }
    }
    if known < members.count {
        let others = members.filter { !RecordKeys.all.contains($0.key) }
        for (key, value) in others.sorted(by: { $0.key < $1.key }) { append(key, value) }
    }
    bytes.append(UInt8(ascii: "}"))
}
