// Calls every operation of the readers on untrusted bytes.
internal import Checkpoint
import CheckpointDiff

/// The outcome of reading a file.
public enum Outcome: Equatable, Sendable {
    /// The file or a part of it was rejected with this message.
    case refused(String)
    /// Everything in the file was read.
    case read
}

/// A fault of the readers, not of the file.
public struct ReaderFault: Error {
    /// What the readers did.
    public let problem: String
}

/// Opens the model at `path`, as r1-convert does, and reads everything it declares.
///
/// - Parameter path: A file, a directory, or `BASE+DELTA`.
/// - Returns: Whether the readers rejected something.
/// - Throws: `ReaderFault` for an error other than `CheckpointError` and for answers that contradict each other.
public func exercise(_ path: String) throws -> Outcome {
    do {
        let reader = try openCheckpoint(path, orForeign: true)
        for name in reader.sideFileNames { _ = try reader.sideFile(name) }
        for tensor in reader.tensors {
            try compareParts(
                tensor.name, tensor.byteCount, reader.withBytes(of:_:), reader.withBytes(of:in:_:))
        }
        for tensor in reader.trainingTensors {
            try compareParts(
                tensor.name, tensor.byteCount, reader.withTrainingBytes(of:_:),
                reader.withTrainingBytes(of:in:_:))
        }
        if let first = try reader.damages().first { return .refused("\(first.item): \(first.problem)") }
        guard try CheckpointComparison.compare(reader, reader).isSame else {
            throw ReaderFault(problem: "a model differs from itself")
        }
        return .read
    } catch let error as CheckpointError {
        return .refused("\(error)")
    } catch let fault as ReaderFault {
        throw fault
    } catch {
        throw ReaderFault(problem: "an error that is none of the readers': \(error)")
    }
}

/// Reads every byte of a tensor, as a whole and in two parts.
private func compareParts(
    _ name: String, _ byteCount: Int,
    _ whole: (String, (UnsafeRawBufferPointer) throws -> [UInt8]) throws -> [UInt8],
    _ part: (String, Range<Int>, (UnsafeRawBufferPointer) throws -> [UInt8]) throws -> [UInt8]
) throws {
    let half = byteCount / 2
    let parts = try part(name, 0..<half) { Array($0) } + part(name, half..<byteCount) { Array($0) }
    guard try whole(name, { Array($0) }) == parts else {
        throw ReaderFault(problem: "the parts of \(name) are not the whole")
    }
}
