// From a fuzzer's input to a file that gets past the checks a hostile writer gets past, too.
internal import Foundation
internal import Synchronization

/// The kinds of file that are fuzzed.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// A safetensors file: its header, and its length.
    case safetensors
    /// An HDF5 checkpoint: offsets, sizes, chunk tables, attributes.
    case hdf5
    /// A delta, on the base that lies with the seeds.
    case delta
}

/// Exercises the readers with changed files.
///
/// An input for safetensors is the file. For the others it is a list of changes to a sound file: the first byte says to
/// which; then, as often as there is room, come two bytes for a place among the fields of its metadata (the first of
/// them times 256), one for a count from 1 to 8, and that many bytes to put there.
public struct CheckpointHarness: Sendable {
    private let path: String
    private let location: String
    private let seeds: [(bytes: [UInt8], fields: MetadataFields)]

    /// Prepares a target.
    ///
    /// - Parameters:
    ///   - target: What is read.
    ///   - folder: An empty folder for files; best in memory, since a fuzzer writes hundreds a second.
    /// - Throws: What writing the sound files throws.
    public init(_ target: FuzzTarget, in folder: String) throws {
        path = "\(folder)/file"
        location = target == .delta ? "\(folder)/\(deltaBaseName)+\(path)" : path
        seeds = try makeSeeds(of: target, in: folder).map { ($0, MetadataFields(of: $0)) }
    }

    /// The number of sound files among which an input chooses; 0 for safetensors.
    public var seedCount: Int { seeds.count }

    /// Exercises what an input makes.
    ///
    /// What HDF5 holds is sealed again: its checksums, and the identity that a checkpoint declares, since whoever
    /// means harm would do so.
    ///
    /// - Parameter input: The file, or the changes to a sound one.
    /// - Returns: What became of it.
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

    /// Puts the identity that the reader found in the place of the one that the file declares.
    private func repairIdentity(_ bytes: inout [UInt8], _ reason: String) -> Bool {
        let words = reason.split { !$0.isHexDigit }.filter { $0.utf8.count == 64 }
        guard reason.contains("its manifest has identity"), words.count == 2,
            let place = bytes.firstRange(of: Array(words[1].utf8))
        else { return false }
        bytes.replaceSubrange(place, with: words[0].utf8)
        return true
    }
}

/// The harness of a fuzzer, which has one target and runs until it is stopped.
private let harnesses = Mutex<[FuzzTarget: CheckpointHarness]>([:])

/// Exercises what an input makes, and stops the program at a fault; for libFuzzer.
///
/// Files go into the folder that R1_FUZZ_FOLDER names.
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
