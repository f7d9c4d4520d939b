// Random schemas of every supported kind.

/// A generator of random numbers from a seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// Writes a random schema.
struct RandomSchema {
    var random: SeededNumbers

    static let patterns = [
        "^[a-z]{2,5}$", "^(red|green|blue)$", "[0-9]+", "^\\\\d{3}-\\\\d{4}$", "^[A-Z][a-z]*( [A-Z][a-z]*)?$",
        "é|ü",
        "^[^\\\\s\\\"]{1,4}$", "^a.?b$", "^x*$|^y+$", "^\\\\u00e9[\\\\w.]{0,3}$",
    ]

    mutating func schema(depth: Int = 3) -> String {
        let kinds = depth > 0 ? 14 : 8
        switch Int.random(in: 0..<kinds, using: &random) {
        case 0: return integer()
        case 1: return number()
        case 2: return "{\"type\":\"boolean\"}"
        case 3: return "{\"type\":[\"null\",\"string\"],\"maxLength\":3}"
        case 4: return "{\"enum\":[\"a\",\"aé\",7,null,{\"k\":[1,2]},\"\\\"q\\\\\"]}"
        case 5: return string()
        case 6:
            let pattern = Self.patterns.randomElement(using: &random) ?? ""
            return "{\"type\":\"string\",\"pattern\":\"\(pattern)\"}"
        case 7: return "{\"const\":\"fixed\",\"title\":\"T\"}"
        case 8, 9: return list(depth)
        case 10, 11: return object(depth)
        case 12: return "{\"anyOf\":[\(schema(depth: depth - 1)),\(schema(depth: depth - 1))]}"
        default: return ["{}", "true", "{\"type\":\"object\"}", "{\"$ref\":\"#\"}"][0]
        }
    }

    private mutating func integer() -> String {
        let low = Int.random(in: -1200...1200, using: &random)
        let high = low + Int.random(in: 0...3000, using: &random)
        return [
            "{\"type\":\"integer\",\"minimum\":\(low),\"maximum\":\(high)}",
            "{\"type\":\"integer\",\"exclusiveMinimum\":\(low),\"exclusiveMaximum\":\(high + 2)}",
            "{\"type\":\"integer\",\"minimum\":\(low).5}", "{\"type\":\"integer\",\"maximum\":\(low)}",
            "{\"type\":\"integer\"}",
        ].randomElement(using: &random) ?? ""
    }

    private mutating func number() -> String {
        let low = Double.random(in: -10...10, using: &random)
        return [
            "{\"type\":\"number\",\"minimum\":\(low),\"maximum\":\(low + 0.01)}",
            "{\"type\":\"number\",\"exclusiveMinimum\":\(low)}", "{\"type\":\"number\",\"maximum\":1e-3}",
            "{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":1}", "{\"type\":\"number\"}",
        ].randomElement(using: &random) ?? ""
    }

    private mutating func string() -> String {
        let least = Int.random(in: 0...4, using: &random)
        let most = least + Int.random(in: 0...4, using: &random)
        return "{\"type\":\"string\",\"minLength\":\(least),\"maxLength\":\(most)}"
    }

    private mutating func list(_ depth: Int) -> String {
        let least = Int.random(in: 0...2, using: &random)
        let most = least + Int.random(in: 0...2, using: &random)
        let counts = "\"minItems\":\(least),\"maxItems\":\(most)"
        guard Bool.random(using: &random) else {
            return "{\"type\":\"array\",\"items\":\(schema(depth: depth - 1)),\(counts)}"
        }
        let (a, b) = (schema(depth: depth - 1), schema(depth: 0))
        return "{\"type\":\"array\",\"prefixItems\":[\(a),\(b)],\"items\":false,\"minItems\":\(least)}"
    }

    private mutating func object(_ depth: Int) -> String {
        let names = ["a", "ab", "name", "\\\"q\\\"", "größe"].shuffled(using: &random)
            .prefix(Int.random(in: 0...4, using: &random))
        let properties = names.map { "\"\($0)\":\(schema(depth: depth - 1))" }.joined(separator: ",")
        let required = names.filter { _ in Bool.random(using: &random) }.map { "\"\($0)\"" }
        let more = ["false", "true", schema(depth: 0)].randomElement(using: &random) ?? ""
        return "{\"type\":\"object\",\"properties\":{\(properties)},"
            + "\"required\":[\(required.joined(separator: ","))],\"additionalProperties\":\(more)}"
    }
}
