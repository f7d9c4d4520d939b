// Options of the form NAME=NUMBER that may be repeated.
import ArgumentParser

/// The values by name of options such as `--limit chart=150`.
///
/// - Parameters:
///   - texts: What was given.
///   - option: The option, for messages.
///   - form: What a value is, for messages.
///   - value: The value of a text; nil when it is not one.
/// - Returns: The values.
/// - Throws: `ValidationError` for a text of another form and for a name that was given twice.
func values<Value>(
    _ texts: [String], _ option: String, _ form: String, _ value: (String) -> Value?
) throws -> [String: Value] {
    var values: [String: Value] = [:]
    for text in texts {
        guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
            let number = value(String(text[text.index(after: equals)...]))
        else { throw ValidationError("--\(option) is \(form), found \(text)") }
        let name = String(text[..<equals])
        guard values.updateValue(number, forKey: name) == nil else {
            throw ValidationError("--\(option) was given twice for \(name)")
        }
    }
    return values
}

/// A whole number from 0 up.
func wholeNumber(_ text: String) -> Int? { Int(text).flatMap { $0 >= 0 ? $0 : nil } }
