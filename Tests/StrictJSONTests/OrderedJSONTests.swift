// The form that keeps order and the text of numbers.
import StrictJSON
import TestKit
import Testing

@Suite struct OrderedJSONTests {
    @Test("Order of keys and the text of numbers are kept")
    func order() throws {
        let text = #"{"b":1e-06,"a":[1.50,-0,18446744073709551616],"":{"z":null,"y":"\u0001\"\\/"}}"#
        let value = try OrderedJSON(parsing: Array(text.utf8))
        #expect(value.compact == text)
        #expect(value["a"]?.compact == "[1.50,-0,18446744073709551616]")
        #expect(try OrderedJSON(parsing: Array(" 9223372036854775807 ".utf8)).integer == .max)
        #expect(try OrderedJSON(parsing: Array("1.0".utf8)).integer == nil)
        #expect(value["c"] == nil && value[""]?["y"]?.text == "\u{1}\"\\/")
    }

    @Test("Two keys with the same bytes are refused and named; two spellings of one letter are two keys")
    func repeatedKeys() throws {
        let error = #expect(throws: JSONSyntaxError.self) {
            try OrderedJSON(parsing: Array(#"{"a":1,"b":{"c":1,"\u0063":2}}"#.utf8))
        }
        #expect(error?.description == "column 19: expected every key once, found \"c\" twice")
        let spelt = try OrderedJSON(parsing: Array("{\"\u{e9}\":1,\"e\u{301}\":2}".utf8))
        #expect(spelt["e\u{301}"]?.integer == 2)
    }

    @Test("A changed text never crashes the parser, and what it accepts is read again the same")
    func fuzz() throws {
        let text = Array(
            "{\"a\": [1, -2.5e3, true, null, \"\\u00e9\\ud83d\\ude00\\n\"], \"b\": {\"c\": \"x\"}}".utf8)
        #expect(
            try OrderedJSON(parsing: text)["a"]?.compact == "[1,-2.5e3,true,null,\"\u{e9}\u{1F600}\\n\"]")
        var generator = Seeded(11)
        for _ in 0..<3000 {
            var changed = text[..<Int.random(in: 0...text.count, using: &generator)].map { $0 }
            if let place = changed.indices.randomElement(using: &generator) {
                changed[place] = UInt8.random(in: 0...255, using: &generator)
            }
            for bytes in [changed, generator.damaged(text)] {
                guard let value = try? OrderedJSON(parsing: bytes) else { continue }
                #expect(try OrderedJSON(parsing: Array(value.compact.utf8)) == value)
            }
        }
        for wrong in ["", "01", "1.", "+1", "\"\\ud800\"", "{\"a\":1,}", "[1,]", "\"\u{1}\"", "nul", "1 2"] {
            #expect(throws: JSONSyntaxError.self) { try OrderedJSON(parsing: Array(wrong.utf8)) }
        }
    }
}
