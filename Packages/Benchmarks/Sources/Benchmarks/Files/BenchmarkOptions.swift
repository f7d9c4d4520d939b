// How a set is read.

/// What a reader does about pictures.
public enum PictureNeed: String, Sendable, Codable, CaseIterable {
    /// Every row of a benchmark has one, and its file is there; otherwise the row is an error.
    case required
    /// Rows may lack pictures, and files are not looked for: for scoring and for sets that come without pictures.
    case optional
    /// Pictures are left out.
    case none
}

/// How a set is read.
public struct BenchmarkOptions: Sendable {
    /// The benchmark; nil finds it by the names of columns and files.
    public var benchmark: Benchmark?
    /// The layout by its id (`BenchmarkLayout.all`); nil finds it likewise.
    public var layout: String?
    /// The name of the set; nil takes that of the file or folder.
    public var set: String?
    /// The split to read where a folder of shards has several, such as `testmini`.
    public var split: String?
    /// What is done about pictures.
    public var pictures = PictureNeed.required
    /// Whether the cells of a table are read as pandas does: `None`, `NA`, `nan` and the like are missing, and a column of
    /// numbers is rewritten (`2.50` becomes `2.5`).
    public var pandasMissing = false
    /// Whether the phrases of one object of RefCOCO's Parquet files stay one row, as lmms-eval's grounding task asks them.
    public var joinsPhrases = false

    /// The defaults.
    public init() {}
}
