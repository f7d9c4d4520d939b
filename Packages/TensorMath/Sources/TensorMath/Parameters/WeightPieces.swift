// Which elements of the weights each process updates.

/// The elements of each trained weight that each process updates.
///
/// The weights are cut into blocks of 65,536 elements, which are those of the norms of gradients. Each process has equally
/// many blocks up to one, next to one another in the order of the weights.
public struct WeightPieces: Sendable {
    /// The processes.
    let group: any ProcessGroup
    /// For each weight, the elements of each process; all empty for a frozen weight.
    let ranges: [[Range<Int>]]

    init(_ parameters: [Parameter], _ group: any ProcessGroup) {
        self.group = group
        let blocks = parameters.map { parameter in
            parameter.isTrainable ? squareBlocks(parameter.elementCount) : 0
        }
        let all = blocks.reduce(0, +)
        var first = 0
        ranges = zip(parameters, blocks).map { parameter, count in
            defer { first += count }
            return (0..<group.size).map { rank in
                // The blocks of the process that are in this weight.
                let ends = [rank, rank + 1].map { min(max(all * $0 / group.size - first, 0), count) }
                let elements = ends.map { min($0 * squareBlock, parameter.elementCount) }
                return elements[0]..<elements[1]
            }
        }
    }

    /// The elements of a weight that this process updates.
    func own(_ index: Int) -> Range<Int> { ranges[index][group.rank] }
}
