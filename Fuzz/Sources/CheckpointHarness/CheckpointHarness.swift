// Turns a fuzzer's input into a file that passes the checks that an attacker could also pass.
internal import Foundation
internal import Synchronization

/// The kinds of file that are fuzzed.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// A safetensors file: its header, and its length.
    case safetensors
    /// An HDF5 checkpoint: offsets, sizes, chunk tables, attributes.
    case hdf5
    /// A delta on the base that is stored with the seeds.
    case delta
    /// A file of `torch.save`: the zip directory, the pickles and the storages.
    case pickles
}

/// Exercises the readers with changed files.
///
/// An input for safetensors and pickles is the file. For the others it is a list of changes to a valid file. The first
/// byte selects the file. Each change is a big-endian 16-bit index into its metadata fields, a byte for a count
/// from 1 to 8, and that many new bytes.
public struct CheckpointHarness: Sendable {
    private let path: String
    private let location: String
    private let seeds: [(bytes: [UInt8], fields: MetadataFields)]

    /// Prepares a target.
    ///
    /// - Parameters:
    ///   - target: The kind of file to read.
    ///   - folder: An empty folder for files; best in memory, since a fuzzer writes hundreds per second.
    /// - Throws: The errors of writing the valid files.
    public init(_ target: FuzzTarget, in folder: String) throws {
        path = "\(folder)/file"
        location = target == .delta ? "\(folder)/\(deltaBaseName)+\(path)" : path
        seeds = try makeSeeds(of: target, in: folder).map { ($0, MetadataFields(of: $0)) }
    }

    /// The number of valid files that an input can select; 0 for safetensors and pickles.
    public var seedCount: Int { seeds.count }

    /// Exercises the file that an input describes.
    ///
    /// Repairs an HDF5 file's checksums and the identity that a checkpoint declares, as an attacker would.
    ///
    /// - Parameter input: The file, or the changes to a valid one.
    /// - Returns: The outcome.
    /// - Throws: `ReaderFault`.
    public func run(_ input: [UInt8]) throws -> Outcome {
        guard let number = input.first, !seeds.isEmpty else { return try outcome(of: input) }
        let (sound, fields) = seeds[Int(number) % seeds.count]
        let places = fields.offsets
        var bytes = sound
        var rest = input.dropFirst()
        while let change = Change(&rest) {
            for (offset, byte) in change.bytes.enumerated() {
                bytes[places[(change.place + offset) % places.count]] = byte
            }
        }
        fields.repairChecksums(&bytes, of: sound)
        let first = try outcome(of: bytes)
        guard case .refused(let reason) = first, repairIdentity(&bytes, reason) else { return first }
        fields.repairChecksums(&bytes, of: sound)
        return try outcome(of: bytes)
    }

    private struct Change {
        let place: Int
        let bytes: ArraySlice<UInt8>

        init?(_ input: inout ArraySlice<UInt8>) {
            guard input.count > 3 else { return nil }
            let head = Array(input.prefix(3))
            place = Int(head[0]) << 8 | Int(head[1])
            bytes = input.dropFirst(3).prefix(1 + Int(head[2]) % 8)
            input = input.dropFirst(3 + bytes.count)
        }
    }

    private func outcome(of bytes: [UInt8]) throws -> Outcome {
        do { try Data(bytes).write(to: URL(fileURLWithPath: path)) } catch {
            fatalError("cannot write \(path): \(error)")
        }
        return try exercise(location)
    }

    /// Replaces the identity that the file declares with the one that the reader computed.
    private func repairIdentity(_ bytes: inout [UInt8], _ reason: String) -> Bool {
        let words = reason.split { !$0.isHexDigit }.filter { $0.utf8.count == 64 }
        guard reason.contains("its manifest has identity"), words.count == 2,
            let place = bytes.firstRange(of: Array(words[1].utf8))
        else { return false }
        bytes.replaceSubrange(place, with: words[0].utf8)
        return true
    }
}

/// The harness of a fuzzer, which has one target and runs until stopped.
private let harnesses = Mutex<[FuzzTarget: CheckpointHarness]>([:])

/// Exercises the file that an input describes and stops the program at a fault; for libFuzzer.
///
/// Files are written to the folder that R1_FUZZ_FOLDER names.
public func fuzz(_ target: FuzzTarget, _ input: [UInt8]) {
    do {
        let harness = try harnesses.withLock { known in
            if let harness = known[target] { return harness }
            guard let folder = ProcessInfo.processInfo.environment["R1_FUZZ_FOLDER"] else {
                fatalError("R1_FUZZ_FOLDER does not name an empty folder")
            }
            let harness = try CheckpointHarness(target, in: folder)
            known[target] = harness
            return harness
        }
        _ = try harness.run(input)
    } catch {
        fatalError("\(error)")
    }
}
