// Outputs of random schemas parse, validate, and end; masks are exact.
import ConstrainedOutput
import StrictJSON
import Testing

@Suite struct OutputTests {
    @Test(arguments: 0..<25)
    func `every output of a random schema parses and validates`(seed: Int) throws {
        var maker = RandomSchema(random: SeededNumbers(state: UInt64(seed)))
        let text = maker.schema()
        try check(text, seed: seed, outputs: 4)
    }

    @Test(arguments: [
        ##"{"$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"],"additionalProperties":false}},"$ref":"#/$defs/n"}"##,
        ##"{"type":"array","items":{"$ref":"#"},"maxItems":3}"##,
        ##"{"anyOf":[{"type":"null"},{"type":"string","maxLength":2},{"type":"array","items":{"$ref":"#"}}]}"##,
        ##"{"oneOf":[{"type":"object","properties":{"t":{"const":"a"},"x":{"type":"null"}},"required":["t","x"]},{"type":"object","properties":{"t":{"const":"b"}},"required":["t"]}]}"##,
        ##"{"type":"object","required":["z"],"additionalProperties":{"type":"boolean"}}"##,
        ##"{"type":"string","pattern":"^a+b?$","minLength":3,"maxLength":5}"##,
        ##"{"type":"integer","minimum":-999999999999999999,"maximum":999999999999999999}"##,
        ##"{"type":"number","minimum":123456789012345}"##,
        ##"{"type":"object"}"##, "{}",
    ]) func `recursive, combined and free schemas`(schema: String) throws {
        try check(schema, seed: 5, outputs: 20)
    }

    @Test func `boxes are on the picture`() throws {
        let schema = boxSchema(width: 139, height: 111, most: 3)
        try check(schema.compact, seed: 3, outputs: 20)
    }

    @Test func `any object is an object`() throws {
        let grammar = try OutputGrammar(anyObjectOver: Vocabulary.tokens)
        var random = SeededNumbers(state: 11)
        for _ in 0..<20 {
            let text = try randomOutput(grammar, &random, patience: 60, checksMasks: false)
            guard case .object = try JSONValue(parsing: text) else {
                Issue.record("\(text) is no object")
                continue
            }
        }
    }

    private func check(_ text: String, seed: Int, outputs: Int) throws {
        let schema = try OrderedJSON(parsing: Array(text.utf8))
        let grammar = try OutputGrammar(schema: schema, tokens: Vocabulary.tokens)
        let root = try JSONValue(parsing: text)
        var random = SeededNumbers(state: UInt64(seed) &* 977)
        for number in 0..<outputs {
            let output = try randomOutput(grammar, &random, patience: 40, checksMasks: number == 0)
            let value = try JSONValue(parsing: output)
            #expect(Validator(root: root).accepts(value, root), "\(output) does not satisfy \(text)")
        }
    }
}
