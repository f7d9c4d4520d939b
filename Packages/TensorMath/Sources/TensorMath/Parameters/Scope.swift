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
    private let path: String

    /// The root scope.
    public init(_ source: any ParameterSource, store: ParameterStore) {
        self.source = source
        self.store = store
        path = ""
    }

    private init(_ parent: Scope, _ part: String) {
        source = parent.source
        store = parent.store
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
        let full = path.isEmpty ? name : "\(path).\(name)"
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
}
