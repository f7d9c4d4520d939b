// JSON values: accepted and refused texts, and the offsets of errors.
import Foundation
import StrictJSON
import TestKit
import Testing

@Suite struct JSONValueTests {
    @Test("Every kind of value is read")
    func kinds() throws {
        let value = try JSONValue(
            parsing: #" {"a": [1, -2.5, 1e3, true, false, null, "x\né\ud83d\ude00"], "b": {}} "#)
        #expect(
            value
                == .object([
                    "a": .array([
                        .integer(1), .number(-2.5), .number(1000), .bool(true), .bool(false), .null,
                        .string("x\né\u{1F600}"),
                    ]), "b": .object([:]),
                ]))
    }

    @Test("A whole number beyond 64 bits is read as a double")
    func bigNumbers() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
    }

    @Test(
        "A fault is refused and its column named",
        arguments: [
            ("", 1), ("{", 2), ("[1,]", 4), ("{\"a\" 1}", 6), ("01", 3), ("1.", 3), ("+1", 1), ("NaN", 1),
            ("\"a", 1), ("\"\\x\"", 3), ("\"\\ud800\"", 4), ("1 2", 3), ("1e999", 1),
            ("{\"a\":1,\"a\":2}", 8),
            ("\"\u{1}\"", 2), ("tru", 1),
        ])
    func faults(text: String, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
        #expect(error?.offset == column - 1, "\(error?.description ?? "")")
    }

    @Test("Bytes that are not UTF-8 are refused, not repaired")
    func invalidUTF8() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0xC3, 0x22],
        ] {
            let error = #expect(throws: JSONSyntaxError.self) {
                try bytes.withUnsafeBufferPointer { try JSONValue(parsing: $0) }
            }
            #expect(error?.reason.contains("UTF-8") == true)
        }
    }

    @Test("Deep nesting is refused before the stack overflows")
    func depth() {
        let deep = String(repeating: "[", count: 1_000_000)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: deep) }
        #expect(error?.reason == "expected at most 64 levels, found a value nested deeper than 64")
        #expect(throws: Never.self) {
            try JSONValue(parsing: String(repeating: "[", count: 60) + String(repeating: "]", count: 60))
        }
    }

    @Test("A value survives encoding and decoding")
    func roundTrip() throws {
        let value = try JSONValue(parsing: #"{"a":[1,2.5,true,null,"x"],"b":{"c":[]}}"#)
        let data = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
        #expect(try JSONValue(parsing: String(decoding: data, as: UTF8.self)) == value)
    }

    @Test("Damaged texts never crash the parser, and what it accepts Foundation accepts too")
    func fuzz() throws {
        var random = Seeded(5)
        let text =
            #"{"id":"a","n":[1,-2.5e3,0],"t":"\u00e9\n\ud83d\ude00 é","o":{"x":null,"y":[true,false]}}"#
        for _ in 0..<1000 {
            let bytes = random.damaged(Array(text.utf8))
            guard (try? bytes.withUnsafeBufferPointer { try JSONValue(parsing: $0) }) != nil else { continue }
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            }
        }
    }
}
