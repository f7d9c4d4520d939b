// The interface of a stored model, independent of the file format. The readers are HDF5Checkpoint,
// DeltaCheckpoint, SafetensorsFile and SafetensorsDirectory; a CheckpointView presents another reader's model
// in another form.
internal import Basics
import Foundation

/// A stored model: tensors in stored order, side files, and training state if there is any.
///
/// A reader checks the whole structure when it opens and is immutable afterwards, so it can be shared between
/// threads.
public protocol CheckpointReader: AnyObject, Sendable {
    /// The path that was opened.
    var location: String { get }

    /// The model's tensors in stored order, under their public names.
    var tensors: [TensorInfo] { get }

    /// The tensor of this name, or nil.
    func info(_ name: String) -> TensorInfo?

    /// What the files are, such as `HDF5` or `safetensors`.
    var formatName: String { get }

    /// The file that holds a tensor, for messages.
    func file(of name: String) -> String

    /// One sentence for each kind of content that was left out while the files were read.
    var readingNotes: [String] { get }

    /// Gives `body` a tensor's bytes, valid only during the call: mapped from the file and not copied, unless
    /// they are stored compressed.
    ///
    /// The bytes are little-endian and row-major, as stored. Throws `CheckpointError.missingTensor` for an
    /// unknown name, and what `body` throws.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R

    /// Whether the bytes that `withBytes(of:_:)` gives stay valid while this reader lives, as those of a
    /// mapped file do.
    func isMapped(_ name: String) -> Bool

    /// Gives `body` the bytes `range` of a tensor for a sequential pass: they are read into a buffer that is
    /// reused after the call, not mapped.
    ///
    /// Memory grows with the range and not with the tensor, in every format. The range is inside the tensor.
    func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R

    /// The SHA-256 that the file records for a tensor, in hexadecimal, or nil for formats without hashes.
    func recordedHash(of name: String) -> String?

    /// The SHA-256 that the file records for a side file, or nil for formats without hashes.
    func recordedHash(ofSideFile name: String) -> String?

    /// The names of the side files, such as `config.json`, in stored order.
    var sideFileNames: [String] { get }

    /// The bytes of a side file, or nil when there is none of this name.
    func sideFile(_ name: String) throws -> [UInt8]?

    /// The tensors of the training state, such as optimizer moments; empty for public weights.
    var trainingTensors: [TensorInfo] { get }

    /// Gives `body` the bytes of a training tensor, as `withBytes(of:_:)` does for the model's tensors.
    func withTrainingBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R

    /// Gives `body` the bytes `range` of a training tensor, as `withBytes(of:in:_:)` does for the model's
    /// tensors.
    func withTrainingBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R

    /// The trainer's own state as JSON, or nil.
    var trainerState: [UInt8]? { get }

    /// The SHA-256 of the manifest in hexadecimal, or nil for formats that carry no hashes.
    var identity: String? { get }

    /// How the tensors were split over safetensors files, or nil when they never were.
    var shardPlan: ShardPlan? { get }

    /// The paths of the model's files.
    var sourceFiles: [String] { get }

    /// The files with recorded hashes, as they were when they were opened; empty for formats without hashes.
    var hashedFiles: [FileState] { get }

    /// Recomputes every hash and returns the items that do not have their recorded hash, in stored order;
    /// empty for formats without hashes.
    func damages() throws -> [StoredDamage]
}

extension CheckpointReader {
    /// A part of the whole tensor; sufficient for mapped tensors.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try withBytes(of: name) { bytes in
            require(
                range.lowerBound >= 0 && range.upperBound <= bytes.count,
                "bytes \(range) of \(name), which has \(bytes.count)")
            return unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// Safetensors, unless a format says something else.
    public var formatName: String { "safetensors" }

    /// The path that was opened.
    public func file(of name: String) -> String { location }

    /// Nothing was left out.
    public var readingNotes: [String] { [] }

    /// Not mapped, unless a format says so.
    public func isMapped(_ name: String) -> Bool { false }

    /// No hash: safetensors files carry none.
    public func recordedHash(of name: String) -> String? { nil }

    /// No hash: safetensors files carry none.
    public func recordedHash(ofSideFile name: String) -> String? { nil }

    /// No training tensors: public weights have none.
    public var trainingTensors: [TensorInfo] { [] }

    /// Always throws: public weights have no training tensors.
    public func withTrainingBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
    }

    /// A part of the whole tensor.
    public func withTrainingBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try withTrainingBytes(of: name) {
            unsafe try body(UnsafeRawBufferPointer(rebasing: $0[range]))
        }
    }

    /// No trainer state: public weights have none.
    public var trainerState: [UInt8]? { nil }

    /// No identity: safetensors files carry no hashes.
    public var identity: String? { nil }

    /// The one file that was opened.
    public var sourceFiles: [String] { [location] }

    /// None: safetensors files carry no hashes.
    public var hashedFiles: [FileState] { [] }

    /// Nothing: safetensors carry no hashes.
    public func damages() throws -> [StoredDamage] { [] }

    /// Recomputes every hash; throws `CheckpointError.damaged`, naming the first damaged item and its bytes.
    ///
    /// Every program that writes new hashes calls this for what it reads: otherwise it would give damaged
    /// bytes a hash that matches them. Does nothing for formats without hashes.
    public func requireSound() throws {
        let damages = try damages()
        guard let first = damages.first else { return }
        let others = damages.count > 1 ? " (and \(damages.count - 1) more items are damaged)" : ""
        throw CheckpointError.damaged(
            file: location,
            problem: "\(first.item): bytes \(first.bytes.lowerBound) to \(first.bytes.upperBound): "
                + first.problem + others)
    }

    /// The bytes of the model's files; throws `CheckpointError.cannotOpen` when one is gone.
    public var fileByteCount: Int {
        get throws { try sourceFiles.reduce(0) { try $0 + FileKind.byteCount(of: $1) } }
    }

    /// The bytes of all tensors of the model together.
    public var tensorByteCount: Int { tensors.reduce(0) { $0 + $1.byteCount } }
}

/// A stored item that does not have its recorded hash.
public struct StoredDamage: Sendable, Equatable {
    /// The tensor or file with its group in front, such as `tensors: lm_head.weight`.
    public let item: String
    /// The range of bytes in the HDF5 file that contains the damage.
    public let bytes: Range<Int>
    /// A short description of the problem.
    public let problem: String

    init(item: String, bytes: Range<Int>, problem: String) {
        (self.item, self.bytes, self.problem) = (item, bytes, problem)
    }
}
