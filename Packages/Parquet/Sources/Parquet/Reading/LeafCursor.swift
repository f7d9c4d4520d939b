// The entries of a column, across its pages.

/// The next entries of a column of values in one row group.
struct LeafCursor {
    private let highest: Int
    private var pages: PageReader
    private var page = Page(count: 0, repetitions: [], definitions: [], values: .values([]))
    /// The values of the page; empty when it has indices.
    private var values: [ParquetValue] = []
    /// The page's indices into the dictionary; empty when it has values.
    private var indices: [UInt32] = []
    private var entry = 0
    private var value = 0

    init(_ file: FileBytes, _ chunk: Footer.Chunk, _ leaf: Leaf, _ limits: ParquetLimits) throws(ParquetError)
    {
        highest = leaf.maxDefinition
        pages = try PageReader(file, chunk, leaf, limits)
    }

    /// The levels of the next entry; nil at the end.
    ///
    /// Throws ``ParquetError``.
    mutating func peek() throws(ParquetError) -> (repetition: Int, definition: Int)? {
        while entry >= page.count {
            guard let next = try pages.next() else { return nil }
            (page, entry, value) = (next, 0, 0)
            // Taking them out of the page once is cheaper than to do so for each value.
            switch next.values {
            case .values(let list): (values, indices) = (list, [])
            case .indices(let list): (values, indices) = ([], list)
            }
        }
        return (
            page.repetitions.isEmpty ? 0 : Int(page.repetitions[entry]),
            page.definitions.isEmpty ? highest : Int(page.definitions[entry])
        )
    }

    /// Takes the next entry: its value or null.
    ///
    /// Throws ``ParquetError`` at the end.
    mutating func take() throws(ParquetError) -> ParquetValue {
        guard let (_, definition) = try peek() else { throw ParquetError("it has fewer values than rows") }
        entry += 1
        guard definition == highest else { return .null }
        defer { value += 1 }
        return indices.isEmpty ? values[value] : pages.dictionary[Int(indices[value])]
    }
}
