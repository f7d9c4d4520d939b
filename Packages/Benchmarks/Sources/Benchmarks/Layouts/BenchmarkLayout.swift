// A form in which a benchmark is published. One file of this folder per benchmark; LayoutTable.swift lists them.
internal import StrictJSON
internal import TrainingData

/// A form in which a benchmark is published.
public struct BenchmarkLayout: Sendable {
    /// A short name: the benchmark and the kind of file.
    public let id: String
    /// The benchmark.
    public let benchmark: Benchmark
    /// Who publishes it and what its rows have.
    public let summary: String
    /// The kinds of files it comes in.
    let forms: Set<FileForm>
    /// Columns that every file has.
    let columns: [String]
    /// Columns that no file has.
    let absent: Set<String>
    /// The rows that one row of a file gives: one, or one for each phrase of RefCOCO.
    let read: @Sendable (RowSource) throws(SampleError) -> [BenchmarkRow]

    init(
        _ id: String, _ benchmark: Benchmark, _ summary: String, forms: Set<FileForm>, columns: [String],
        absent: Set<String> = [], read: @escaping @Sendable (RowSource) throws(SampleError) -> [BenchmarkRow]
    ) {
        (self.id, self.benchmark, self.summary, self.forms) = (id, benchmark, summary, forms)
        (self.columns, self.absent, self.read) = (columns, absent, read)
    }

    /// Whether a file can have this layout.
    func fits(_ form: FileForm, columns found: Set<String>) -> Bool {
        forms.contains(form) && columns.allSatisfy(found.contains) && absent.isDisjoint(with: found)
    }
}
