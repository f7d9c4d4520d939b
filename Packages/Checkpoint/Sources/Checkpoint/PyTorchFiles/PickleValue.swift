// What a pickle of weights may hold: numbers, texts, containers, storages and tensors. Containers and tensors are kept
// beside the values, which name them by number, so that no value is nested and sharing costs nothing.

/// A value of a pickle.
enum PickleValue: Sendable, Equatable {
    case none
    case bool(Bool)
    case int(Int)
    /// A whole number of more than 8 bytes, little-endian.
    case long([UInt8])
    case float(Double)
    case text(String)
    case bytes([UInt8])
    /// The number of a container.
    case container(Int)
    /// The name of something that the program would import: a class or a function.
    case global(String)
    /// The number of a storage.
    case storage(Int)
    /// The number of a tensor.
    case tensor(Int)
    /// Something without elements that could be read, in words: a sparse tensor.
    case unreadable(String)

    /// The number, if it is one.
    var integer: Int? {
        guard case .int(let value) = self else { return nil }
        return value
    }
}

/// A tuple, a list or a dictionary.
struct PickleContainer: Sendable {
    /// What it is.
    enum Kind: Sendable { case tuple, list, dictionary }

    let kind: Kind
    /// The items; of a dictionary, keys and values in turn.
    var items: [PickleValue]
}

/// A run of elements in memory that tensors share.
struct PickleStorage: Sendable, Equatable {
    /// The name under which the file holds its bytes.
    let key: String
    /// The type of the elements; nil for bytes whose tensors say it.
    let type: TorchType?
    /// The elements, or bytes without a type.
    let count: Int
    /// Elements before it in the storage of that name (a view of the older form).
    var offset = 0
}

/// A tensor: which elements of a storage it has.
struct PickleTensor: Sendable, Equatable {
    let storage: Int
    let type: TorchType
    /// The element of the storage that comes first.
    let offset: Int
    let shape: [Int]
    /// Elements of the storage from one index of a dimension to the next.
    let strides: [Int]
}

/// Everything that a pickle holds.
struct PickleObjects: Sendable {
    var containers: [PickleContainer] = []
    var storages: [PickleStorage] = []
    var tensors: [PickleTensor] = []

    /// The items of a container of a kind; nil for other values.
    func items(_ value: PickleValue, _ kind: PickleContainer.Kind) -> [PickleValue]? {
        guard case .container(let number) = value, containers[number].kind == kind else { return nil }
        return containers[number].items
    }

    /// The keys and values of a dictionary with texts as keys; nil for another value.
    func members(_ value: PickleValue) -> [(key: String, value: PickleValue)]? {
        guard let items = items(value, .dictionary) else { return nil }
        var members: [(key: String, value: PickleValue)] = []
        for place in stride(from: 0, to: items.count - 1, by: 2) {
            guard case .text(let key) = items[place] else { return nil }
            members.append((key, items[place + 1]))
        }
        return members
    }

    /// The whole numbers of a tuple or a list of sizes; nil for another value and for more than a tensor has.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let items = items(value, .tuple) ?? items(value, .list), items.count <= 64 else { return nil }
        let numbers = items.compactMap(\.integer)
        return numbers.count == items.count ? numbers : nil
    }
}
