// Files with one JSON object on each line, read line by line.
internal import Basics
internal import StrictJSON

/// One line of a record file.
struct RecordLine {
    /// The file.
    let file: String
    /// The line, from 1.
    let number: Int
    /// Its members.
    let values: JSONObject

    /// The error for this line.
    func bad(_ expected: String, _ found: String) -> RunReportError {
        .badLine(file: file, line: number, expected: expected, found: found)
    }

    /// The error for a member.
    func bad(_ key: String, expected: String) -> RunReportError {
        bad("\(expected) under \"\(key)\"", values[key]?.summary ?? "nothing")
    }

    /// A whole number.
    func integer(_ key: String) throws -> Int {
        guard case .integer(let value) = values[key] else { throw bad(key, expected: "a whole number") }
        return value
    }

    /// A number.
    func number(_ key: String) throws -> Double {
        guard let value = values[key]?.double else { throw bad(key, expected: "a number") }
        return value
    }

    /// A text.
    func text(_ key: String) throws -> String {
        guard let text = values[key]?.text else { throw bad(key, expected: "a text") }
        return text
    }

    /// A member that may be absent or null; anything else is read by `read`.
    func optional<T>(_ key: String, _ read: (String) throws -> T) rethrows -> T? {
        guard let value = values[key], !value.isNull else { return nil }
        return try read(key)
    }

    /// A list of texts.
    func texts(_ key: String) throws -> [String] {
        guard let items = values[key]?.elements else { throw bad(key, expected: "a list of texts") }
        return try items.map { item in
            guard let text = item.text else { throw bad(key, expected: "a list of texts") }
            return text
        }
    }

    /// A list of numbers.
    func numbers(_ key: String) throws -> [Double] {
        guard let items = values[key]?.elements else { throw bad(key, expected: "a list of numbers") }
        return try items.map { item in
            guard let number = item.double else { throw bad(key, expected: "a list of numbers") }
            return number
        }
    }
}

/// Calls a function with each line of a file; a file that does not exist has none.
///
/// Empty lines are passed over, and so is a last line that is not JSON: a crash cut it off.
///
/// - Throws: `RunReportError` for any other line that is not a JSON object, and what the function throws.
func forEachRecord(in file: String, _ body: (RecordLine) throws -> Void) throws {
    let bytes: [UInt8]
    do { bytes = try readRegularFile(file) } catch let error as FileError {
        if error.isMissing { return }
        throw RunReportError.badFile(file: file, problem: error.reason)
    }
    let newline = UInt8(ascii: "\n")
    var (start, number) = (0, 0)
    while start < bytes.count {
        let end = bytes[start...].firstIndex(of: newline) ?? bytes.count
        number += 1
        if end > start {
            switch parsed(bytes, start..<end) {
            case .success(let value):
                guard let values = value.members else {
                    throw RunReportError.badLine(
                        file: file, line: number, expected: "a JSON object", found: value.summary)
                }
                try body(RecordLine(file: file, number: number, values: values))
            case .failure(let error):
                // Nothing was recorded after the line that a crash cut off.
                if bytes[end...].allSatisfy({ $0 == newline }) { return }
                throw RunReportError.badLine(
                    file: file, line: number, expected: "a JSON object on one line", found: "\(error)")
            }
        }
        start = end + 1
    }
}

private func parsed(_ bytes: [UInt8], _ range: Range<Int>) -> Result<JSONValue, JSONSyntaxError> {
    bytes.withUnsafeBufferPointer { buffer in
        do throws(JSONSyntaxError) {
            return .success(try JSONValue(parsing: UnsafeBufferPointer(rebasing: buffer[range])))
        } catch {
            return .failure(error)
        }
    }
}
