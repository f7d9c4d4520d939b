// What can go wrong with a run, in words that a user can act on. A program that has other words for settings
// and commands builds its own message from the cases.
internal import Settings

/// Bad settings, files or states of a run.
public enum RunError: Error, CustomStringConvertible, Equatable {
    /// A setting has a value of the wrong kind or out of range; `place` is the file and line, where known.
    case badSetting(path: String, expected: String, found: String, place: String? = nil)
    /// A file names a setting that does not exist; `nearest` is a known name with few edits.
    case unknownSetting(path: String, file: String, nearest: String?)
    /// An assignment such as `steps=8` cannot be used.
    case badAssignment(assignment: String, problem: String)
    /// A file cannot be read or used.
    case badFile(file: String, problem: String)
    /// A file or folder cannot be written.
    case cannotWrite(path: String, reason: String)
    /// The folder of a new run already contains a run.
    case alreadyARun(path: String)
    /// A run has no checkpoint after this number of steps.
    case noCheckpoint(path: String, step: Int, known: [Int])
    /// The checkpoint to resume from is damaged; `soundStep` is the completed steps of one that is not.
    case damagedCheckpoint(path: String, problem: String, soundStep: Int?)
    /// A folder does not contain a run that can be resumed.
    case notARun(path: String, problem: String)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .badSetting(let path, let expected, let found, let place):
            (place.map { "\($0): " } ?? "") + "setting \(path): expected \(expected), found \(found)"
        case .unknownSetting(let path, let file, let nearest):
            "\(file): " + Self.unknown(path, nearest)
        case .badAssignment(let assignment, let problem): "\(assignment): \(problem)"
        case .badFile(let file, let problem): "\(file): \(problem)"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .alreadyARun(let path):
            "cannot write \(path): it already contains a run; resume it or name another folder"
        case .noCheckpoint(let path, let step, let known):
            "\(path) has no checkpoint after step \(step); it has "
                + (known.isEmpty ? "none" : "those after " + known.map(String.init).joined(separator: ", "))
        case .damagedCheckpoint(_, let problem, let soundStep):
            problem
                + (soundStep.map { "; the checkpoint after step \($0) is sound" }
                    ?? "; no other checkpoint is sound")
        case .notARun(let path, let problem): "\(path) is not a run that can be resumed: \(problem)"
        }
    }

    /// The error of a setting in a file, or of one that no file gives.
    init(_ error: SettingError, file: String? = nil) {
        let place = file.map { file in file + (error.line.map { ":\($0)" } ?? "") }
        switch error {
        case .unknown(let path, let nearest, _):
            self = .unknownSetting(path: path, file: place ?? "settings", nearest: nearest)
        case .bad(let path, let expected, let found, _):
            self = .badSetting(
                path: path.isEmpty ? "file" : path, expected: expected, found: found, place: place)
        }
    }

    /// The error of an assignment `path=value`, which names the path already.
    init(_ error: SettingError, assignment: String, path: String) {
        switch error {
        case .bad(path, let expected, let found, _):
            self = .badAssignment(assignment: assignment, problem: "expected \(expected), found \(found)")
        default: self = .badAssignment(assignment: assignment, problem: error.description)
        }
    }

    static func unknown(_ path: String, _ nearest: String?) -> String {
        "unknown setting \(path)" + (nearest.map { "; did you mean \($0)?" } ?? "")
    }
}
