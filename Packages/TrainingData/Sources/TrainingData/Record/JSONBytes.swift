// Writes JSON values as bytes, the same bytes for the same value: the keys of objects are sorted.
public import StrictJSON
internal import Tokenizer

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
        while let place = firstEscaped(source, from: start) {
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start..<place]))
            start = place + 1
            appendEscape(source[place], to: &bytes)
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: source[start...]))
    }
    bytes.append(UInt8(ascii: "\""))
}

/// The place of the first byte that JSON needs an escape for: a control character, a quote or a backslash.
private func firstEscaped(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    let raw = UnsafeRawBufferPointer(bytes)
    let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    /// The high bit of the lowest zero byte of a word is set, and none below it.
    func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }
    var place = start
    while place + 8 <= bytes.count {
        let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let quotes = zeros(word ^ (ones &* 0x22)) | zeros(word ^ (ones &* 0x5C))
        let controls = (word &- ones &* 0x20) & ~word & highs
        if quotes | controls != 0 { break }
        place += 8
    }
    return (place..<bytes.count).first { bytes[$0] < 0x20 || bytes[$0] == 0x22 || bytes[$0] == 0x5C }
}

private func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
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

/// Appends what `recordLine` gives; the turns take the place of "messages".
func appendRecord(_ members: JSONObject, turns: [Sample.Message]? = nil, to bytes: inout [UInt8]) {
    let start = bytes.count
    let present = RecordKeys.Present(members)
    for key in RecordKeys.all {
        if key == .messages, let turns {
            bytes += RecordKeys.written[key.rawValue]
            appendTurns(turns, to: &bytes)
        } else if let value = present.value(key, in: members), !value.isNull {
            bytes += RecordKeys.written[key.rawValue]
            appendJSON(value, to: &bytes)
        }
    }
    if present.count < members.count {
        let others = members.filter { !RecordKeys.has($0.key) }
        for (key, value) in others.sorted(by: { $0.key < $1.key }) {
            bytes.append(UInt8(ascii: ","))
            appendJSON(key, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            appendJSON(value, to: &bytes)
        }
    }
    // The brace of an object is where the comma before its first key would be.
    if bytes.count == start { bytes.append(UInt8(ascii: "{")) } else { bytes[start] = UInt8(ascii: "{") }
    bytes.append(UInt8(ascii: "}"))
}

private func append(_ text: StaticString, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

/// Appends turns as a list of objects.
private func appendTurns(_ turns: [Sample.Message], to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "["))
    for (index, turn) in turns.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        switch turn.role {
        case .system: append("{\"role\":\"system\",\"content\":", to: &bytes)
        case .user: append("{\"role\":\"user\",\"content\":", to: &bytes)
        case .assistant: append("{\"role\":\"assistant\",\"content\":", to: &bytes)
        }
        appendJSON(turn.text, to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }
    bytes.append(UInt8(ascii: "]"))
}
