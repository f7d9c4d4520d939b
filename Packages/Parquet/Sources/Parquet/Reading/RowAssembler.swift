// Rows from columns: nested values are put together by their levels (the Dremel encoding).

/// Puts the rows of one row group together.
struct RowAssembler {
    private let columns: [SchemaNode]
    /// The leaf of each column that is not nested; nil for the others.
    private let plainLeaves: [Int?]
    private let leaves: [Leaf]
    private var cursors: [LeafCursor] = []
    /// The most elements that the lists of one row may have.
    private let limits: ParquetLimits

    init(_ footer: Footer, group: Int, _ file: FileBytes, _ limits: ParquetLimits) throws(ParquetError) {
        (columns, leaves, self.limits) = (footer.columns, footer.leaves, limits)
        plainLeaves = columns.map { if case .leaf(_, let index) = $0.kind { index } else { nil } }
        for (leaf, chunk) in zip(footer.leaves, footer.groups[group].chunks) {
            do { cursors.append(try LeafCursor(file, chunk, leaf, limits)) } catch {
                throw ParquetError(column: leaf.name, error.reason)
            }
        }
    }

    /// Gives the values of the next row, one a column.
    ///
    /// Throws ``ParquetError``.
    mutating func row(
        _ body: (_ column: Int, _ value: consuming ParquetValue) -> Void
    ) throws(ParquetError) {
        for (column, leaf) in plainLeaves.enumerated() {
            if let leaf { body(column, try take(leaf)) } else { body(column, try value(columns[column])) }
        }
    }

    /// Checks that no column has values left.
    ///
    /// Throws ``ParquetError``.
    mutating func finish() throws(ParquetError) {
        for index in cursors.indices where try peek(index) != nil {
            throw ParquetError(column: leaves[index].name, "it has more values than rows")
        }
    }

    private mutating func take(_ index: Int) throws(ParquetError) -> ParquetValue {
        do { return try cursors[index].take() } catch {
            throw ParquetError(column: leaves[index].name, error.reason)
        }
    }

    private mutating func peek(_ index: Int) throws(ParquetError) -> (repetition: Int, definition: Int)? {
        do { return try cursors[index].peek() } catch {
            throw ParquetError(column: leaves[index].name, error.reason)
        }
    }

    private mutating func value(_ node: SchemaNode) throws(ParquetError) -> ParquetValue {
        switch node.kind {
        case .leaf(_, let index): return try take(index)
        case .group(let fields):
            guard try definition(node) >= node.definition else { return try nothing(node) }
            var members: [ParquetValue.Member] = []
            members.reserveCapacity(fields.count)
            for field in fields { members.append(.init(field.name, try value(field))) }
            return .record(members)
        case .list(let element, let repetition, let present):
            guard try definition(node) >= node.definition else { return try nothing(node) }
            return .list(try elements(element, node, repetition, present))
        case .map(let pair, let repetition, let present):
            guard try definition(node) >= node.definition else { return try nothing(node) }
            let pairs = try elements(pair, node, repetition, present)
            let members = pairs.compactMap { pair -> ParquetValue.Member? in
                guard case .record(let fields) = pair, fields.count == 2 else { return nil }
                return .init(Self.key(fields[0].value), fields[1].value)
            }
            return .record(members)
        }
    }

    private static func key(_ value: ParquetValue) -> String {
        switch value {
        case .text(let text): text
        case .int(let number): "\(number)"
        default: "\(value)"
        }
    }

    private mutating func definition(_ node: SchemaNode) throws(ParquetError) -> Int {
        guard let levels = try peek(node.leaves.lowerBound) else {
            throw ParquetError(column: leaves[node.leaves.lowerBound].name, "it has fewer values than rows")
        }
        return levels.definition
    }

    /// Takes the entries of a null: one of each leaf below.
    private mutating func nothing(_ node: SchemaNode) throws(ParquetError) -> ParquetValue {
        for index in node.leaves { _ = try take(index) }
        return .null
    }

    private mutating func elements(
        _ element: SchemaNode, _ node: SchemaNode, _ repetition: Int, _ present: Int
    ) throws(ParquetError) -> [ParquetValue] {
        guard try definition(node) >= present else {
            _ = try nothing(node)
            return []
        }
        var elements: [ParquetValue] = []
        repeat {
            guard elements.count < limits.pageValues else {
                throw ParquetError(column: node.name, "a list of more than \(limits.pageValues) elements")
            }
            elements.append(try value(element))
        } while try peek(node.leaves.lowerBound)?.repetition == repetition
        return elements
    }
}
