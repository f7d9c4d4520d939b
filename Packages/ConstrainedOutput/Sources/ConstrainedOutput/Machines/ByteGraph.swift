// A nondeterministic automaton over bytes, from which ByteMachine.swift makes a deterministic one.

/// States joined by ranges of bytes and by steps that read nothing.
struct ByteGraph {
    /// The most states of a graph or a machine; a schema that needs more is refused.
    static let stateLimit = 20_000

    struct Edge {
        let bytes: ClosedRange<UInt8>
        let target: Int
    }

    private(set) var edges: [[Edge]] = []
    private(set) var silent: [[Int]] = []
    private(set) var accepting: Set<Int> = []

    /// State 0 is the start.
    init() {
        edges.append([])
        silent.append([])
    }

    /// Adds a state; throws when there are too many.
    mutating func state() throws(MachineError) -> Int {
        guard edges.count < Self.stateLimit else { throw .tooLarge(Self.stateLimit) }
        edges.append([])
        silent.append([])
        return edges.count - 1
    }

    mutating func accept(_ state: Int) { accepting.insert(state) }

    mutating func join(_ from: Int, _ to: Int, _ bytes: ClosedRange<UInt8>) {
        edges[from].append(Edge(bytes: bytes, target: to))
    }

    mutating func joinSilently(_ from: Int, _ to: Int) { silent[from].append(to) }

    /// Adds the states that read these bytes; returns the last of them.
    mutating func path(from start: Int, _ bytes: some Sequence<UInt8>) throws(MachineError) -> Int {
        var last = start
        for byte in bytes {
            let next = try state()
            join(last, next, byte...byte)
            last = next
        }
        return last
    }

    /// The states that are reached without reading, sorted; the given ones included.
    func closure(_ states: some Sequence<Int>) -> [Int] {
        var found = Set(states)
        var waiting = Array(found)
        while let state = waiting.popLast() {
            for next in silent[state] where found.insert(next).inserted { waiting.append(next) }
        }
        return found.sorted()
    }
}
