// One answer under a grammar.

/// Where one answer is in the outputs that a grammar allows; a value, so that every answer has its own.
public struct OutputState: Sendable {
    private let grammar: OutputGrammar
    private var stacks: [Stack]

    /// The beginning of an output.
    public init(_ grammar: OutputGrammar) { (self.grammar, stacks) = (grammar, grammar.start) }

    /// The tokens that may come next; the end tokens exactly when the output is complete.
    public var allowed: IDSet { grammar.allowed(stacks) }

    /// Whether the output may end here.
    public var isComplete: Bool { stacks.contains(where: grammar.graph.isComplete) }

    /// Whether the output can still be completed; false after a token that was not allowed.
    public var isAlive: Bool { !stacks.isEmpty }

    /// Takes the next token; an end token changes nothing.
    ///
    /// After a token that is not allowed, nothing is.
    public mutating func accept(_ id: Int32) {
        guard !grammar.tokens.endIDs.contains(id) else { return }
        guard let text = grammar.tokens.text(of: id) else {
            stacks = []
            return
        }
        stacks = grammar.read(text, stacks)
    }
}
