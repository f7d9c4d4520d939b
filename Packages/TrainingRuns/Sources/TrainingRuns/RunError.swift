// What can go wrong with a run, said so that a user can act on it.

/// Bad settings, files or states of a run.
public enum RunError: Error, CustomStringConvertible, Equatable {
    case badSetting(path: String, expected: String, found: String)
    case unknownSetting(path: String, file: String, nearest: String?)
    case badFile(file: String, problem: String)
    case cannotWrite(path: String, reason: String)
    case notARun(path: String, problem: String)
    case nonFiniteGradients(step: Int, inARow: Int)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .badSetting(let path, let expected, let found):
            "setting \(path): expected \(expected), found \(found)"
        case .unknownSetting(let path, let file, let nearest):
            "\(file): unknown setting \(path)" + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .badFile(let file, let problem): "\(file): \(problem)"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .notARun(let path, let problem): "\(path) is not a run that can be resumed: \(problem)"
        case .nonFiniteGradients(let step, let inARow):
            "step \(step): the gradient is not finite, \(inARow) times in a row; the run stops before it harms the weights"
        }
    }
}
