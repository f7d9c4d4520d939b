// What makes a run the run that it is: settings, model, rows and pictures. Written when the run starts and
// with every checkpoint, and compared when it is resumed.
internal import Checkpoint
internal import Foundation
internal import PolicyOptimization
internal import Rollouts
internal import StrictJSON

/// The rows and pictures of one file as hashes.
struct SetIdentity: Codable, Equatable {
    /// Usable rows.
    var rows: Int
    /// SHA-256 over the hashes of the rows, in order.
    var rowHash: String
    /// SHA-256 over the hashes of the pictures and videos, in order.
    var pictureHash: String

    init(_ identities: [RowIdentity]) {
        func hash(_ lines: [String]) -> String { sha256(Array(lines.joined(separator: "\n").utf8)) }
        rows = identities.count
        rowHash = hash(identities.map(\.row))
        pictureHash = hash(identities.map { $0.pictures.joined(separator: " ") })
    }
}

/// Everything that decides the weights of a run.
struct RunIdentity: Codable, Equatable {
    /// SHA-256 over the other members at the start of the run; later changes of settings leave it.
    var run = ""
    /// All settings.
    var settings: JSONValue
    /// The identity of the model that the run starts from.
    var model: String
    /// The identity of the adapter that it starts from; nil without one.
    var adapter: String?
    /// The rows to train on, and the test rows.
    var train, test: SetIdentity?

    init(
        _ configuration: RunConfiguration, model: String, inputs: RunInputs, adapter: String? = nil
    ) throws {
        settings = try configuration.tree()
        self.adapter = adapter
        (self.model, train, test) = (
            model, inputs.train.map(SetIdentity.init), inputs.test.map(SetIdentity.init)
        )
    }

    /// The hash of everything but `run`.
    func hash() throws -> String {
        var rest = self
        rest.run = ""
        return sha256(Array(try Self.encoder.encode(rest)))
    }

    /// One order of keys: without it the bytes would change from one process to the next.
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension RunConfiguration {
    /// The settings as a tree of values.
    func tree() throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(self))
    }
}

/// What the trainer stores in a checkpoint besides weights and moments.
///
/// There is no state of random numbers: they are functions of seed, step and position.
struct TrainerState: Codable, Equatable {
    static let currentVersion = 2
    var version = Self.currentVersion
    var completedSteps: Int
    var optimizerSteps: Int
    /// Updates in a row that were skipped because they were not finite.
    var skippedInARow: Int
    /// What the method remembers; nil in checkpoints of older versions, whose methods remembered nothing.
    var method: MethodState?
    /// What the run was when it saved.
    var identity: RunIdentity
    /// What the run had recorded, by file.
    var records: [String: RecordIdentity]

    /// The state in a checkpoint.
    ///
    /// - Parameters:
    ///   - json: The bytes that the checkpoint stores; nil when it stores none.
    ///   - file: The checkpoint, for messages.
    /// - Throws: `RunError.badFile` for a checkpoint without a state, or with one of another version.
    init(_ json: [UInt8]?, in file: String) throws {
        struct Version: Decodable { var version: Int }
        guard let json, let version = try? JSONDecoder().decode(Version.self, from: Data(json)).version else {
            throw RunError.badFile(
                file: file, problem: "contains no trainer state: it is a model, not a checkpoint of a run")
        }
        guard version == Self.currentVersion else {
            throw RunError.badFile(
                file: file,
                problem: "was saved by another version of this program (trainer state \(version), expected "
                    + "\(Self.currentVersion)), so rows, pictures and settings cannot be compared with those of "
                    + "its run; start a new run with model: \(file)")
        }
        do { self = try JSONDecoder().decode(Self.self, from: Data(json)) } catch {
            throw RunError.badFile(file: file, problem: "its trainer state cannot be read: \(error)")
        }
    }

    init(
        completedSteps: Int, optimizerSteps: Int, skippedInARow: Int, method: MethodState,
        identity: RunIdentity,
        records: [String: RecordIdentity]
    ) {
        (self.completedSteps, self.optimizerSteps) = (completedSteps, optimizerSteps)
        (self.skippedInARow, self.method) = (skippedInARow, method)
        (self.identity, self.records) = (identity, records)
    }
}
