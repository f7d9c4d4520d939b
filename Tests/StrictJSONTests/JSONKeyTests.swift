// Keys that are compared by their first bytes find the same members as whole texts do.
import Testing

@testable import StrictJSON

@Suite struct JSONKeyTests {
    /// Keys that share their first bytes, are short, are not ASCII, or are equal without being the same bytes.
    private static let keys = [
        "", "a", "ab", "abc", "abcd", "abcde", "abcdf", "\0a", "id", "index", "image", "images", "é",
        "e\u{301}",
        "ab\u{301}", "abcd\u{301}", "K", "\u{212A}", "k", "题", "题目", "solution", "solutions", "😀",
    ]

    @Test("Two keys are equal exactly if their texts are", arguments: keys)
    func equality(left: String) {
        for right in Self.keys {
            #expect((JSONKey(left) == JSONKey(right)) == (left == right), "\(left) and \(right)")
        }
    }

    @Test(
        "An object finds what a dictionary finds, with few and with many members",
        arguments: [3, 8, 16, 17, 24])
    func search(count: Int) {
        var (object, dictionary) = (JSONObject(), [String: JSONValue]())
        for (number, key) in Self.keys.prefix(count).enumerated() {
            object[key] = .integer(number)
            dictionary[key] = .integer(number)
        }
        #expect(object.count == dictionary.count)
        for key in Self.keys { #expect(object[key] == dictionary[key], "\(key)") }
        for key in Self.keys.prefix(5) {
            #expect(object.removeValue(forKey: key) == dictionary.removeValue(forKey: key))
        }
        for key in Self.keys { #expect(object[key] == dictionary[key], "\(key)") }
        for place in 0..<object.count {
            #expect(object.place(of: object.key(at: place)) == place)
            #expect(dictionary[object.key(at: place).text] == object.value(at: place))
        }
    }

    @Test("A table gives the bits of its keys and none for others; an object has the bits of its keys")
    func table() {
        let bits: [String: UInt64] = [
            "id": 1, "index": 2, "image": 4, "images": 8, "solution": 16, "abcd": 32, "abcde": 64,
        ]
        let table = JSONKeyTable(bits)
        for key in Self.keys { #expect(table[JSONKey(key)] == bits[key] ?? 0, "\(key)") }
        let object: JSONObject = ["images": .null, "题": .null, "abcde": .null]
        #expect(object.bits(in: table) == 72)
        #expect(JSONObject().bits(in: table) == 0)
        #expect(JSONKeyTable(["id", "uid"])["uid"] == 1)
    }
}
