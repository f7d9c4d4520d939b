// What can be wrong with the files of a run that a report is about.

/// A run folder, or a line in one of its files, that cannot be read.
public enum RunReportError: Error, Equatable, CustomStringConvertible {
    /// The folder does not contain a run.
    case notARun(folder: String, problem: String)
    /// A file cannot be read.
    case badFile(file: String, problem: String)
    /// A line of a file is not what its format says; lines count from 1.
    case badLine(file: String, line: Int, expected: String, found: String)

    /// One sentence for the user, which names the file and the line.
    public var description: String {
        switch self {
        case .notARun(let folder, let problem): "\(folder) is not a run: \(problem)"
        case .badFile(let file, let problem): "\(file): \(problem)"
        case .badLine(let file, let line, let expected, let found):
            "\(file):\(line): expected \(expected), found \(found)"
        }
    }
}
