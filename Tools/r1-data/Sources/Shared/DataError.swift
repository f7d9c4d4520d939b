// What can be wrong with the files that r1-data is given, in words that a user can act on.

/// An error of a command.
enum DataError: Error, CustomStringConvertible {
    /// A key of a row has a wrong value or is missing.
    case badRow(location: String, key: String, expected: String, found: String)
    /// A row cannot be imported; the reason names file and line.
    case refused(String)
    /// Two rows have one id.
    case repeatedID(location: String)
    /// Nothing could be imported.
    case noRows(count: Int, first: String?)
    /// A file cannot be written.
    case cannotWrite(file: String, reason: String)

    /// Where, what was expected, what was found.
    var description: String {
        switch self {
        case .badRow(let location, let key, let expected, let found):
            "\(location): \"\(key)\": expected \(expected), found \(found)"
        case .refused(let reason):
            "\(reason); nothing was written (--rejects FILE sets such rows aside)"
        case .repeatedID(let location):
            "\(location): \"id\": an earlier row has the same id; --renumber gives every row a new one, --id-prefix tells "
                + "inputs apart"
        case .noRows(let count, let first):
            count == 0
                ? "the inputs have no rows"
                : "none of the \(count) rows could be used" + (first.map { "; the first: \($0)" } ?? "")
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        }
    }
}
