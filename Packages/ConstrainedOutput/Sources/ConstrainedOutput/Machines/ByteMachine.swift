// A deterministic automaton over bytes without dead ends: from every state the end can be reached.

/// A set of texts, read byte by byte.
struct ByteMachine: Sendable {
    private struct Edge {
        let low, high: UInt8
        let target: Int32
    }

    /// The edges of state i are `edges[starts[i]..<starts[i + 1]]`.
    private let starts: [Int32]
    private let edges: [Edge]
    private let accepting: [Bool]

    /// The number of states; state 0 is the start.
    var stateCount: Int { accepting.count }

    /// The state after a byte; nil when no text goes on so.
    func next(_ state: Int32, _ byte: UInt8) -> Int32? {
        for index in Int(starts[Int(state)])..<Int(starts[Int(state) + 1]) {
            let edge = edges[index]
            if byte < edge.low { return nil }
            if byte <= edge.high { return edge.target }
        }
        return nil
    }

    /// Whether the text may end in this state.
    func accepts(_ state: Int32) -> Bool { accepting[Int(state)] }

    /// The machine of a graph, by the subset construction.
    ///
    /// Throws when it accepts nothing or has too many states.
    init(_ graph: ByteGraph) throws(MachineError) {
        var numbers: [[Int]: Int] = [:]
        var sets: [[Int]] = []
        var table: [[(low: UInt8, high: UInt8, target: Int)]] = []
        func number(_ set: [Int]) throws(MachineError) -> Int {
            if let known = numbers[set] { return known }
            guard sets.count < ByteGraph.stateLimit else { throw .tooLarge(ByteGraph.stateLimit) }
            numbers[set] = sets.count
            sets.append(set)
            return sets.count - 1
        }
        _ = try number(graph.closure([0]))
        var done = 0
        while done < sets.count {
            let outgoing = sets[done].flatMap { graph.edges[$0] }
            let cuts = Set(outgoing.flatMap { [Int($0.bytes.lowerBound), Int($0.bytes.upperBound) + 1] })
                .sorted()
            var row: [(low: UInt8, high: UInt8, target: Int)] = []
            for (low, end) in zip(cuts, cuts.dropFirst()) {
                let targets = outgoing.filter { $0.bytes.contains(UInt8(low)) }.map(\.target)
                guard !targets.isEmpty else { continue }
                let target = try number(graph.closure(targets))
                if let last = row.last, last.target == target, Int(last.high) + 1 == low {
                    row[row.count - 1].high = UInt8(end - 1)
                } else {
                    row.append((UInt8(low), UInt8(end - 1), target))
                }
            }
            table.append(row)
            done += 1
        }
        let ends = sets.map { set in set.contains { graph.accepting.contains($0) } }
        let alive = Self.alive(table.map { $0.map(\.target) }, ends)
        guard alive[0] else { throw .nothing }
        var starts: [Int32] = [0]
        var edges: [Edge] = []
        for row in table {
            for edge in row where alive[edge.target] {
                edges.append(Edge(low: edge.low, high: edge.high, target: Int32(edge.target)))
            }
            starts.append(Int32(edges.count))
        }
        (self.starts, self.edges, accepting) = (starts, edges, ends)
    }

    /// Which states reach an end.
    private static func alive(_ targets: [[Int]], _ ends: [Bool]) -> [Bool] {
        var sources = [[Int]](repeating: [], count: targets.count)
        for (state, row) in targets.enumerated() { for target in row { sources[target].append(state) } }
        var alive = ends
        var waiting = ends.indices.filter { ends[$0] }
        while let state = waiting.popLast() {
            for source in sources[state] where !alive[source] {
                alive[source] = true
                waiting.append(source)
            }
        }
        return alive
    }

    /// The machine of a few texts.
    init(texts: [[UInt8]]) throws(MachineError) {
        var graph = ByteGraph()
        // Texts with a common beginning share its states, so long lists stay below the limit.
        var known: [Int: [UInt8: Int]] = [:]
        for text in texts {
            var state = 0
            for byte in text {
                if let next = known[state]?[byte] {
                    state = next
                    continue
                }
                let next = try graph.state()
                graph.join(state, next, byte...byte)
                known[state, default: [:]][byte] = next
                state = next
            }
            graph.accept(state)
        }
        self = try ByteMachine(graph)
    }
}
