// What is accepted and refused, byte by byte; and schemas that are errors.
import ConstrainedOutput
import StrictJSON
import Testing

@Suite struct AcceptanceTests {
    /// Whether the output may be exactly this text.
    private func accepts(_ text: String, _ schema: String) throws -> Bool {
        let schema = try OrderedJSON(parsing: Array(schema.utf8))
        var state = OutputState(try OutputGrammar(schema: schema, tokens: Vocabulary.tokens))
        for byte in text.utf8 {
            guard state.allowed.contains(Int32(byte)) else { return false }
            state.accept(Int32(byte))
        }
        return state.isComplete
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let schema: String
        let accepted: [String]
        let refused: [String]
        var testDescription: String { schema }
    }

    @Test(arguments: [
        Case(
            schema: ##"{"type":"integer","minimum":-3,"maximum":12}"##,
            accepted: ["-3", "-1", "0", "9", "10", "12"],
            refused: ["-4", "13", "-0", "01", "1.0", "1e1", "+1", "", " 1", "1 "]),
        Case(
            schema: ##"{"type":"integer","exclusiveMinimum":99,"exclusiveMaximum":1001}"##,
            accepted: ["100", "999", "1000"], refused: ["99", "1001", "10000", "5"]),
        Case(
            schema: ##"{"type":"number","minimum":0.05,"maximum":1}"##,
            accepted: ["0.05", "0.5", "1", "1.0", "0.999999", "0.050000"],
            refused: ["0", "0.049999", "1.000001", ".5", "0.5000000", "-0.5"]),
        Case(
            schema: ##"{"type":"number","exclusiveMinimum":-1.5,"exclusiveMaximum":0}"##,
            accepted: ["-1.499999", "-1", "-0.1", "-0.000001"], refused: ["-1.5", "0", "-0", "-0.0", "-2"]),
        Case(
            schema: ##"{"type":"string","minLength":1,"maxLength":2}"##,
            accepted: ["\"a\"", "\"éé\"", "\"\\n\\\"\"", "\"😀a\"", "\"\\u00e9\""],
            refused: ["\"\"", "\"abc\"", "\"\\q\"", "\"a\n\"", "\"\\ud83d\"", "a"]),
        Case(
            schema: ##"{"type":"string","pattern":"^[a-c]\\.(x|yz){2}$"}"##,
            accepted: ["\"a.xx\"", "\"c.yzx\""], refused: ["\"d.xx\"", "\"a.x\"", "\"axx\"", "\"a.xxx\""]),
        Case(
            schema: ##"{"type":"string","pattern":"b"}"##, accepted: ["\"abc\"", "\"b\""], refused: ["\"ac\""]
        ),
        Case(
            schema:
                ##"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["b"],"additionalProperties":false}"##,
            accepted: ["{\"b\":null}", "{\"a\":null,\"b\":null}", "{\"a\": null, \"b\": null}"],
            refused: [
                "{}", "{\"a\":null}", "{\"b\":null,\"a\":null}", "{\"b\":null,}", "{ \"b\":null}",
                "{\"b\":  null}",
            ]),
        Case(
            schema:
                ##"{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":{"type":"null"}}"##,
            accepted: ["{}", "{\"x\":null,\"y\":null}", "{\"a\":null,\"x\":null}"],
            refused: ["{\"x\":null,\"x\":null}", "{\"x\":null,\"a\":null}", "{\"x\":1}"]),
        Case(
            schema: ##"{"type":"array","items":{"type":"boolean"},"minItems":1,"maxItems":2}"##,
            accepted: ["[true]", "[true, false]"], refused: ["[]", "[true,false,true]", "[true,]", "[1]"]),
        Case(
            schema: ##"{"enum":["a",1.50,{"k":[]}]}"##, accepted: ["\"a\"", "1.50", "{\"k\":[]}"],
            refused: ["1.5"]),
    ]) func `texts`(_ test: Case) throws {
        for text in test.accepted { #expect(try accepts(text, test.schema), "\(text)") }
        for text in test.refused { #expect(try !accepts(text, test.schema), "\(text)") }
    }

    @Test(arguments: [
        (##"{"type":"integer","multipleOf":3}"##, "/multipleOf: this keyword is not supported here"),
        (
            ##"{"type":"object","properties":{"a":{"type":"string","format":"date"}}}"##,
            "/properties/a/format: "
        ),
        (##"{"type":"text"}"##, "/type: expected a type: null"),
        (##"{"type":"integer","minimum":5,"maximum":4}"##, "no value satisfies"),
        (##"{"type":"string","pattern":"(?=a)b"}"##, "/pattern: is not a supported pattern"),
        (##"{"type":"string","pattern":"(a"}"##, "/pattern: is not a supported pattern: expected ')'"),
        (##"{"type":"string","pattern":"^a{5}$","maxLength":3}"##, "/pattern: no value satisfies"),
        (##"{"type":"string","pattern":"(((a{999}){999}){999})"}"##, "needs more than 20000 states"),
        (##"{"type":"string","minLength":3,"maxLength":2}"##, "minLength is 3, but maxLength is 2"),
        (##"{"type":"string","minLength":-1}"##, "/minLength: expected a whole number from 0"),
        (##"{"type":"array","items":false,"minItems":1}"##, "minItems is 1, but only 0 items"),
        (##"{"type":"object","properties":{},"required":["x"]}"##, "/required: \"x\" is not among"),
        (##"{"$ref":"#/$defs/no"}"##, "/$ref: nothing is at #/$defs/no"),
        (##"{"$ref":"http://localhost/x"}"##, "/$ref: only references inside"),
        (##"{"$ref":"#"}"##, "no finite value"),
        (##"{"type":"array","items":{"$ref":"#"},"minItems":1}"##, "no finite value"),
        (##"{"oneOf":[{"type":"integer"},{"type":"number"}]}"##, "/oneOf/1: may allow the same value"),
        (##"{"minimum":1}"##, "type is missing beside minimum"),
        (##"[1]"##, "expected a schema"), (##"false"##, "no value satisfies false"),
        (##"{"enum":[1e999]}"##, "cannot be read"),
        (##"{"type":"string","enum":[1]}"##, "no constant is of its type"),
    ]) func `schemas that are errors`(schema: String, message: String) throws {
        let parsed = try OrderedJSON(parsing: Array(schema.utf8))
        let error = #expect(throws: SchemaError.self) {
            try OutputGrammar(schema: parsed, tokens: Vocabulary.tokens)
        }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    }

    @Test func `a copy goes its own way`() throws {
        let schema = try OrderedJSON(parsing: Array(##"{"type":"boolean"}"##.utf8))
        let start = OutputState(try OutputGrammar(schema: schema, tokens: Vocabulary.tokens))
        var (one, other) = (start, start)
        one.accept(Int32(UInt8(ascii: "t")))
        other.accept(Int32(UInt8(ascii: "f")))
        #expect(one.allowed.contains(Int32(UInt8(ascii: "r"))))
        #expect(other.allowed.contains(Int32(UInt8(ascii: "a"))))
        #expect(!start.isComplete && start.isAlive)
        other.accept(Int32(UInt8(ascii: "x")))
        #expect(!other.isAlive && other.allowed.ids.isEmpty)
    }
}
