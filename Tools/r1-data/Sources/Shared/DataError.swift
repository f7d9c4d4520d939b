// What can be wrong with the files that r1-data is given, in words that a user can act on.

/// An error of a command.
enum DataError: Error, CustomStringConvertible {
    /// A key of a row has a wrong value or is missing.
    case badRow(location: String, key: String, expected: String, found: String)
    /// A file cannot be written.
    case cannotWrite(file: String, reason: String)

    /// Where, what was expected, what was found.
    var description: String {
        switch self {
        case .badRow(let location, let key, let expected, let found):
            "\(location): \"\(key)\": expected \(expected), found \(found)"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        }
    }
}
