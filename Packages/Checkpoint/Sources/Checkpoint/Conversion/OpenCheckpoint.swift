// Opens a stored model of any format.
import Foundation

/// Opens a stored model; the content at `path` decides the format, not the name.
///
/// Takes an HDF5 checkpoint, a safetensors file, a directory with `model.safetensors` or
/// `model.safetensors.index.json`, or `BASE+DELTA`, where BASE is one of these and each DELTA is applied to
/// everything before it. Matrices that are stored in few bits appear in bfloat16; see `storedCodes(of:)`.
///
/// - Parameters:
///   - path: What to open.
///   - isDeltaAllowed: Whether a delta without its base may be opened, as an `HDF5Checkpoint` whose
///   `baseIdentity` is
///     not nil; its bytes are differences.
///   - isForeignAllowed: Whether forms are read that only a conversion takes: PyTorch's weights (`pytorch_model.bin`
///     with or without an index, `.pt`, `.pth`) and safetensors in FP8, which appear in bfloat16.
/// - Returns: The reader.
/// - Throws: `CheckpointError` when it is none of these or is damaged.
public func openCheckpoint(
    _ path: String, orDelta isDeltaAllowed: Bool = false, orForeign isForeignAllowed: Bool = false
) throws -> any CheckpointReader {
    if let (base, delta) = splitDelta(path) { return try DeltaCheckpoint(delta, base: openCheckpoint(base)) }
    if try FileKind(of: path) == .directory {
        return try openDirectory(path, orForeign: isForeignAllowed)
    }
    let file = try MappedFile(path)
    if file.starts(with: HDF5Checkpoint.signature) {
        let stored = try HDF5Checkpoint(path, isDelta: isDeltaAllowed && HDF5Checkpoint.isDelta(path))
        return stored.baseIdentity == nil ? try DecodedCheckpoint.reading(stored) : stored
    }
    if SafetensorsFile.looksRight(file) { return try SafetensorsFile(path) }
    if isForeignAllowed, PyTorchFile.looksRight(file) { return try PyTorchCheckpoint(file: path) }
    try ForeignWeights.refuse(file)
    throw CheckpointError.notACheckpoint(file: path)
}

/// Opens a directory; a quantization is named before anything is said of tensors.
private func openDirectory(_ path: String, orForeign isForeignAllowed: Bool) throws -> any CheckpointReader {
    let names = try SafetensorsDirectory.entries(of: path)
    let isConfigured = names.contains(FileNames.configuration)
    let quantization =
        try isConfigured
        ? StoredQuantization(
            SafetensorsDirectory.read("\(path)/\(FileNames.configuration)"),
            file: "\(path)/\(FileNames.configuration)") : nil
    if quantization == nil { try StoredQuantization.refuse(names, in: path) }
    let hasSafetensors = SafetensorsDirectory.isOne(names)
    if let quantization {
        guard let fp8 = quantization.fp8, hasSafetensors, isForeignAllowed else {
            throw quantization.refusal(isWidened: quantization.fp8 != nil && hasSafetensors)
        }
        return try WidenedCheckpoint(SafetensorsDirectory(path, isFP8: true), fp8)
    }
    if isForeignAllowed, !hasSafetensors {
        if !ForeignWeights.hasPyTorchModel(names) { try ForeignWeights.refuseParts(names, in: path) }
        if ForeignWeights.hasPyTorchModel(names) || !ForeignWeights.pyTorchFiles(names).isEmpty {
            return try PyTorchCheckpoint(directory: path)
        }
    }
    return try SafetensorsDirectory(path)
}

/// The two sides of the last `+` of a path; nil when the whole path exists.
private func splitDelta(_ path: String) -> (base: String, delta: String)? {
    guard unsafe access(path, F_OK) != 0, let plus = path.lastIndex(of: "+") else { return nil }
    let (base, delta) = (String(path[..<plus]), String(path[path.index(after: plus)...]))
    return base.isEmpty || delta.isEmpty ? nil : (base, delta)
}
