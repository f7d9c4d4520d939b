// The pickle of a file of PyTorch's, and where its storages are.

/// What a file holds: the value of its pickle, and the bytes of each storage.
struct PyTorchContents: Sendable {
    /// What the pickle describes.
    let objects: PickleObjects
    /// Its value.
    let value: PickleValue
    /// The length of the file.
    let fileByteCount: Int
    /// The bytes of each storage by its key.
    private let storages: [String: Range<Int>]

    /// Reads the zip form: `NAME/data.pkl` and `NAME/data/KEY`.
    init(zip file: MappedFile) throws {
        fileByteCount = file.byteCount
        let zip = try ZipEntries(file)
        let entries = zip.ranges
        if let constants = (entries.keys + zip.packed).first(where: { $0.hasSuffix("/constants.pkl") }) {
            throw CheckpointError.unsupported(
                file: file.path,
                problem: "has \(constants): a program of TorchScript; save model.state_dict() instead")
        }
        if let name = zip.packed.first {
            throw CheckpointError.unsupported(
                file: file.path,
                problem: "entry \(name) is compressed or encrypted; torch.save stores entries as they are")
        }
        let pickles = entries.keys.filter { $0.hasSuffix("/data.pkl") }
        guard pickles.count == 1, let name = pickles.first, let place = entries[name] else {
            throw CheckpointError.unsupported(
                file: file.path,
                problem:
                    "a zip file with \(pickles.count) entries NAME/data.pkl, expected one as torch.save writes it"
            )
        }
        let folder = name.dropLast("data.pkl".count)
        if let order = entries["\(folder)byteorder"] {
            let text = try order.count <= 16 ? String(decoding: file.bytes(in: order), as: UTF8.self) : "?"
            guard text == "little" else {
                throw CheckpointError.unsupported(
                    file: file.path, problem: "has the byte order '\(text)', expected 'little'")
            }
        }
        guard place.count <= PickleMachine.maximumByteCount else {
            throw PickleProblem(
                "has \(place.count) bytes; the limit is \(PickleMachine.maximumByteCount)", isForeign: true)
        }
        var machine = PickleMachine(try file.bytes(in: place))
        value = try machine.run()
        objects = machine.objects
        storages = Dictionary(
            entries.compactMap { name, range in
                name.hasPrefix("\(folder)data/")
                    ? (String(name.dropFirst(folder.count + 5)), range) : nil
            }, uniquingKeysWith: { first, _ in first })
        for storage in objects.storages {
            guard let bytes = storages[storage.key], bytes.count == Self.byteCount(storage) else {
                throw CheckpointError.damaged(
                    file: file.path,
                    problem: "storage \(storage.key) of \(storage.count) elements has "
                        + (storages[storage.key].map { "\($0.count) bytes" } ?? "no entry"))
            }
        }
    }

    private static func byteCount(_ storage: PickleStorage) -> Int? {
        let (count, overflow) = storage.count.multipliedReportingOverflow(by: storage.type?.byteCount ?? 1)
        return overflow ? nil : count
    }

    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    /// Reads the older form: a magic number, a version, facts about the machine, the value and the keys of its
    /// storages, each a pickle; then each storage as its number of elements and their bytes.
    init(legacy file: MappedFile) throws {
        fileByteCount = file.byteCount
        let head = try file.bytes(in: 0..<min(file.byteCount, PickleMachine.maximumByteCount))
        var machine = PickleMachine(head)
        guard case .long(let digits) = try machine.run(), digits == Self.magic else {
            throw CheckpointError.unsupported(
                file: file.path, problem: "a pickle that torch.save did not write; save the weights with it")
        }
        guard case .int(1001) = try machine.run() else {
            throw PickleProblem("has another version than 1001")
        }
        let system = try machine.run()
        if let order = machine.objects.members(system)?.first(where: { $0.key == "little_endian" })?.value,
            order != .bool(true)
        {
            throw CheckpointError.unsupported(file: file.path, problem: "has another byte order than little")
        }
        value = try machine.run()
        objects = machine.objects
        let last = try machine.run()
        guard let keys = machine.objects.items(last, .list) else {
            throw PickleProblem("does not list its storages")
        }
        var sizes: [String: (type: TorchType?, count: Int)] = [:]
        for storage in objects.storages {
            guard
                sizes.updateValue((storage.type, storage.count), forKey: storage.key).map({
                    $0 == (storage.type, storage.count)
                }) ?? true
            else { throw PickleProblem("describes storage \(storage.key) in two ways") }
        }
        var place = machine.place
        var storages: [String: Range<Int>] = [:]
        for key in keys {
            guard case .text(let name) = key, let size = sizes[name], file.byteCount - place >= 8 else {
                throw PickleProblem("lists storages that are not there")
            }
            let declared = try file.bytes(in: place..<place + 8).reversed().reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            }
            let (count, overflow) = size.count.multipliedReportingOverflow(by: size.type?.byteCount ?? 1)
            place += 8
            guard declared == UInt64(size.count), !overflow, count <= file.byteCount - place else {
                throw CheckpointError.damaged(
                    file: file.path,
                    problem: "storage \(name) declares \(declared) elements, expected \(size.count), and "
                        + "\(file.byteCount - place) bytes are left")
            }
            storages[name] = place..<place + count
            place += count
        }
        self.storages = storages
    }

    /// The bytes of a storage, of which the tensor `name` has some; throws `CheckpointError.damaged` without one.
    func bytes(of storage: Int, for name: String, _ path: String) throws -> Range<Int> {
        let storage = objects.storages[storage]
        guard let whole = storages[storage.key] else {
            throw CheckpointError.damaged(
                file: path, problem: "tensor \(name) is in storage \(storage.key), which is not there")
        }
        // Inside: a part was checked against its storage, and the storage against the file.
        return whole.dropFirst(storage.offset * (storage.type?.byteCount ?? 1)).indices
    }
}
