// The outputs that a schema allows, for the tokens of one vocabulary: masks are computed once for each place.
internal import Basics
public import StrictJSON
internal import Synchronization

/// A schema with its masks over one vocabulary; any number of answers and threads can share it.
public final class OutputGrammar: Sendable {
    let graph: ValueGraph
    let tokens: TokenBytes
    private let masks = Mutex<[Frame: FrameMask]>([:])
    /// Masks are forgotten when they hold more bytes than this, 64 MiB.
    private static let mostBytes = 1 << 26

    /// The tokens after one frame.
    struct FrameMask: Sendable {
        /// Allowed whatever is below the frame.
        let allowed: IDSet
        /// Allowed or not, depending on what is below.
        let dependent: [Int32]
    }

    /// The outputs that a JSON schema allows.
    ///
    /// - Parameters:
    ///   - schema: The schema.
    ///   - tokens: The vocabulary.
    /// - Throws: ``SchemaError`` for a schema that is wrong, too large or not supported.
    public init(schema: OrderedJSON, tokens: TokenBytes) throws(SchemaError) {
        guard schema.compact.utf8.count <= SchemaCompiler.mostBytes else {
            throw SchemaError("", "is larger than \(SchemaCompiler.mostBytes) bytes")
        }
        (graph, self.tokens) = (try SchemaCompiler.graph(of: schema), tokens)
    }

    /// Any JSON object.
    ///
    /// - Parameter tokens: The vocabulary.
    /// - Throws: ``SchemaError``, never in practice.
    public init(anyObjectOver tokens: TokenBytes) throws(SchemaError) {
        (graph, self.tokens) = (try SchemaCompiler.anyObject(), tokens)
    }

    /// Where every output starts.
    var start: [Stack] { [Stack(Level(.start, nil))] }

    /// The ways to go on after a byte.
    func read(_ byte: UInt8, _ stacks: [Stack]) -> [Stack] {
        var steps = Steps()
        for stack in stacks { graph.read(byte, stack, into: &steps) }
        steps.removeRepeated()
        return steps.stacks
    }

    /// The ways to go on after some bytes.
    func read(_ bytes: some Sequence<UInt8>, _ stacks: [Stack]) -> [Stack] {
        var stacks = stacks
        for byte in bytes {
            stacks = read(byte, stacks)
            if stacks.isEmpty { break }
        }
        return stacks
    }

    /// The tokens that may come next; the end tokens exactly when the output is complete.
    func allowed(_ stacks: [Stack]) -> IDSet {
        var allowed = IDSet(idCount: tokens.idCount)
        if stacks.contains(where: graph.isComplete) { tokens.endIDs.forEach { allowed.insert($0) } }
        for stack in stacks {
            guard let frame = stack.top?.frame else { continue }
            let mask = mask(frame)
            allowed.formUnion(mask.allowed)
            for id in mask.dependent where !allowed.contains(id) {
                if let text = tokens.text(of: id), !read(text, [stack]).isEmpty { allowed.insert(id) }
            }
        }
        return allowed
    }

    /// The mask of a frame, from the cache if it was needed before.
    private func mask(_ frame: Frame) -> FrameMask {
        let key = frame.reduced(
            characters: tokens.longest, openings: tokens.openings + graph.greatestHeight)
        if let known = masks.withLock({ $0[key] }) { return known }
        let mask = computed(key)
        masks.withLock { masks in
            if masks.count * (tokens.idCount / 8 + 64) > Self.mostBytes { masks.removeAll() }
            masks[key] = mask
        }
        return mask
    }

    /// Walks the tree of tokens from a frame below which nothing is known.
    private func computed(_ frame: Frame) -> FrameMask {
        var allowed = IDSet(idCount: tokens.idCount)
        var dependent: [Int32] = []
        var path: [[Stack]] = [[Stack(Level(frame, nil))]]
        var node = 0
        while node < tokens.bytes.count {
            let depth = Int(tokens.depths[node])
            path.removeLast(path.count - depth - 1)
            var steps = Steps()
            for stack in path[depth] { graph.read(tokens.bytes[node], stack, into: &steps) }
            steps.removeRepeated()
            let end = Int(tokens.ends[node])
            // A closed name may be refused by the names before it.
            let isOpen = steps.stacks.contains { $0.top?.frame != .closedName }
            let mine = tokens.ids[Int(tokens.starts[node])..<Int(tokens.starts[node + 1])]
            if isOpen {
                mine.forEach { allowed.insert($0) }
            } else if !steps.stacks.isEmpty {
                dependent += mine
            }
            if steps.escapes {
                let branch = tokens.ids[Int(tokens.starts[node])..<Int(tokens.starts[end])]
                dependent += isOpen ? branch.dropFirst(mine.count) : branch
            }
            guard !steps.stacks.isEmpty else {
                node = end
                continue
            }
            path.append(steps.stacks)
            node += 1
        }
        return FrameMask(allowed: allowed, dependent: dependent)
    }
}
