// Which values a setting accepts: one description for settings files, --set, options and slash commands.

/// A text that a setting does not accept.
public struct NotAccepted: Error, Equatable, CustomStringConvertible {
    /// What the setting accepts, with range and unit.
    public let expected: String
    /// The text.
    public let found: String

    /// Half a sentence, to follow the setting's name.
    public var description: String { "expected \(expected), found \(found.isEmpty ? "nothing" : found)" }
}

/// The values that a setting accepts, and how they are written.
public struct Accepted<Value: Sendable & Equatable>: Sendable {
    /// What an error says was expected: `a whole number from 1 to 4096 (answers)`.
    public let expected: String
    /// Whether every text is a value of this kind, so that a YAML file may need quotes.
    let isText: Bool
    private let parse: @Sendable (String) -> Value?
    private let holds: @Sendable (Value) -> Bool
    private let write: @Sendable (Value) -> String

    /// Describes accepted values.
    ///
    /// - Parameters:
    ///   - expected: For messages, with range and unit.
    ///   - isText: Whether every text is a value of this kind.
    ///   - parse: The value of a text, in range or not; nil for a text of another kind.
    ///   - holds: Whether a value is in range.
    ///   - write: A text that `parse` reads as the same value.
    init(
        _ expected: String, isText: Bool = false, parse: @escaping @Sendable (String) -> Value?,
        holds: @escaping @Sendable (Value) -> Bool, write: @escaping @Sendable (Value) -> String
    ) {
        (self.expected, self.isText) = (expected, isText)
        (self.parse, self.holds, self.write) = (parse, holds, write)
    }

    /// The value of a text; throws ``NotAccepted``.
    public func value(_ text: String) throws -> Value {
        guard let value = parse(text), holds(value) else {
            throw NotAccepted(expected: expected, found: text)
        }
        return value
    }

    /// Throws ``NotAccepted`` for a value out of range.
    func check(_ value: Value) throws {
        guard holds(value) else { throw NotAccepted(expected: expected, found: write(value)) }
    }

    /// The value as a text.
    func text(_ value: Value) -> String { write(value) }

    /// These values, or nil for a word.
    public func orNone(_ word: String) -> Accepted<Value?> {
        Accepted<Value?>(
            "\(word) or \(expected)", isText: isText,
            parse: { text in text == word ? .some(nil) : parse(text).map { $0 } },
            holds: { $0.map(holds) ?? true }, write: { $0.map(write) ?? word })
    }
}

extension Accepted where Value: FixedWidthInteger & LosslessStringConvertible {
    /// Whole numbers of a range.
    ///
    /// - Parameters:
    ///   - range: The numbers.
    ///   - unit: What they count.
    ///   - special: One more number, and what it means.
    /// - Returns: The accepted numbers.
    public static func whole(
        _ range: ClosedRange<Value>, _ unit: String? = nil, or special: (value: Value, meaning: String)? = nil
    ) -> Self {
        let extra = special.map { "\($0.value) (\($0.meaning)) or " } ?? ""
        let number = special?.value
        return Self(
            extra + "a whole number from \(range.lowerBound) to \(range.upperBound)"
                + (unit.map { " (\($0))" } ?? ""),
            parse: { Value($0) }, holds: { range.contains($0) || $0 == number }, write: { "\($0)" })
    }
}

extension Accepted where Value == Double {
    /// Numbers from `least` up to and including `most`.
    public static func number(from least: Double, to most: Double, _ unit: String? = nil) -> Self {
        finite("a number from \(short(least)) to \(short(most))", unit) { (least...most).contains($0) }
    }

    /// Numbers from `least`, below `limit`.
    public static func number(from least: Double, below limit: Double) -> Self {
        finite("a number from \(short(least)) to below \(short(limit))", nil) { (least..<limit).contains($0) }
    }

    /// Numbers above `limit`, up to and including `most`.
    public static func number(above limit: Double, to most: Double, _ unit: String? = nil) -> Self {
        finite("a number above \(short(limit)), at most \(short(most))", unit) { $0 > limit && $0 <= most }
    }

    /// Finite numbers above 0.
    public static var positive: Self { finite("a number above 0", nil) { $0 > 0 } }

    /// Finite numbers from 0 up.
    public static func nonNegative(_ unit: String? = nil) -> Self {
        finite("a number, 0 or more", unit) { $0 >= 0 }
    }

    /// One more number, and what it means.
    public func or(_ special: Double, _ meaning: String) -> Self {
        // `check` throws for each value that does not hold; that is the answer here.
        Self(
            "\(Self.short(special)) (\(meaning)) or \(expected)", parse: { Double($0) },
            holds: { $0 == special || (try? check($0)) != nil }, write: { "\($0)" })
    }

    private static func finite(
        _ expected: String, _ unit: String?, _ holds: @escaping @Sendable (Double) -> Bool
    ) -> Self {
        Self(
            expected + (unit.map { " (\($0))" } ?? ""), parse: { Double($0) },
            holds: { $0.isFinite && holds($0) }, write: { "\($0)" })
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}

extension Accepted where Value == Bool {
    /// `true` and `false`, and YAML's other words for them.
    public static var flag: Self {
        Self(
            "true or false",
            parse: { text in
                switch text.lowercased() {
                case "true", "yes", "on": true
                case "false", "no", "off": false
                default: nil
                }
            }, holds: { _ in true }, write: { "\($0)" })
    }
}

extension Accepted where Value == String {
    /// Every text; `what` tells what it is.
    public static func text(_ what: String) -> Self {
        Self(what, isText: true, parse: { $0 }, holds: { _ in true }, write: { $0 })
    }

    /// Every text but the empty one.
    public static func nonEmpty(_ what: String) -> Self {
        Self(what, isText: true, parse: { $0 }, holds: { !$0.isEmpty }, write: { $0 })
    }
}

extension Accepted where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// The words of an enumeration.
    ///
    /// - Parameters:
    ///   - cases: The accepted cases; nil for all.
    ///   - aliases: Other words that are read, but never written.
    /// - Returns: The accepted words.
    public static func choice(of cases: [Value]? = nil, aliases: [String: Value] = [:]) -> Self {
        let words = (cases ?? Array(Value.allCases)).map(\.rawValue) + aliases.keys.sorted()
        return Self(
            words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? ""),
            parse: { Value(rawValue: $0) ?? aliases[$0] }, holds: { cases?.contains($0) ?? true },
            write: { $0.rawValue })
    }
}
