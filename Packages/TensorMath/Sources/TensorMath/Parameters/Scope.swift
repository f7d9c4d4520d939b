// The tree of names from which layers take their weights.
//
// A layer calls `scope.parameter("weight", [to, from])`: each name is written once, the order of the calls is
// the order of the store, and a missing or misshapen weight throws with its key.
internal import Basics

/// A node in the tree of names, from which a layer takes its weights.
public struct Scope {
    /// Where weights are registered.
    public let store: ParameterStore
    private let source: any ParameterSource
    private let changes: (any LowRankSource)?
    private let path: String

    /// The root scope.
    ///
    /// - Parameters:
    ///   - source: Gives the weights.
    ///   - store: Takes them.
    ///   - changes: Gives linear layers their changes of low rank; nil for none.
    public init(
        _ source: any ParameterSource, store: ParameterStore, changes: (any LowRankSource)? = nil
    ) {
        self.source = source
        self.store = store
        self.changes = changes
        path = ""
    }

    private init(_ parent: Scope, _ part: String) {
        source = parent.source
        store = parent.store
        changes = parent.changes
        path = parent.path.isEmpty ? part : "\(parent.path).\(part)"
    }

    /// The scope of a child module.
    public subscript(name: String) -> Scope { Scope(self, name) }

    /// The scope of the child with a number.
    public subscript(index: Int) -> Scope { Scope(self, String(index)) }

    /// Loads and registers the weight `name` of this module.
    public func parameter(
        _ name: String, _ shape: [Int], role: ParameterRole = .vector
    ) throws -> Parameter {
        let full = fullName(name)
        var weight = try source.weight(named: full, shape: shape)
        require(weight.shape == shape, "\(full): source gave \(weight.shape), not \(shape)")
        if role == .vector {
            guard case .tensor(let value) = weight else { fatalError("\(full) is no matrix") }
            weight = .tensor(value.converted(to: .float32))
        }
        let parameter = Parameter(name: full, role: role, weight: weight)
        store.add(parameter)
        return parameter
    }

    private func fullName(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// The start of the change of low rank of this module, a linear layer; nil for none.
    func lowRankStart(from: Int, to: Int) throws -> LowRankStart? {
        try changes?.start(of: path, from: from, to: to)
    }

    /// Registers a matrix of a change of low rank.
    func adopt(_ name: String, _ value: Tensor) -> Parameter {
        let parameter = Parameter(
            name: fullName(name), role: .matrix, weight: .tensor(value), isLowRank: true)
        store.add(parameter)
        return parameter
    }
}
