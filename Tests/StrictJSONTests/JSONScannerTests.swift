// The pull parser: values in the order of the text, offsets of errors, skipped values.
import Basics
import TestKit
import Testing

@testable import StrictJSON

@Suite struct JSONScannerTests {
    private func scan<Result>(
        _ text: String, _ body: (inout JSONScanner) throws -> Result
    ) throws -> Result {
        try Array(text.utf8).withUnsafeBufferPointer {
            var scanner = JSONScanner($0)
            let result = try body(&scanner)
            try scanner.finish()
            return result
        }
    }

    @Test("Members and elements come in the order of the text, and a member's range can be read later")
    func order() throws {
        let text = #" {"b": [1, 2], "a" : "x", "c":{"d":[{}]}} "#
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(buffer)
            var key: [UInt8] = []
            var members: [(key: String, offset: Int, range: Range<Int>)] = []
            try scanner.openObject()
            while try scanner.nextKey(into: &key) {
                members.append((String(decoding: key, as: UTF8.self), scanner.keyOffset, try scanner.skip()))
            }
            try scanner.finish()
            #expect(members.map(\.key) == ["b", "a", "c"])
            #expect(members.map(\.offset) == [2, 15, 26])
            var list = JSONScanner(buffer, members[0].range)
            var numbers: [Int?] = []
            try list.openArray()
            while try list.nextElement() { numbers.append(try list.number().integer) }
            try list.finish()
            #expect(numbers == [1, 2])
            var text = JSONScanner(buffer, members[1].range)
            #expect(try text.string() == "x")
        }
    }

    @Test("Strings lose their escapes, and broken ones are refused")
    func strings() throws {
        func read(_ json: String) throws -> [UInt8] {
            var text: [UInt8] = [1, 2, 3]
            try scan(json) { try $0.string(into: &text) }
            #expect(try scan(json) { try $0.string() }.utf8.elementsEqual(text))
            #expect(try scan(json) { try $0.skip() }.isEmpty == false)
            return text
        }
        #expect(try read(#" "a\n\"\\\/\u00e9\uD83D\uDE00\t" "#) == Array("a\n\"\\/é😀\t".utf8))
        #expect(
            try read(#""\b\f\r\u0000\uffff\uDBFF\uDFFF""#) == Array("\u{8}\u{C}\r\0\u{ffff}\u{10ffff}".utf8))
        #expect(try read("\"\"") == [])
        let broken = [
            #"""#, #""a"#, #""\"#, #""\x""#, #""\u12""#, #""\uD83D""#, #""\uD83Dx""#, #""\uD83D\u0041""#,
            "\"\n\"",
        ]
        for json in broken + [#""\uDE00""#, #""\u+123""#, "a", "", #""\u00g0""#, #""\u"#] {
            #expect(throws: JSONSyntaxError.self, "\(json)") { try read(json) }
            #expect(throws: JSONSyntaxError.self, "\(json)") { try scan(json) { try $0.skip() } }
        }
    }

    @Test(
        "Whole numbers of 64 bits are exact, others have no integer",
        arguments: [
            ("0", 0), ("-0", 0), ("-9223372036854775808", .min), ("9223372036854775807", .max),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551616", nil),
            ("1.0", nil), ("1e2", nil), ("-2.5E-3", nil),
        ] as [(String, Int?)])
    func numbers(text: String, value: Int?) throws {
        let (range, integer) = try scan(" \(text) ") { try $0.number() }
        #expect(integer == value && range == 1..<text.utf8.count + 1)
    }

    @Test(
        "An error says what was expected and what was found, and where",
        arguments: [
            ("[1 2]", "column 4: expected ',' or ']' in a list, found '2'"),
            (#"{"a":1 "b"}"#, "column 8: expected ',' or '}' in an object, found '\"'"),
            ("{1:2}", "column 2: expected a key in double quotes, found '1'"),
            (#"{"a":"#, "column 6: expected a value, found the end"),
            ("[-]", "column 3: expected a value, found ']'"),
            ("[truth]", "column 2: expected a value, found 't'"),
            ("[\u{e9}]", "column 2: expected a value, found the byte 0xc3"),
            ("\"a\nb\"", "column 3: expected '\"' or an escape, found the control character 0xa in a string"),
            ("[] x", "column 4: expected the end of the text, found 'x'"),
        ])
    func messages(text: String, said: String) throws {
        let thrown = #expect(throws: JSONSyntaxError.self) { try scan(text) { try $0.skip() } }
        let error = try #require(thrown)
        #expect(error.description == said)
        #expect(throws: error) { try JSONValue(parsing: text) }
        #expect(throws: error) { try OrderedJSON(parsing: Array(text.utf8)) }
    }

    @Test("Passing over a value refuses exactly what reading it refuses")
    func skipping() throws {
        var random = Seeded(23)
        let text = Array(
            #"{"id":"a","n":[1,-2.5e3,0],"t":"\u00e9\n\ud83d\ude00 é","o":{"x":null,"y":[true,false]}}"#.utf8)
        for _ in 0..<2000 {
            let bytes = random.damaged(text)
            let skipped = Result {
                try bytes.withUnsafeBufferPointer {
                    var scanner = JSONScanner($0)
                    _ = try scanner.skip()
                    try scanner.finish()
                }
            }
            let read = Result { try OrderedJSON(parsing: bytes) }
            guard case .failure(let error as JSONSyntaxError) = read, error.expected != "every key once"
            else {
                continue
            }
            #expect(throws: error) { try skipped.get() }
        }
    }
}
