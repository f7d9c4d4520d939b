// Readers that present another reader's model in another form. Everything that they do not change comes from
// the source.

/// A reader that presents a stored model in another form.
public protocol CheckpointView: CheckpointReader {
    /// The presented model.
    var source: any CheckpointReader { get }
}

extension CheckpointView {
    /// Where the source was opened.
    public var location: String { source.location }
    /// Those of the source.
    public var tensors: [TensorInfo] { source.tensors }
    /// The tensor of the source.
    public func info(_ name: String) -> TensorInfo? { source.info(name) }
    /// That of the source.
    public var formatName: String { source.formatName }
    /// The path of the source.
    public func file(of name: String) -> String { source.file(of: name) }
    /// Those of the source.
    public var readingNotes: [String] { source.readingNotes }
    /// The bytes of a tensor of the source.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try source.withBytes(of: name, body)
    }
    /// The bytes `range` of a tensor of the source.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R { unsafe try source.withBytes(of: name, in: range, body) }
    /// Whether the source's tensor is mapped.
    public func isMapped(_ name: String) -> Bool { source.isMapped(name) }
    /// That of the source.
    public func recordedHash(of name: String) -> String? { source.recordedHash(of: name) }
    /// That of the source.
    public func recordedHash(ofSideFile name: String) -> String? { source.recordedHash(ofSideFile: name) }
    /// Those of the source.
    public var sideFileNames: [String] { source.sideFileNames }
    /// The side file of the source.
    public func sideFile(_ name: String) throws -> [UInt8]? { try source.sideFile(name) }
    /// Those of the source, under the names that they have there.
    public var trainingTensors: [TensorInfo] { source.trainingTensors }
    /// The bytes of a training tensor of the source.
    public func withTrainingBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R { unsafe try source.withTrainingBytes(of: name, body) }
    /// The bytes `range` of a training tensor of the source.
    public func withTrainingBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R { unsafe try source.withTrainingBytes(of: name, in: range, body) }
    /// That of the source.
    public var trainerState: [UInt8]? { source.trainerState }
    /// That of the source.
    public var shardPlan: ShardPlan? { source.shardPlan }
    /// Those of the source.
    public var sourceFiles: [String] { source.sourceFiles }
    /// Those of the source.
    public var hashedFiles: [FileState] { source.hashedFiles }
    /// The damage in the source.
    public func damages() throws -> [StoredDamage] { try source.damages() }
}
