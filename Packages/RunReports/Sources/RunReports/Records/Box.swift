// Boxes in golds and answers: lists of four numbers in brackets.
internal import StrictJSON

/// A box: left, top, right, bottom.
struct Box: Equatable {
    /// The edges, left before right and top above bottom.
    let edges: [Double]

    /// A box of two corners in any order; nil unless there are four finite numbers.
    init?(_ numbers: [Double]) {
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else { return nil }
        edges = [
            min(numbers[0], numbers[2]), min(numbers[1], numbers[3]), max(numbers[0], numbers[2]),
            max(numbers[1], numbers[3]),
        ]
    }

    /// The boxes of a text: every `[1, 2, 3, 4]`, alone, in lists, or as the value of a key such as `bbox_2d`.
    ///
    /// The time is linear in the text.
    static func all(in text: String) -> [Box] {
        var boxes: [Box] = []
        var inside: [UInt8]?
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "["): inside = []
            case UInt8(ascii: "]"):
                if let bytes = inside, let box = Box(numbers(String(decoding: bytes, as: UTF8.self))) {
                    boxes.append(box)
                }
                inside = nil
            default:
                // Four numbers are short.
                if let count = inside?.count { count < 200 ? inside?.append(byte) : (inside = nil) }
            }
        }
        return boxes
    }

    /// The numbers of a list; none when something in it is not a number.
    private static func numbers(_ list: String) -> [Double] {
        let parts = list.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            Double(String(part.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()))
        }
        return numbers.count == parts.count ? numbers : []
    }
}

extension RecordLine {
    /// A list of boxes, each a list of four numbers.
    func boxes(_ key: String) throws -> [Box] {
        guard let items = values[key]?.elements else {
            throw bad(key, expected: "a list of boxes")
        }
        return try items.map { item in
            guard let box = Box(item.elements?.compactMap(\.double) ?? []) else {
                throw bad(key, expected: "a list of boxes of four numbers")
            }
            return box
        }
    }
}
