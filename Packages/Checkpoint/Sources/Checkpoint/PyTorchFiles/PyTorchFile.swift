// One file of `torch.save`: where its tensors are. The zip form (since PyTorch 1.6) has the pickle and each storage as
// entries; the older form is a row of pickles with the storages behind them.
internal import Basics

/// The tensors of one file of PyTorch's.
struct PyTorchFile: WeightShard, Sendable {
    /// A tensor and the bytes of its storage.
    struct Tensor: Sendable {
        let info: TensorInfo
        let layout: StridedLayout
    }

    /// The mapped file.
    let file: MappedFile
    /// The tensors in the order of the dictionary that holds them.
    let placed: [Tensor]
    /// The names of buffers, which are no parameters and are left out.
    let bufferNames: [String]
    /// The entries beside the dictionary of weights that are left out.
    let leftOut: [String]

    var location: String { file.path }
    var tensors: [TensorInfo] { placed.map(\.info) }

    /// Whether a file begins like one of `torch.save`.
    static func looksRight(_ file: MappedFile) -> Bool {
        file.starts(with: [0x50, 0x4B, 3, 4]) || file.starts(with: [0x80])
    }

    /// Reads a file's descriptions; throws `CheckpointError` that names the file and the tensor.
    init(_ path: String) throws {
        let file = try MappedFile(path)
        try ForeignWeights.refusePointer(file)
        guard Self.looksRight(file) else {
            throw CheckpointError.damaged(
                file: path, problem: "neither of the two forms that torch.save writes")
        }
        let contents: PyTorchContents
        do {
            contents =
                try file.starts(with: [0x50, 0x4B])
                ? PyTorchContents(zip: file) : PyTorchContents(legacy: file)
        } catch let problem as PickleProblem {
            throw problem.isForeign
                ? CheckpointError.unsupported(file: path, problem: "its pickle \(problem.message)")
                : .damaged(file: path, problem: "its pickle \(problem.message)")
        }
        self.file = file
        let (members, leftOut) = try Self.weights(contents, path)
        self.leftOut = leftOut
        bufferNames = members.map(\.key).filter(isBuffer)
        var seen: Set<NameBytes> = []
        placed = try members.filter { !isBuffer($0.key) }.map { name, value in
            guard seen.insert(name.nameBytes).inserted else {
                throw CheckpointError.damaged(file: path, problem: "two tensors have the name \(name)")
            }
            return try Self.tensor(name, value, contents, path)
        }
    }

    /// The keys under which programs keep the weights beside other things.
    private static let weightKeys = [
        "state_dict", "model_state_dict", "model", "module", "params", "weights",
    ]

    /// The dictionary of weights: the value itself, or the one under a usual key.
    private static func weights(
        _ contents: PyTorchContents, _ path: String
    ) throws -> (members: [(key: String, value: PickleValue)], leftOut: [String]) {
        let objects = contents.objects
        func isWeights(_ members: [(key: String, value: PickleValue)]) -> Bool {
            members.contains {
                switch $0.value {
                case .tensor, .unreadable: true
                default: false
                }
            }
        }
        guard let members = objects.members(contents.value) else {
            throw CheckpointError.unsupported(
                file: path, problem: "expected a dictionary of tensors by their names, found another value")
        }
        if isWeights(members) || members.isEmpty { return (members, []) }
        let inner = members.filter { member in
            weightKeys.contains(member.key) && objects.members(member.value).map(isWeights) ?? false
        }
        guard inner.count == 1, let found = objects.members(inner[0].value) else {
            throw CheckpointError.unsupported(
                file: path,
                problem:
                    "expected tensors, or one of \(weightKeys.joined(separator: ", ")) with tensors; found "
                    + members.prefix(8).map(\.key).joined(separator: ", "))
        }
        return (found, members.map(\.key).filter { $0 != inner[0].key })
    }

    private static func tensor(
        _ name: String, _ value: PickleValue, _ contents: PyTorchContents, _ path: String
    ) throws -> Tensor {
        switch value {
        case .tensor(let number):
            let tensor = contents.objects.tensors[number]
            guard let dtype = tensor.type.dtype else {
                let known = DType.allCases.map(\.rawValue).joined(separator: ", ")
                throw CheckpointError.unsupported(
                    file: path, problem: "tensor \(name) has type \(tensor.type.name); known: \(known)")
            }
            let info = TensorInfo(name: name, dtype: dtype, shape: tensor.shape)
            let bytes = try contents.bytes(of: tensor.storage, for: name, path)
            // A view that repeats elements may be larger than its storage, though a model's weights never are by much.
            guard let byteCount = TensorInfo.checkedByteCount(dtype, tensor.shape),
                byteCount <= contents.fileByteCount, let layout = StridedLayout(tensor, in: bytes)
            else {
                throw CheckpointError.damaged(
                    file: path,
                    problem:
                        "tensor \(name) with shape \(tensor.shape), strides \(tensor.strides) and offset "
                        + "\(tensor.offset) does not fit its storage of \(bytes.count) bytes")
            }
            return Tensor(info: info, layout: layout)
        case .unreadable(let kind):
            throw CheckpointError.unsupported(
                file: path,
                problem: "\(name) is \(kind), which is not read; save it as a dense tensor")
        default:
            throw CheckpointError.unsupported(
                file: path, problem: "\(name) is no tensor; save the weights alone (`model.state_dict()`)")
        }
    }
}
