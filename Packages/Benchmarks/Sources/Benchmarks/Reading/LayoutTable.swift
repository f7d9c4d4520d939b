// The table of layouts, and how the layout of a file is found: by its columns, then by its name.
internal import TrainingData

extension BenchmarkLayout {
    /// All layouts.
    public static let all: [BenchmarkLayout] =
        mathVista + mathVision + mmmu + mmStar + mmBench + ai2d + chartQA + refCOCO

    /// Finds the layout of a file.
    ///
    /// - Parameters:
    ///   - file: The path; its words choose between benchmarks whose columns both fit.
    ///   - form: The kind of file.
    ///   - columns: The names of its columns or keys.
    ///   - options: What the reader was told.
    /// - Returns: The layout.
    /// - Throws: ``SampleError`` with the columns when none fits or several do.
    static func chosen(
        _ file: String, _ form: FileForm, columns: Set<String>, _ options: BenchmarkOptions
    ) throws(SampleError) -> BenchmarkLayout {
        func fault(_ reason: String) -> SampleError { .unreadable(file: file, reason: reason) }
        let names = columns.sorted().prefix(30).joined(separator: ", ")
        if let id = options.layout {
            guard let layout = all.first(where: { $0.id == id }) else {
                throw fault("no layout \"\(id)\"; there are \(all.map(\.id).joined(separator: ", "))")
            }
            guard layout.fits(form, columns: columns) else {
                throw fault(
                    "the layout \(id) is \(layout.summary); the file is \(form.rawValue) with the columns \(names)"
                )
            }
            return layout
        }
        let named = options.benchmark ?? Benchmark(namedIn: file)
        let fitting = all.filter { $0.fits(form, columns: columns) }
        if let named {
            if let layout = fitting.first(where: { $0.benchmark == named }) { return layout }
            let wanted = all.filter { $0.benchmark == named }
                .map {
                    "\($0.forms.map(\.rawValue).sorted().joined(separator: " or ")) with \($0.columns.joined(separator: ", "))"
                }
            throw fault(
                "\(named.title) comes as \(wanted.joined(separator: "; or ")); the file is \(form.rawValue) with the "
                    + "columns \(names)")
        }
        guard let layout = fitting.first else {
            throw fault(
                "its columns are those of no benchmark (\(names)); if its rows are training data or your own, say "
                    + "that the benchmark is custom")
        }
        let benchmarks = Set(fitting.map(\.benchmark.rawValue)).sorted()
        guard benchmarks.count == 1 else {
            throw fault(
                "its columns fit \(benchmarks.joined(separator: " and ")), and its name says neither; name the "
                    + "benchmark")
        }
        return layout
    }
}
