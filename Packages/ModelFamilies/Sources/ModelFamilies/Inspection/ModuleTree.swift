// The tensors of a model as the tree that their names are, for looking at: sums by module, layers that are alike
// shown once.
internal import Basics
public import Checkpoint

/// A module of a model, or one of its tensors.
public struct ModuleTree: Sendable {
    /// Tensors and what they take.
    public struct Sum: Sendable, Equatable, Encodable {
        /// How many tensors there are.
        public internal(set) var tensors = 0
        /// How many numbers they hold.
        public internal(set) var parameters = 0
        /// How many bytes these are, unpacked.
        public internal(set) var bytes = 0

        mutating func add(_ info: TensorInfo) {
            tensors += 1
            parameters += info.elementCount
            bytes += info.byteCount
        }
    }

    /// The part of the name that this module adds.
    public let name: String
    /// The tensor itself, when this is one.
    public private(set) var tensor: TensorInfo?
    /// What is inside, in stored order.
    private(set) var children: [ModuleTree] = []
    /// Everything inside.
    public private(set) var sum = Sum()

    private init(name: String) { self.name = name }

    /// The tree of these tensors; its root has no name.
    public init(_ tensors: [TensorInfo]) {
        self.init(name: "")
        let paths = tensors.map { ($0.name.split(separator: ".", omittingEmptySubsequences: false), $0) }
        fill(paths[...].map { ($0.0[...], $0.1) })
    }

    /// Takes tensors in by what is left of their names.
    private mutating func fill(_ tensors: [(path: ArraySlice<Substring>, info: TensorInfo)]) {
        var places: [Substring: Int] = [:]
        var groups: [(name: Substring, members: [(path: ArraySlice<Substring>, info: TensorInfo)])] = []
        for (path, info) in tensors {
            sum.add(info)
            guard let first = path.first else {
                tensor = info
                continue
            }
            let place = places[first] ?? groups.count
            places[first] = place
            if place == groups.count { groups.append((first, [])) }
            groups[place].members.append((path.dropFirst(), info))
        }
        children = groups.map { name, members in
            var child = ModuleTree(name: String(name))
            child.fill(members)
            return child
        }
    }

    /// All modules below the root with their full names and sums, outer ones first; tensors are left out.
    var modules: [(name: String, sum: Sum)] {
        children.flatMap { child -> [(name: String, sum: Sum)] in
            guard !child.children.isEmpty else { return [] }
            return [(child.name, child.sum)] + child.modules.map { ("\(child.name).\($0.name)", $0.sum) }
        }
    }

    /// The lines of the tree below the root: names with two spaces for each level, types, and sums in columns.
    public var lines: [String] {
        let rows = rows(depth: 0)
        let width = rows.map { $0.label.count }.max() ?? 0
        let typeWidth = rows.map { $0.type.count }.max() ?? 0
        return rows.map { row in
            let label = row.label + String(repeating: " ", count: width - row.label.count)
            let type = row.type + String(repeating: " ", count: typeWidth - row.type.count)
            let (count, bytes) = (countText(row.sum.parameters), byteText(row.sum.bytes))
            return label + "  " + type + "  " + String(repeating: " ", count: max(0, 8 - count.count)) + count
                + "  " + String(repeating: " ", count: max(0, 10 - bytes.count)) + bytes
        }
    }

    private func rows(depth: Int) -> [(label: String, type: String, sum: Sum)] {
        var rows: [(label: String, type: String, sum: Sum)] = []
        var index = 0
        while index < children.count {
            let child = children[index]
            var alike = 1
            if child.isNumbered {
                let form = child.form
                while index + alike < children.count, children[index + alike].isNumbered,
                    children[index + alike].form == form
                {
                    alike += 1
                }
            }
            var (label, inner) = (child.name, child)
            if alike > 1 { label += "-\(children[index + alike - 1].name), \(alike) alike, each" }
            while inner.tensor == nil, inner.children.count == 1, alike == 1 {
                inner = inner.children[0]
                label += ".\(inner.name)"
            }
            let type = inner.tensor.map { "\($0.dtype) \($0.shape)" } ?? ""
            rows.append((String(repeating: "  ", count: depth) + label, type, inner.sum))
            rows += inner.rows(depth: depth + 1)
            index += alike
        }
        return rows
    }

    private var isNumbered: Bool { !name.isEmpty && name.allSatisfy(\.isNumber) && tensor == nil }

    /// What has to be equal for two modules to be alike: everything but their own names.
    private var form: String {
        let inner = children.map { "\($0.name)\($0.form)" }.joined(separator: ",")
        return "(\(tensor.map { "\($0.dtype)\($0.shape)" } ?? "")\(inner))"
    }
}
