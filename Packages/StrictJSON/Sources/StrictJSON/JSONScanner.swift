// A strict pull parser for JSON (RFC 8259), the only code of the project that parses JSON syntax.
//
// Tokenizers read large objects (a vocabulary of 150,000 entries) with it value by value; JSONValue.swift and
// OrderedJSON.swift build trees with it. JSONScanner+Text.swift reads strings. All reads are bounds-checked.

/// Reads JSON values in the order of the text.
///
/// To read an object, call `openObject()`, then read a value after each call of `nextKey` that returns true.
/// Arrays work the same way with `nextElement()`. The caller checks for repeated keys.
public struct JSONScanner {
    /// The deepest nesting of lists and objects; deeper texts are refused because they could overflow the
    /// stack.
    static let depthLimit = 64

    let bytes: UnsafeBufferPointer<UInt8>
    let end: Int
    var position: Int
    var expectsComma = false
    private var depth = 0

    /// The offset of the last key's opening quote.
    private(set) var keyOffset = 0

    /// A scanner over a text or, with `range`, over one value in it; offsets count from the start of `bytes`.
    ///
    /// The bytes must remain valid while the scanner is used.
    public init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>? = nil) {
        let range = range ?? 0..<bytes.count
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The error for the byte at the current position.
    public func expected(_ expected: String) -> JSONSyntaxError {
        var found = "the end"
        if position < end {
            let byte = bytes[position]
            found =
                (0x20..<0x7F).contains(byte)
                ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte 0x\(String(byte, radix: 16))"
        }
        return JSONSyntaxError(offset: position, expected: expected, found: found)
    }

    /// The error for the last key when its object already has the same key.
    func repeated(_ key: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: keyOffset, expected: "every key once", found: "\"\(key)\" twice")
    }

    /// Skips white space and returns the first byte of the next value or mark; nil at the end.
    public mutating func peek() -> UInt8? {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return bytes[position]
            }
        }
        return nil
    }

    /// Checks that nothing follows the last value; throws `JSONSyntaxError`.
    public mutating func finish() throws(JSONSyntaxError) {
        guard peek() == nil else { throw expected("the end of the text") }
    }

    // MARK: - Objects and lists

    /// Enters an object; throws `JSONSyntaxError` if none starts here or it is nested too deep.
    public mutating func openObject() throws(JSONSyntaxError) { try open(UInt8(ascii: "{"), "an object") }

    /// Enters a list; throws `JSONSyntaxError` if none starts here or it is nested too deep.
    public mutating func openArray() throws(JSONSyntaxError) { try open(UInt8(ascii: "["), "a list") }

    /// Reads the next key, with its escapes resolved, and its colon; at the end leaves the object and returns
    /// false.
    ///
    /// `key` is replaced. Throws `JSONSyntaxError`.
    public mutating func nextKey(into key: inout [UInt8]) throws(JSONSyntaxError) -> Bool {
        guard try nextMember(closing: UInt8(ascii: "}"), "',' or '}' in an object") else { return false }
        guard peek() == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
        keyOffset = position
        try string(into: &key)
        guard peek() == UInt8(ascii: ":") else { throw expected("':' after a key") }
        position += 1
        expectsComma = false
        return true
    }

    /// Moves to the next element; at the end leaves the list and returns false.
    ///
    /// Throws `JSONSyntaxError`.
    public mutating func nextElement() throws(JSONSyntaxError) -> Bool {
        guard try nextMember(closing: UInt8(ascii: "]"), "',' or ']' in a list") else { return false }
        expectsComma = false
        return true
    }

    private mutating func open(_ mark: UInt8, _ name: String) throws(JSONSyntaxError) {
        guard peek() == mark else { throw expected(name) }
        guard depth < Self.depthLimit else {
            throw JSONSyntaxError(
                offset: position, expected: "at most \(Self.depthLimit) levels",
                found: "a value nested deeper than \(Self.depthLimit)")
        }
        depth += 1
        position += 1
        expectsComma = false
    }

    private mutating func nextMember(closing: UInt8, _ marks: String) throws(JSONSyntaxError) -> Bool {
        let mark = peek()
        if mark == closing {
            position += 1
            depth -= 1
            expectsComma = true
            return false
        }
        guard expectsComma else { return true }
        guard mark == UInt8(ascii: ",") else { throw expected(marks) }
        position += 1
        guard peek() != closing else { throw expected("a value after ','") }
        return true
    }

    /// Skips a value of any kind and returns its byte range; throws `JSONSyntaxError`.
    public mutating func skip() throws(JSONSyntaxError) -> Range<Int> {
        _ = peek()
        let start = position
        try skipValue()
        return start..<position
    }

    private mutating func skipValue() throws(JSONSyntaxError) {
        switch peek() {
        case UInt8(ascii: "{"):
            try openObject()
            while try nextMember(closing: UInt8(ascii: "}"), "',' or '}' in an object") {
                guard peek() == UInt8(ascii: "\"") else { throw expected("a key in double quotes") }
                try skipString()
                guard peek() == UInt8(ascii: ":") else { throw expected("':' after a key") }
                position += 1
                expectsComma = false
                try skipValue()
            }
        case UInt8(ascii: "["):
            try openArray()
            while try nextElement() { try skipValue() }
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): _ = try literal()
        default: _ = try number()
        }
    }

    // MARK: - Numbers and words

    /// Reads a number: its byte range, and its value if it is whole and fits in 64 bits.
    ///
    /// Throws `JSONSyntaxError`.
    public mutating func number() throws(JSONSyntaxError) -> (range: Range<Int>, integer: Int?) {
        _ = peek()
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let first = position
        var magnitude = digits()
        guard position > first else { throw expected("a value") }
        guard bytes[first] != UInt8(ascii: "0") || position == first + 1 else {
            throw expected("a number without leading zeros")
        }
        if take(UInt8(ascii: ".")) {
            magnitude = nil
            try fraction("a digit after the point")
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            magnitude = nil
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try fraction("a digit in the exponent")
        }
        expectsComma = true
        return (start..<position, magnitude.flatMap { isNegative ? Int(negating: $0) : Int(exactly: $0) })
    }

    /// Skips digits and returns their value, nil if it does not fit.
    private mutating func digits() -> UInt? {
        var value: UInt? = 0
        while position < end, bytes[position] >= 0x30, bytes[position] <= 0x39 {
            let digit = UInt(bytes[position] - 0x30)
            if let known = value {
                let (tens, overflow) = known.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(digit)
                value = overflow || carry ? nil : sum
            }
            position += 1
        }
        return value
    }

    private mutating func fraction(_ name: String) throws(JSONSyntaxError) {
        let start = position
        _ = digits()
        guard position > start else { throw expected(name) }
    }

    /// Reads `true` or `false`, or `null` as nil; throws `JSONSyntaxError`.
    public mutating func literal() throws(JSONSyntaxError) -> Bool? {
        _ = peek()
        for (word, value) in [("true", true), ("false", false), ("null", nil)] as [(StaticString, Bool?)]
        where takeWord(word) {
            expectsComma = true
            return value
        }
        throw expected("a value")
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - position >= count, (0..<count).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
        else { return false }
        position += count
        return true
    }

    /// Skips this byte if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}

extension Int {
    /// The negative of a magnitude; nil if it does not fit.
    fileprivate init?(negating magnitude: UInt) {
        guard magnitude <= Int.min.magnitude else { return nil }
        self = magnitude == Int.min.magnitude ? .min : -Int(magnitude)
    }
}
