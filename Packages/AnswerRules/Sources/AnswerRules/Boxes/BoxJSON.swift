// The boxes in a JSON answer as lmms-eval's grounding task finds them.
import StrictJSON

/// Finds boxes in JSON: in a fence, in the whole text, or between its outermost brackets.
enum BoxJSON {
    /// What matters of a JSON value; members keep their order, and the last of repeated keys counts.
    private indirect enum Node {
        case number(Double)
        case text(PythonText)
        case list([Node])
        case object([(key: String, value: Node)])
        case other

        /// The number that Python's `float` makes of the value.
        var float: Double? {
            switch self {
            case .number(let value): value
            case .text(let text): text.float
            default: nil
            }
        }
    }

    /// The keys whose value is a box, the first that fits first.
    private static let keys = ["bbox_2d", "bbox", "box", "coordinates", "coord", "location", "position"]

    /// The boxes of the first part of the text that is JSON; none if that has none.
    static func boxes(in text: PythonText) -> [Edges] {
        let text = text.stripped
        var parts = [fenced(text), text].compactMap(\.self)
        for (open, close) in [("[", "]"), ("{", "}")] as [(PythonText, PythonText)] {
            if let start = text.find(open), let end = text.findLast(close), end > start {
                parts.append(PythonText(text.points[start...end]))
            }
        }
        for part in parts {
            if let node = node(part) { return boxes(node) }
        }
        return []
    }

    /// The inside of the first code fence.
    private static func fenced(_ text: PythonText) -> PythonText? {
        guard let open = text.find("```") else { return nil }
        var start = open + 3
        let name = PythonText(text.points[start...].prefix(4).map(PythonCharacter.folded))
        // Without a closing fence after the name, the name is part of the inside.
        if name == "json", text.find("```", from: start + 4) != nil { start += 4 }
        guard let close = text.find("```", from: start) else { return nil }
        return PythonText(text.points[start..<close]).stripped
    }

    private static func boxes(_ node: Node) -> [Edges] {
        switch node {
        case .list(let items):
            let numbers = items.compactMap { if case .number(let value) = $0 { value } else { nil } }
            if items.count == 4, numbers.count == 4 { return [numbers] }
            return items.flatMap(boxes)
        case .object(let members):
            for key in keys {
                if case .list(let items)? = members.first(where: { $0.key == key })?.value, items.count == 4 {
                    let numbers = items.compactMap(\.float)
                    if numbers.count == 4 { return [numbers] }
                }
            }
            return members.flatMap { boxes($0.value) }
        default: return []
        }
    }

    /// The text as JSON; nil if it is not.
    private static func node(_ text: PythonText) -> Node? {
        Array(text.string.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            // An answer that is no JSON is read for bare numbers instead, as the reference does.
            guard let node = try? node(&scanner, bytes), (try? scanner.finish()) != nil else { return nil }
            return node
        }
    }

    private static func node(_ scanner: inout JSONScanner, _ bytes: UnsafeBufferPointer<UInt8>) throws -> Node
    {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [(key: String, value: Node)] = []
            var places: [String: Int] = [:]
            var key: [UInt8] = []
            try scanner.openObject()
            while try scanner.nextKey(into: &key) {
                let name = String(decoding: key, as: UTF8.self)
                let value = try node(&scanner, bytes)
                if let place = places[name] {
                    members[place].value = value
                } else {
                    places[name] = members.count
                    members.append((name, value))
                }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var items: [Node] = []
            try scanner.openArray()
            while try scanner.nextElement() { items.append(try node(&scanner, bytes)) }
            return .list(items)
        case UInt8(ascii: "\""):
            var text: [UInt8] = []
            try scanner.string(into: &text)
            return .text(PythonText(String(decoding: text, as: UTF8.self)))
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            // Python counts True and False as numbers.
            return try scanner.literal().map { .number($0 ? 1 : 0) } ?? .other
        default:
            let number = try scanner.number()
            if let integer = number.integer { return .number(Double(integer)) }
            let text = String(decoding: bytes[number.range], as: UTF8.self)
            return PythonText(text).float.map(Node.number) ?? .other
        }
    }
}
