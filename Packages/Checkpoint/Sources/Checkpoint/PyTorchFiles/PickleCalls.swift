// The few calls that a pickle of weights makes. None of them runs a program: each only describes a tensor or a container.
// They are the functions of torch/_utils.py that `torch.save` names.

/// The globals that may be named, and what a call of each gives.
enum PickleCalls {
    private static let sparse = "a sparse tensor"
    private static let rebuilt: [String: String] = [
        "torch._utils._rebuild_sparse_tensor": sparse,
        "torch._utils._rebuild_sparse_csr_tensor": sparse,
        "torch._utils._rebuild_qtensor": "a quantized tensor",
        "torch._utils._rebuild_nested_tensor": "a nested tensor",
        "torch._utils._rebuild_meta_tensor_no_storage": "a tensor without elements (on the device meta)",
    ]
    /// What only says how or where a tensor is.
    private static let labels: Set<String> = ["torch.device", "torch.serialization._get_layout"]
    private static let tensors: Set<String> = [
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
    ]
    private static let parameters: Set<String> = [
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    ]
    private static let dictionary = "collections.OrderedDict"
    private static let size = "torch.Size"

    /// Whether a pickle may name this.
    static func isKnown(_ global: String) -> Bool {
        rebuilt[global] != nil || labels.contains(global) || tensors.contains(global)
            || parameters.contains(global) || global == dictionary || global == size
            || TorchType(global: global) != nil || TorchType(storage: global) != nil
            || global == TorchType.untypedStorage
    }

    /// What a call gives; throws `PickleProblem`.
    static func call(_ global: String, _ arguments: [PickleValue], _ objects: inout PickleObjects) throws
        -> PickleValue
    {
        if let kind = rebuilt[global] { return .unreadable(kind) }
        if labels.contains(global) { return .none }
        if tensors.contains(global) { return try tensor(global, arguments, &objects) }
        if parameters.contains(global), let first = arguments.first { return first }
        if global == size, let only = arguments.first, let sizes = objects.integers(only) {
            return container(.tuple, sizes.map(PickleValue.int), &objects)
        }
        if global == dictionary { return try orderedDictionary(arguments, &objects) }
        throw PickleProblem("calls \(global) with other values than torch.save does")
    }

    private static func container(
        _ kind: PickleContainer.Kind, _ items: [PickleValue], _ objects: inout PickleObjects
    ) -> PickleValue {
        objects.containers.append(PickleContainer(kind: kind, items: items))
        return .container(objects.containers.count - 1)
    }

    /// An ordered dictionary, empty or of a short list of pairs.
    private static func orderedDictionary(_ arguments: [PickleValue], _ objects: inout PickleObjects) throws
        -> PickleValue
    {
        guard let first = arguments.first else { return container(.dictionary, [], &objects) }
        guard arguments.count == 1, let pairs = objects.items(first, .list), pairs.count <= 64 else {
            throw PickleProblem("makes a dictionary of something else than pairs")
        }
        let items = try pairs.flatMap { pair in
            guard let both = objects.items(pair, .tuple) ?? objects.items(pair, .list), both.count == 2 else {
                throw PickleProblem("makes a dictionary of something else than pairs")
            }
            return both
        }
        return container(.dictionary, items, &objects)
    }

    private static func tensor(
        _ global: String, _ arguments: [PickleValue], _ objects: inout PickleObjects
    ) throws -> PickleValue {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            let offset = arguments[1].integer, let shape = objects.integers(arguments[2]),
            let strides = objects.integers(arguments[3]), strides.count == shape.count
        else { throw PickleProblem("describes a tensor in another way than torch.save does") }
        var type = objects.storages[storage].type
        if global.hasSuffix("_v3"), arguments.count >= 7, case .global(let name) = arguments[6] {
            type = TorchType(global: name)
        }
        guard let type else { throw PickleProblem("does not say which type a tensor has") }
        guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 })
        else { throw PickleProblem("has a tensor with a negative size, stride or offset") }
        objects.tensors.append(
            PickleTensor(storage: storage, type: type, offset: offset, shape: shape, strides: strides))
        return .tensor(objects.tensors.count - 1)
    }

    /// The storage that a persistent id describes: its kind, its class, its key, its place and its length, and in the
    /// older form a part of it.
    static func storage(_ id: PickleValue, _ objects: inout PickleObjects) throws -> PickleValue {
        let strange = PickleProblem("refers to something outside that is no storage")
        guard let parts = objects.items(id, .tuple), parts.count >= 5, parts[0] == .text("storage"),
            case .global(let name) = parts[1], let count = parts[4].integer, count >= 0
        else { throw strange }
        let key: String
        switch parts[2] {
        case .text(let text): key = text
        case .int(let number): key = String(number)
        default: throw strange
        }
        let type = TorchType(storage: name)
        guard type != nil || name == TorchType.untypedStorage else { throw strange }
        var storage = PickleStorage(key: key, type: type, count: count)
        if parts.count > 5, parts[5] != .none {
            guard let view = objects.items(parts[5], .tuple), view.count == 3, let offset = view[1].integer,
                let length = view[2].integer, offset >= 0, length >= 0, offset <= count,
                length <= count - offset
            else { throw strange }
            storage.offset = offset
        }
        objects.storages.append(storage)
        return .storage(objects.storages.count - 1)
    }
}

/// What is wrong with a pickle; the caller adds the file.
struct PickleProblem: Error {
    let message: String
    /// Whether the pickle is sound and only names what is not allowed.
    let isForeign: Bool

    init(_ message: String, isForeign: Bool = false) { (self.message, self.isForeign) = (message, isForeign) }
}
