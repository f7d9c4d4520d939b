// Constrained output as the engine sees it, and the compiled grammars of recent requests.
public import ConstrainedOutput
internal import StrictJSON
internal import Synchronization
internal import VisionLanguageModel

/// An answer that must stay inside a grammar.
struct GrammarConstraint: TokenConstraint {
    private var state: OutputState

    init(_ grammar: OutputGrammar) { state = OutputState(grammar) }

    var allowed: TokenMask { TokenMask(words: state.allowed.words) }

    mutating func accept(_ id: Int32) { state.accept(id) }
}

/// Compiles schemas, and keeps the grammars of the latest ones: their masks are costly.
public final class GrammarStore: Sendable {
    private static let mostGrammars = 16

    private let tokens: TokenBytes
    private let known = Mutex<[(key: String, grammar: OutputGrammar)]>([])

    /// A store over a vocabulary.
    public init(_ tokens: TokenBytes) { self.tokens = tokens }

    /// The grammar of a schema, or of any object with nil; throws `SchemaError`.
    func grammar(_ schema: OrderedJSON?) throws(SchemaError) -> OutputGrammar {
        let key = schema?.compact ?? ""
        if let found = known.withLock({ known in known.first { $0.key == key }?.grammar }) { return found }
        let grammar =
            if let schema {
                try OutputGrammar(schema: schema, tokens: tokens)
            } else {
                try OutputGrammar(anyObjectOver: tokens)
            }
        // Here, and not in a step of the engine, where every other answer would wait.
        grammar.prepare()
        known.withLock { known in
            known.insert((key, grammar), at: 0)
            if known.count > Self.mostGrammars { known.removeLast() }
        }
        return grammar
    }
}
