// Where a result goes and in which form; the part that converting and applying deltas have in common.
public import ArgumentParser
import Basics
public import Checkpoint
import Foundation
import ModelFamilies
import ToolKit

/// Whether a result may take another one's place, and what is said meanwhile.
struct Writing: ParsableArguments {
    @Flag(help: "Replace an existing result; it stays until the new one is complete.")
    var overwrite = false

    @Flag(help: "Name each tensor on stderr.")
    var verbose = false

    /// Throws when something stands at the destination that may not be replaced.
    func check(_ destination: String) throws {
        guard !overwrite, FileManager.default.fileExists(atPath: destination) else { return }
        throw CheckpointError.cannotWrite(
            file: destination, reason: "it already exists; --overwrite replaces it")
    }

    /// Runs a conversion while it tells how far it is; says how much of a killed run could be used.
    func showingProgress(_ body: (@escaping (ConversionProgress) -> Void) throws -> Void) throws {
        let line = ProgressLine()
        var reusedCount = 0
        defer { line.clear() }
        try body { progress in
            reusedCount = progress.reusedCount
            let tensor = progress.tensor
            if verbose, !progress.isFinished {
                note(
                    "[\(progress.number + 1)/\(progress.count)] \(tensor.name) \(tensor.dtype) \(tensor.shape)"
                )
            }
            line.show(
                done: progress.doneByteCount, of: progress.totalByteCount, skipped: progress.reusedByteCount)
        }
        line.clear()
        if reusedCount > 0 { note("went on after \(reusedCount) tensors that a killed run had written") }
    }
}

/// The form of a written model.
struct Form: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How NAME.h5 stores its bytes: mapped opens at once and is never copied; compressed is smaller.",
            valueName: "mapped|compressed"))
    var layout: CheckpointLayout?

    @Option(
        help: ArgumentHelp(
            "Names and cuts of the tensors, as public programs have them.",
            valueName: KeyTable.Style.allCases.map(\.rawValue).joined(separator: "|")))
    var style: KeyTable.Style?

    @Option(
        help: ArgumentHelp(
            "Type of the numbers, rounded to nearest even; each tensor's largest error is told.",
            valueName: "bf16|f16|f32"))
    var dtype: NumberType?

    @Option(
        help: ArgumentHelp(
            "Take config.json and the other side files from a directory, as another style's programs want them.",
            valueName: "directory"))
    var sideFiles: String?

    /// Whether safetensors would come out as anything but what they are.
    var changesModel: Bool { style != nil || dtype != nil || sideFiles != nil }

    /// Writes a model to a directory, or to a file when the name ends in .h5, and prints what came of it.
    func write(_ source: any CheckpointReader, to destination: String, _ writing: Writing) throws {
        let isExport = !destination.hasSuffix(".h5")
        guard !isExport || layout == nil else {
            throw ValidationError("--layout is for HDF5; DEST is the directory \(destination)")
        }
        try writing.check(destination)
        let retyped = dtype.map { RetypedCheckpoint(source, dtype: $0.dtype) }
        let styled = try styled(retyped ?? source)
        let reader = try sideFiles.map { try CheckpointWithSideFiles(styled, from: $0) } ?? styled
        try reader.requireKnownModel()
        if isExport, !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            note("left out, safetensors have no place for it: the training state")
        }
        try writing.showingProgress { progress in
            if isExport {
                try writeSafetensors(
                    reader, to: destination, replacing: writing.overwrite, progress: progress)
            } else {
                try writeHDF5(reader, to: destination, layout: layout ?? .mapped, progress: progress)
            }
        }
        if let retyped { try report(retyped) }
        print(
            "\(destination): \(reader.tensors.count) tensors, \(byteText(reader.tensorByteCount)), "
                + "\(reader.sideFileNames.count) side files"
                + (layout == .compressed ? ", \(byteText(try size(of: destination))) compressed" : ""))
    }

    /// The model under the names that were asked for; itself when it has them.
    private func styled(_ reader: any CheckpointReader) throws -> any CheckpointReader {
        guard let style, try KeyTable.of(reader).style(of: reader) != style else { return reader }
        return try StyledCheckpoint(reader, style: style)
    }

    /// What a change of type did: a line for each tensor that lost something, and a sum.
    private func report(_ retyped: RetypedCheckpoint) throws {
        let roundings = try retyped.roundings()
        for rounding in roundings where rounding.largestError > 0 {
            print(
                "\(rounding.tensor.name): \(rounding.oldType) to \(retyped.dtype), largest error "
                    + String(
                        format: "%.3g, relative %.3g", rounding.largestError, rounding.largestRelativeError))
        }
        let exact = roundings.count { $0.largestError == 0 }
        print("\(roundings.count) tensors became \(retyped.dtype), \(exact) of them without any error")
    }
}

/// A floating-point type on the command line.
enum NumberType: String, ExpressibleByArgument {
    case bf16, f16, f32

    var dtype: DType {
        switch self {
        case .bf16: .bfloat16
        case .f16: .float16
        case .f32: .float32
        }
    }
}

extension CheckpointLayout: @retroactive ExpressibleByArgument {}
extension KeyTable.Style: @retroactive ExpressibleByArgument {}

/// The bytes of a file.
func size(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
}
