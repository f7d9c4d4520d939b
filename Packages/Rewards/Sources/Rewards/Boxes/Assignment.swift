// Pairs rows with columns, each used once: with the largest sum (Hungarian method), or greedily.

/// The largest sum of `scores[row][column]` over one-to-one pairings.
///
/// The Hungarian method with potentials (Kuhn 1955, Munkres 1957, in Jonker and Volgenant's shortest-path
/// form): O(n^2 m) with n the shorter side, so many answer boxes with few golds are cheap.
func optimalAssignment(_ scores: [[Double]]) -> Double {
    guard let width = scores.first?.count, width > 0 else { return 0 }
    let rows = scores.count <= width ? scores : (0..<width).map { column in scores.map { $0[column] } }
    let (n, m) = (rows.count, rows[0].count)
    // Index 0 is a sentinel on both sides; rows and columns count from 1.
    var rowPotential = [Double](repeating: 0, count: n + 1)
    var columnPotential = [Double](repeating: 0, count: m + 1)
    var rowOfColumn = [Int](repeating: 0, count: m + 1)
    for row in 1...n {
        var previous = [Int](repeating: 0, count: m + 1)
        var distance = [Double](repeating: .infinity, count: m + 1)
        var isUsed = [Bool](repeating: false, count: m + 1)
        var column = 0
        rowOfColumn[0] = row
        repeat {
            isUsed[column] = true
            let current = rowOfColumn[column]
            var (step, next) = (Double.infinity, 0)
            for candidate in 1...m where !isUsed[candidate] {
                let cost =
                    -rows[current - 1][candidate - 1] - rowPotential[current] - columnPotential[candidate]
                if cost < distance[candidate] { (distance[candidate], previous[candidate]) = (cost, column) }
                if distance[candidate] < step { (step, next) = (distance[candidate], candidate) }
            }
            for candidate in 0...m {
                if isUsed[candidate] {
                    rowPotential[rowOfColumn[candidate]] += step
                    columnPotential[candidate] -= step
                } else {
                    distance[candidate] -= step
                }
            }
            column = next
        } while rowOfColumn[column] != 0
        repeat {
            rowOfColumn[column] = rowOfColumn[previous[column]]
            column = previous[column]
        } while column != 0
    }
    return (1...m).reduce(0) { $0 + (rowOfColumn[$1] == 0 ? 0 : rows[rowOfColumn[$1] - 1][$1 - 1]) }
}

/// The sum if the largest remaining score is paired first.
func greedyAssignment(_ scores: [[Double]]) -> Double {
    var freeRows = Set(scores.indices)
    var freeColumns = Set(scores.first.map { Array($0.indices) } ?? [])
    var sum = 0.0
    while !freeRows.isEmpty, !freeColumns.isEmpty {
        var best = (score: 0.0, row: -1, column: -1)
        for row in freeRows {
            for column in freeColumns where scores[row][column] > best.score {
                best = (scores[row][column], row, column)
            }
        }
        guard best.row >= 0 else { break }
        sum += best.score
        freeRows.remove(best.row)
        freeColumns.remove(best.column)
    }
    return sum
}
