// Options and output that `convert` and `apply` share: where the result goes and in which form.
public import ArgumentParser
import Basics
public import Checkpoint
import Foundation
import ModelFamilies
import Outputs
import ToolKit

/// How a command writes its result and reports progress.
struct Writing: ParsableArguments {
    @OptionGroup var output: OverwriteOption

    @Flag(help: "Name each tensor on stderr.")
    var verbose = false

    /// Runs a conversion and shows its progress; reports how many tensors of a killed run it reused.
    func showingProgress(_ body: (@escaping (ConversionProgress) -> Void) throws -> Void) throws {
        let line = ProgressLine()
        var reusedCount = 0
        defer { line.clear() }
        try body { progress in
            reusedCount = progress.reusedCount
            let tensor = progress.tensor
            if verbose, !progress.isFinished {
                let number = "[\(progress.number + 1)/\(progress.count)]"
                console.note("\(number) \(tensor.name) \(tensor.dtype) \(tensor.shape)")
            }
            line.show(
                done: progress.doneByteCount, of: progress.totalByteCount, skipped: progress.reusedByteCount)
        }
        line.clear()
        if reusedCount > 0 { console.note("resumed after \(reusedCount) tensors of a killed run") }
    }
}

/// The form of a written model.
struct Form: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How NAME.h5 stores tensors: mapped opens at once without a copy; compressed is smaller.",
            valueName: "mapped|compressed"))
    var layout: CheckpointLayout?

    @Option(
        help: ArgumentHelp(
            "Naming style of the output tensors.",
            valueName: KeyTable.Style.allCases.map(\.rawValue).joined(separator: "|")))
    var style: KeyTable.Style?

    @Option(
        help: ArgumentHelp(
            "Element type, rounded to nearest even; prints each tensor's largest error.",
            valueName: "bf16|f16|f32"))
    var dtype: NumberType?

    @Option(
        help: ArgumentHelp(
            "Take config.json and the other side files from this directory instead of from SOURCE.",
            valueName: "directory"), transform: paths.argument)
    var sideFiles: String?

    @Option(
        help: ArgumentHelp(
            "Store the decoder's matrices in 8 or 4 bits, embedding and head in 8; for r1-infer, in NAME.h5 only.",
            valueName: "int8|int4"))
    var quantize: WeightCodes?

    /// Checks that the options do not contradict one another.
    func validate() throws {
        guard quantize == nil || (style == nil && dtype == nil) else {
            throw ValidationError(
                "--quantize stores few bits under the names of the style hf; leave --style and --dtype out")
        }
    }

    /// Whether an export of safetensors would differ from its source.
    var changesModel: Bool { style != nil || dtype != nil || sideFiles != nil }

    /// Writes a model to a directory, or to a file when the name ends in .h5, and prints a summary.
    ///
    /// `more` are inputs beside the source, which the result must not replace.
    func write(
        _ source: any CheckpointReader, to destination: String, inputs more: [String] = [], _ writing: Writing
    ) throws {
        let isExport = !destination.hasSuffix(".h5")
        guard !isExport || layout == nil else {
            throw ValidationError("--layout is for HDF5; DEST is the directory \(destination)")
        }
        guard !isExport || quantize == nil else {
            throw ValidationError("--quantize is for HDF5; DEST is the directory \(destination)")
        }
        let inputs = source.sourceFiles + more + [source.location] + (sideFiles.map { [$0] } ?? [])
        let claim = try writing.output.claim(
            destination, as: isExport ? .directory : .file, inputs: inputs)
        defer { withExtendedLifetime(claim) {} }
        let retyped = dtype.map { RetypedCheckpoint(source, dtype: $0.dtype) }
        let styled = try styled(retyped ?? source)
        let complete = try sideFiles.map { try CheckpointWithSideFiles(styled, from: $0) } ?? styled
        try complete.requireKnownModel()
        for notice in try complete.modelNotices() { console.note(notice) }
        let reader = try quantize.map { try quantized(complete, to: $0) } ?? complete
        if isExport, !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            console.note("left out: the training state, which safetensors cannot hold")
        }
        try writing.showingProgress { progress in
            if isExport {
                try writeSafetensors(
                    reader, to: destination, replacing: writing.output.overwrite, progress: progress)
            } else {
                try writeHDF5(reader, to: destination, layout: layout ?? .mapped, progress: progress)
            }
        }
        if let retyped { try report(retyped) }
        console.summarize(
            "\(destination): \(reader.tensors.count) tensors, \(byteText(reader.tensorByteCount)), "
                + "\(reader.sideFileNames.count) side files"
                + (layout == .compressed ? ", \(byteText(try size(of: destination))) compressed" : ""))
    }

    /// The model in the requested naming style; unchanged when it already has that style.
    private func styled(_ reader: any CheckpointReader) throws -> any CheckpointReader {
        guard let style, try KeyTable.of(reader).style(of: reader) != style else { return reader }
        return try StyledCheckpoint(reader, style: style)
    }

    /// The model with its decoder's matrices in few bits, under canonical names.
    private func quantized(_ reader: any CheckpointReader, to codes: WeightCodes) throws
        -> QuantizedCheckpoint
    {
        let configuration = try ModelConfiguration(of: reader)
        let canonical =
            try KeyTable.of(reader).style(of: reader) == .hf ? reader : StyledCheckpoint(reader)
        let quantized = try QuantizedCheckpoint(canonical) { info in
            configuration.codes(of: info.name, shape: info.shape, wanted: codes)
        }
        if !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            console.note("left out: the training state, which is that of the weights before rounding")
        }
        console.note("\(quantized.matrixCount) matrices are stored in few bits, for generation only")
        return quantized
    }

    /// Prints a line for each tensor that lost precision, and a count.
    private func report(_ retyped: RetypedCheckpoint) throws {
        let roundings = try retyped.roundings()
        for rounding in roundings where rounding.largestError > 0 {
            console.summarize(
                "\(rounding.tensor.name): \(rounding.oldType) to \(retyped.dtype), largest error "
                    + String(
                        format: "%.3g, relative %.3g", rounding.largestError, rounding.largestRelativeError))
        }
        let exact = roundings.count { $0.largestError == 0 }
        console.summarize(
            "\(roundings.count) tensors became \(retyped.dtype), \(exact) of them without any error")
    }
}

/// A floating-point type on the command line.
enum NumberType: String, ExpressibleByArgument, CaseIterable {
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
extension WeightCodes: @retroactive ExpressibleByArgument {}
extension KeyTable.Style: @retroactive ExpressibleByArgument {}

/// The bytes of a file.
func size(of path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
}
