// Which elements of the weights each process updates.

/// The elements of each trained weight that each process updates.
///
/// A weight is cut into blocks of 65,536 elements, which are those of the norms of gradients. Each process has equally
/// many blocks of each weight, next to one another; blocks that are left over go to the processes in turn, over all
/// weights. So in every exchange all processes send and receive, and links are used in both directions.
public struct WeightPieces: Sendable {
    /// The processes.
    let group: any ProcessGroup
    /// For each weight, the elements of each process; all empty for a frozen weight.
    let ranges: [[Range<Int>]]

    init(_ parameters: [Parameter], _ group: any ProcessGroup) {
        self.group = group
        let size = group.size
        // The process that gets the next block that is left over.
        var next = 0
        ranges = parameters.map { parameter in
            let count = parameter.isTrainable ? squareBlocks(parameter.elementCount) : 0
            let (each, left) = count.quotientAndRemainder(dividingBy: size)
            defer { next = (next + left) % size }
            var end = 0
            return (0..<size).map { rank in
                let start = end
                let hasMore = (rank - next + size) % size < left
                end = min(start + (each + (hasMore ? 1 : 0)) * squareBlock, parameter.elementCount)
                return start..<end
            }
        }
    }

    /// The elements of a weight that this process updates.
    func own(_ index: Int) -> Range<Int> { ranges[index][group.rank] }
}
