// A nondeterministic automaton over characters: a pattern, its length limits, and its form as a JSON string.

/// States joined by sets of characters and by steps that read nothing.
struct TextGraph {
    typealias Characters = [ClosedRange<UInt32>]

    static let everything: Characters = [0...0xD7FF, 0xE000...0x10FFFF]

    private var edges: [[(set: Characters, target: Int)]] = [[]]
    private var silent: [[Int]] = [[]]
    private var end = 0

    /// The texts that contain a match of a pattern; a branch with anchors matches only there.
    init(_ pattern: Pattern) throws(MachineError) {
        end = try state()
        for branch in pattern.branches {
            let (first, last, body) = try branch.withoutAnchors()
            var from = try state()
            silent[0].append(from)
            if !first { edges[from].append((Self.everything, from)) }
            from = try add(body, from: from)
            if !last {
                let rest = try state()
                silent[from].append(rest)
                edges[rest].append((Self.everything, rest))
                from = rest
            }
            silent[from].append(end)
        }
    }

    private mutating func state() throws(MachineError) -> Int {
        guard edges.count < ByteGraph.stateLimit else { throw .tooLarge(ByteGraph.stateLimit) }
        edges.append([])
        silent.append([])
        return edges.count - 1
    }

    /// Adds the states of a pattern; returns the last one.
    private mutating func add(_ pattern: Pattern, from start: Int) throws(MachineError) -> Int {
        switch pattern {
        case .set(let set):
            let next = try state()
            edges[start].append((set, next))
            return next
        case .sequence(let parts):
            var last = start
            for part in parts { last = try add(part, from: last) }
            return last
        case .choice(let parts):
            let next = try state()
            for part in parts {
                // A state of its own: a loop in one branch must not lead back into the others.
                let first = try state()
                silent[start].append(first)
                silent[try add(part, from: first)].append(next)
            }
            return next
        case .repeated(let part, let least, let most):
            var last = start
            for _ in 0..<least { last = try add(part, from: last) }
            guard let most else {
                let loop = try state()
                silent[last].append(loop)
                silent[try add(part, from: loop)].append(loop)
                let next = try state()
                silent[loop].append(next)
                return next
            }
            let next = try state()
            for _ in least..<most {
                silent[last].append(next)
                last = try add(part, from: last)
            }
            silent[last].append(next)
            return next
        case .start, .end: throw .anchorInside
        }
    }

    /// The machine of the JSON strings, quotes included, whose characters are a text of the graph.
    ///
    /// A character that JSON must escape has one form: the short escape, else `\u00xx`.
    ///
    /// - Parameters:
    ///   - least: The fewest characters.
    ///   - most: The most characters; nil for no limit.
    /// - Returns: The machine.
    /// - Throws: ``MachineError`` when there is no such text or there are too many states.
    func machine(least: Int, most: Int?) throws(MachineError) -> ByteMachine {
        // With limits, a state is one of the graph and a number of characters; beyond `least`, numbers are alike
        // when there is no upper limit.
        let levels = (most ?? least) + 1
        guard edges.count.multipliedReportingOverflow(by: levels).partialValue <= ByteGraph.stateLimit,
            levels <= ByteGraph.stateLimit
        else { throw .tooLarge(ByteGraph.stateLimit) }
        var bytes = ByteGraph()
        func place(_ state: Int, _ level: Int) -> Int { 1 + level * edges.count + state }
        for _ in 0..<edges.count * levels { _ = try bytes.state() }
        bytes.join(0, place(0, 0), UInt8(ascii: "\"")...UInt8(ascii: "\""))
        for level in 0..<levels {
            let isLast = level == levels - 1
            for state in edges.indices {
                for next in silent[state] { bytes.joinSilently(place(state, level), place(next, level)) }
                if isLast && most != nil { continue }
                for edge in edges[state] {
                    let target = place(edge.target, isLast ? level : level + 1)
                    try Self.join(&bytes, place(state, level), target, edge.set)
                }
            }
            guard level >= least else { continue }
            bytes.accept(try bytes.path(from: place(end, level), [UInt8(ascii: "\"")]))
        }
        return try ByteMachine(bytes)
    }

    private static func join(
        _ graph: inout ByteGraph, _ from: Int, _ to: Int, _ set: Characters
    ) throws(MachineError) {
        for range in set {
            for plain in [0x20...0x21, 0x23...0x5B, 0x5D...0x10FFFF] as Characters
            where plain.overlaps(range) {
                for sequence in utf8Sequences(plain.clamped(to: range)) {
                    var last = from
                    for bytes in sequence.dropLast() {
                        let next = try graph.state()
                        graph.join(last, next, bytes)
                        last = next
                    }
                    if let bytes = sequence.last { graph.join(last, to, bytes) }
                }
            }
            for value in Array(0x00...0x1F) + [0x22, 0x5C] as [UInt32] where range.contains(value) {
                let escape = Array(escaped(UInt8(value)).utf8)
                let last = try graph.path(from: from, escape.dropLast())
                if let byte = escape.last { graph.join(last, to, byte...byte) }
            }
        }
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case 0x22: "\\\""
        case 0x5C: "\\\\"
        case 0x08: "\\b"
        case 0x09: "\\t"
        case 0x0A: "\\n"
        case 0x0C: "\\f"
        case 0x0D: "\\r"
        default: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }
    }
}
