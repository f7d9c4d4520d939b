// The outputs that a schema allows, for the tokens of one vocabulary: masks are computed once for each place.
internal import Basics
public import StrictJSON
internal import Synchronization

/// A schema with its masks over one vocabulary; any number of answers and threads can share it.
public final class OutputGrammar: Sendable {
    let graph: ValueGraph
    let tokens: TokenBytes
    private let caches = Mutex(Caches())
    /// The masks of each kind are forgotten when they hold more bytes than this, 32 MiB.
    private static let mostBytes = 1 << 25

    private struct Caches {
        /// Masks by what no token can tell apart.
        var frames: [Frame: FrameMask] = [:]
        /// Masks of whole stacks: what depends on the frames below is decided in them.
        var stacks: [Stack: IDSet] = [:]
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

    /// Computes the costly masks, those inside strings, ahead of their use.
    public func prepare() {
        var known: Set<Frame> = []
        for case .string(let least, let most) in graph.kinds {
            let frame = Frame.string(StringPlace(needed: least, left: most))
            if known.count < Self.mostPrepared, known.insert(frame).inserted { _ = mask(frame) }
        }
    }

    private static let mostPrepared = 8

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
        guard var allowed = stacks.first.map(allowed) else { return IDSet(idCount: tokens.idCount) }
        for stack in stacks.dropFirst() { allowed.formUnion(self.allowed(stack)) }
        return allowed
    }

    private func allowed(_ stack: Stack) -> IDSet {
        if let known = caches.withLock({ $0.stacks[stack] }) { return known }
        var allowed = IDSet(idCount: tokens.idCount)
        if let frame = stack.top?.frame {
            let mask = mask(frame)
            allowed = mask.allowed
            for id in mask.dependent where !allowed.contains(id) {
                if let text = tokens.text(of: id), !read(text, [stack]).isEmpty { allowed.insert(id) }
            }
        }
        if graph.isComplete(stack) { tokens.endIDs.forEach { allowed.insert($0) } }
        caches.withLock { caches in
            if caches.stacks.count >= mostMasks { caches.stacks.removeAll() }
            caches.stacks[stack] = allowed
        }
        return allowed
    }

    private var mostMasks: Int { max(16, Self.mostBytes / (tokens.idCount / 8 + 64)) }

    /// The mask of a frame, from the cache if it was needed before.
    private func mask(_ frame: Frame) -> FrameMask {
        let key = frame.reduced(
            characters: tokens.longest, openings: tokens.openings + graph.greatestHeight)
        // Inside a string, the schema does not matter: all grammars of a vocabulary share these masks.
        if case .string = key { return tokens.stringMasks.mask(key, most: mostMasks) { computed(key) } }
        if let known = caches.withLock({ $0.frames[key] }) { return known }
        let mask = computed(key)
        caches.withLock { caches in
            if caches.frames.count >= mostMasks { caches.frames.removeAll() }
            caches.frames[key] = mask
        }
        return mask
    }

    /// Walks the tree of tokens from a frame below which nothing is known.
    private func computed(_ frame: Frame) -> FrameMask {
        var allowed = IDSet(idCount: tokens.idCount)
        var dependent: [Int32] = []
        // The stacks at each depth of the path, one after another; those of depth d are `firsts[d]..<firsts[d + 1]`.
        var path = [Stack(Level(frame, nil))]
        var firsts = [0, 1]
        var steps = Steps()
        var node = 0
        while node < tokens.bytes.count {
            let depth = Int(tokens.depths[node])
            firsts.removeLast(firsts.count - depth - 2)
            path.removeLast(path.count - firsts[depth + 1])
            steps.reset()
            for index in firsts[depth]..<firsts[depth + 1] {
                graph.read(tokens.bytes[node], path[index], into: &steps)
            }
            steps.removeRepeated()
            let end = Int(tokens.ends[node])
            // A closed name may be refused by the names before it.
            let isOpen = steps.stacks.contains { $0.top?.frame != .closedName }
            let mine = Int(tokens.starts[node])..<Int(tokens.starts[node + 1])
            if isOpen {
                for index in mine { allowed.insert(tokens.ids[index]) }
            } else if !steps.stacks.isEmpty {
                dependent += tokens.ids[mine]
            }
            if steps.escapes {
                dependent +=
                    tokens.ids[(isOpen ? mine.upperBound : mine.lowerBound)..<Int(tokens.starts[end])]
            }
            guard !steps.stacks.isEmpty else {
                node = end
                continue
            }
            path += steps.stacks
            firsts.append(path.count)
            node += 1
        }
        return FrameMask(allowed: allowed, dependent: dependent)
    }
}
