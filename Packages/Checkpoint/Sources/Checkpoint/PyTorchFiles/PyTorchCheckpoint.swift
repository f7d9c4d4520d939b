// A model that was saved with `torch.save`: one file, or several with an index, and side files.
internal import Basics

/// A model in weights of PyTorch: `pytorch_model.bin`, its shards, or a `.pt` or `.pth` file.
///
/// Only descriptions of tensors are read from the pickles, and nothing is executed. The elements are used from the mapped
/// file where they are one run of bytes, and put together for a call otherwise.
final class PyTorchCheckpoint: CheckpointReader {
    let location: String
    let tensors: [TensorInfo]
    let sideFileNames: [String]
    private let files: [PyTorchFile]
    private let places: [NameBytes: Place]
    private let index: String?

    private struct Place: Sendable {
        let file: Int
        let tensor: Int
    }

    /// Opens a directory; throws `CheckpointError` when files and index do not agree.
    convenience init(directory path: String) throws {
        let names = try SafetensorsDirectory.entries(of: path)
        let indexName = SafetensorsDirectory.pyTorchIndexName
        let sides = try SafetensorsDirectory.sideFiles(among: names, of: path).names
        if names.contains(indexName), !names.contains("pytorch_model.bin") {
            let index = try WeightIndex(
                SafetensorsDirectory.read("\(path)/\(indexName)"), location: "\(path)/\(indexName)")
            try self.init(path, index.files, sides, index: "\(path)/\(indexName)")
            _ = try index.places(in: files, leftOut: files.flatMap(\.bufferNames))
        } else {
            try self.init(path, ForeignWeights.pyTorchFiles(names), sides, index: nil)
        }
    }

    /// Opens a single file, which has no side files.
    convenience init(file path: String) throws {
        try self.init(path, [], [], index: nil, files: [PyTorchFile(path)])
    }

    private convenience init(_ path: String, _ names: [String], _ sides: [String], index: String?) throws {
        try self.init(path, names, sides, index: index, files: names.map { try PyTorchFile("\(path)/\($0)") })
    }

    private init(_ path: String, _ names: [String], _ sides: [String], index: String?, files: [PyTorchFile])
        throws
    {
        (location, sideFileNames, self.index, self.files) = (path, sides, index, files)
        tensors = files.flatMap(\.tensors)
        var places: [NameBytes: Place] = [:]
        for (number, file) in files.enumerated() {
            for (tensor, item) in file.placed.enumerated() {
                let place = Place(file: number, tensor: tensor)
                guard let first = places.updateValue(place, forKey: item.info.name.nameBytes) else {
                    continue
                }
                throw CheckpointError.damaged(
                    file: file.file.path,
                    problem:
                        "tensor \(item.info.name) is also in \(fileName(of: files[first.file].file.path))")
            }
        }
        self.places = places
    }

    /// The files with weights, the index and the side files.
    var sourceFiles: [String] {
        files.map(\.file.path) + (index.map { [$0] } ?? []) + sideFileNames.map { "\(location)/\($0)" }
    }

    /// Files of `torch.save`.
    var formatName: String { "PyTorch" }

    /// None: the names of the files say nothing of safetensors.
    var shardPlan: ShardPlan? { nil }

    /// That buffers and other things beside the weights are left out.
    var readingNotes: [String] {
        let others = files.flatMap(\.leftOut)
        let beside = others.isEmpty ? [] : ["left out, no weights: \(others.joined(separator: ", "))"]
        return beside + (bufferNote(files.flatMap(\.bufferNames)).map { [$0] } ?? [])
    }

    /// The tensor of this name, or nil.
    func info(_ name: String) -> TensorInfo? {
        places[name.nameBytes].map { files[$0.file].placed[$0.tensor].info }
    }

    /// The file of a tensor.
    func file(of name: String) -> String {
        places[name.nameBytes].map { files[$0.file].file.path } ?? location
    }

    /// Whether the tensor is one run of bytes.
    func isMapped(_ name: String) -> Bool {
        places[name.nameBytes].map { files[$0.file].placed[$0.tensor].layout.run != nil } ?? false
    }

    /// The bytes of a side file, or nil when there is none of this name.
    func sideFile(_ name: String) throws -> [UInt8]? {
        sideFileNames.contains(name) ? try SafetensorsDirectory.read("\(location)/\(name)") : nil
    }

    /// Gives `body` a tensor's bytes; throws as `withBytes(of:in:_:)` does.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let (file, tensor) = try place(of: name)
        guard let run = tensor.layout.run else {
            return unsafe try withBytes(of: name, in: 0..<tensor.info.byteCount, body)
        }
        return unsafe try file.withBytes(in: run, body)
    }

    /// Gives `body` the bytes `range` of a tensor.
    ///
    /// Throws `CheckpointError.missingTensor` for an unknown name, and `.cannotOpen` when there is not enough memory.
    func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let (file, tensor) = try place(of: name)
        require(
            range.lowerBound >= 0 && range.upperBound <= tensor.info.byteCount,
            "bytes \(range) of \(name), which has \(tensor.info.byteCount)")
        if let run = tensor.layout.run {
            let start = run.lowerBound
            return unsafe try file.withPiece(in: start + range.lowerBound..<start + range.upperBound, body)
        }
        let size = tensor.info.dtype.byteCount
        let elements = range.lowerBound / size..<(range.upperBound + size - 1) / size
        let memory = try PageBuffer(size * elements.count, for: name, of: location)
        unsafe try file.withBytes(in: 0..<file.byteCount) { bytes in
            unsafe tensor.layout.gather(elements, from: bytes, to: memory.bytes)
        }
        let start = range.lowerBound - size * elements.lowerBound
        return unsafe try memory.withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    private func place(of name: String) throws -> (MappedFile, PyTorchFile.Tensor) {
        guard let place = places[name.nameBytes] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return (files[place.file].file, files[place.file].placed[place.tensor])
    }
}
