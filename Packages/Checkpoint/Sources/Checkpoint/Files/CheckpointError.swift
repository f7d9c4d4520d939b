// Errors of checkpoints and of the places they are written to.
internal import Basics

/// A problem with a checkpoint; the description names the file, the key, what was expected and what was
/// found.
public enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file or folder cannot be opened; `reason` is the system's.
    case cannotOpen(file: String, reason: String)
    /// The file is neither HDF5 nor safetensors.
    case notACheckpoint(file: String)
    /// The file breaks its own format.
    case damaged(file: String, problem: String)
    /// The file is valid but needs something that this version does not support.
    case unsupported(file: String, problem: String)
    /// An HDF5 checkpoint whose writer did not finish.
    case unfinished(file: String)
    /// A tensor that the model needs is missing; `others` more are missing, too.
    case missingTensor(key: String, file: String, expected: [Int]?, others: Int)
    /// A tensor that the model does not have.
    case extraTensor(key: String, file: String, found: [Int])
    /// The shape of a tensor differs from what the configuration asks for.
    case wrongShape(key: String, file: String, expected: [Int], found: [Int])
    /// A delta was made from a different base than the one given.
    case wrongBase(delta: String, expected: String, base: String, found: String)
    /// A name that cannot be stored.
    case badName(name: String, file: String, problem: String)
    /// The destination exists.
    case alreadyExists(file: String)
    /// The result cannot be written; `reason` is the system's or HDF5's.
    case cannotWrite(file: String, reason: String)
    /// Not enough free space for the result; sizes in bytes.
    case noSpace(file: String, needed: Int, available: Int)

    /// One line that names the file and the problem.
    public var description: String {
        switch self {
        case .cannotOpen(let file, let reason): "\(file): cannot open: \(reason)"
        case .notACheckpoint(let file):
            "\(file): not a checkpoint: expected an HDF5 file, a safetensors file, or a directory with "
                + "model.safetensors or model.safetensors.index.json"
        case .damaged(let file, let problem): "\(file): damaged: \(problem)"
        case .unsupported(let file, let problem): "\(file): \(problem)"
        case .unfinished(let file):
            "\(file): not a finished checkpoint: its commit marker is missing; the program that wrote it did not finish"
        case .missingTensor(let key, let file, let expected, let others):
            "\(file): no tensor \(key)" + (expected.map { "; the model needs it with shape \($0)" } ?? "")
                + (others > 0 ? " (and \(others) more are missing)" : "")
        case .extraTensor(let key, let file, let found):
            "\(file): tensor \(key) with shape \(found) has no place in the model"
        case .wrongShape(let key, let file, let expected, let found):
            "\(file): tensor \(key) has shape \(found), the model expects \(expected)"
        case .wrongBase(let delta, let expected, let base, let found):
            "\(delta): was made from the model with identity \(expected), but \(base) has identity \(found)"
        case .badName(let name, let file, let problem): "\(file): name '\(name)' \(problem)"
        case .alreadyExists(let file): "\(file): already exists"
        case .cannotWrite(let file, let reason): "\(file): cannot write: \(reason)"
        case .noSpace(let file, let needed, let available):
            "\(file): needs \(byteText(needed)) but only \(byteText(available)) are free there"
        }
    }
}
