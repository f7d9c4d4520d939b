// What can be wrong with the files of the data engine, in words that a user can act on.
internal import Settings

/// An error in rows, ratings or recipes.
public enum DataEngineError: Error, Equatable, CustomStringConvertible {
    /// A file cannot be read or used.
    case badFile(file: String, problem: String)
    /// A line of a file cannot be used.
    case badLine(location: String, problem: String)
    /// A key of a line has a wrong value.
    case badValue(location: String, key: String, expected: String, found: String)
    /// What was asked for cannot be had from the rows.
    case impossible(String)

    /// Where, what is wrong, what to do.
    public var description: String {
        switch self {
        case .badFile(let file, let problem): "\(file): \(problem)"
        case .badLine(let location, let problem): "\(location): \(problem)"
        case .badValue(let location, let key, let expected, let found):
            "\(location): \"\(key)\": expected \(expected), found \(found)"
        case .impossible(let text): text
        }
    }

    /// The error of a setting in a file.
    static func setting(_ error: SettingError, in file: String) -> DataEngineError {
        .badFile(file: file + (error.line.map { ":\($0)" } ?? ""), problem: error.description)
    }
}
