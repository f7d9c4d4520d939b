// Writes rows in the layout of another trainer.
public import Outputs
internal import StrictJSON
internal import TrainingData

/// An export of rows.
public struct RowExport: Sendable, Equatable {
    /// The layout to write.
    public var layout: ExportLayout
    /// Whether each row ends with the answer that a supervised warm start would teach; LLaVA's rows always do.
    public var withAnswers = false

    /// An export without answers.
    public init(_ layout: ExportLayout) { self.layout = layout }

    /// Writes rows, in order.
    ///
    /// - Parameters:
    ///   - input: The rows.
    ///   - output: The file to write: one JSON list when its name ends in `.json`, else one object a line.
    /// - Returns: What was written, and what was not.
    /// - Throws: ``DataEngineError`` for bad rows, and when no row can be written; `OutputError`.
    @discardableResult
    public func run(_ input: RowFile, to output: OutputClaim) throws -> ExportReport {
        if layout == .parquet { return try parquet(input, to: output) }
        let isList = output.path.hasSuffix(".json")
        let writer = try RowWriter(output)
        var report = ExportReport()
        try input.forEach { row in
            if layout == .record, !isList, !withAnswers {
                try writer.write(row)
                report.rows += 1
                return
            }
            let json = try OrderedJSON(parsing: writer.line(of: row))
            let exported = try exported(row.sample, json)
            report.add(exported)
            guard let result = exported.json else { return }
            let start = isList ? (report.rows == 0 ? "[" : ",\n ") : ""
            try writer.append(start + result.compact + (isList ? "" : "\n"))
            report.rows += 1
        }
        try requireRows(report, of: input)
        if isList { try writer.append("]\n") }
        try writer.finish()
        return report
    }

    private func parquet(_ input: RowFile, to output: OutputClaim) throws -> ExportReport {
        var (file, report) = (try ParquetExport(output), ExportReport())
        try input.forEach { row in
            let exported = RowParts(row.sample, try row.json)
                .easyR1(withAnswer: withAnswers, holdsPictures: true)
            report.add(exported)
            guard let result = exported.json else { return }
            if result["videos"] != nil { report.lost["videos", default: 0] += 1 }
            try file.append(result, row.sample)
            report.rows += 1
        }
        try requireRows(report, of: input)
        try file.finish()
        return report
    }

    private func requireRows(_ report: ExportReport, of input: RowFile) throws {
        guard report.rows == 0 else { return }
        throw DataEngineError.badFile(
            file: input.path,
            problem: "no row can be written as \(layout.rawValue): "
                + report.leftOut.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value) rows)" }
                .joined(separator: ", "))
    }

    private func exported(_ sample: Sample, _ json: OrderedJSON) throws -> ExportedRow {
        let parts = RowParts(sample, json)
        switch layout {
        case .record: return withAnswers ? parts.withAnswer { _ in nil } : ExportedRow(json: json)
        case .msSwift: return parts.msSwift(withAnswer: withAnswers)
        case .easyR1, .parquet: return parts.easyR1(withAnswer: withAnswers)
        case .llava: return parts.llava()
        }
    }
}
