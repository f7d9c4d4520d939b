// Finds everything stored in an HDF5 checkpoint and checks each declared place and size against the file.
internal import CHDF5
internal import TensorMath

/// Walks the groups of a file that nobody vouches for.
struct HDF5Walk {
    let file: String
    let byteCount: Int
    private var found: [HDF5.Section: [HDF5Item]] = [:]
    private var visited = 0

    static let maximumDepth = 64
    static let maximumItemCount = 1_000_000

    init(file: String, byteCount: Int) {
        self.file = file
        self.byteCount = byteCount
    }

    /// Takes in one section; an absent group is an empty section.
    mutating func collect(_ section: HDF5.Section, from root: borrowing HDF5Handle) throws {
        guard HDF5.hasLink(root, section.rawValue) else { return }
        try visit(section, root, link: section.rawValue, path: "/\(section.rawValue)", depth: 0)
    }

    /// Everything that was found, by section and in stored order, once it is known that nothing overlaps.
    func finish() throws -> [HDF5.Section: [HDF5Item]] {
        let ranges = found.values.joined().filter { !$0.range.isEmpty }.sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        for (left, right) in zip(ranges, ranges.dropFirst()) where left.range.overlaps(right.range) {
            throw damaged("\(left.entry.info.name) and \(right.entry.info.name) share bytes")
        }
        return try found.mapValues { items in
            let sorted = items.sorted { $0.order < $1.order }
            guard sorted.enumerated().allSatisfy({ $0 == $1.order }) else {
                throw damaged("the order attributes do not count from 0 to \(items.count - 1)")
            }
            return sorted
        }
    }

    private func damaged(_ problem: String) -> CheckpointError { .damaged(file: file, problem: problem) }

    private mutating func visit(
        _ section: HDF5.Section, _ parent: borrowing HDF5Handle, link: String, path: String, depth: Int
    ) throws {
        visited += 1
        guard depth < Self.maximumDepth, visited < Self.maximumItemCount else {
            throw damaged("\(path): too many groups inside one another")
        }
        guard HDF5.hasLink(parent, link) else { throw damaged("\(path) is a link that leads elsewhere") }
        var kind: Int32 = -1
        guard let object = unsafe HDF5Handle(r1_h5_open_object(parent.id, link, &kind), close: H5Oclose)
        else {
            throw HDF5.problem(file, "open \(path)")
        }
        guard kind == 0 else {
            guard kind == 1 else { throw damaged("\(path) is neither a group nor a data set") }
            try take(section, object, path)
            return
        }
        let count = r1_h5_link_count(object.id)
        guard count >= 0, count < Self.maximumItemCount else {
            throw damaged("\(path) has no sound list of links")
        }
        for number in 0..<count {
            let name = try linkName(object, UInt64(number), path)
            try visit(section, object, link: name, path: "\(path)/\(name)", depth: depth + 1)
        }
    }

    private func linkName(_ group: borrowing HDF5Handle, _ number: UInt64, _ path: String) throws -> String {
        var text = [CChar](repeating: 0, count: HDF5.maximumNameByteCount)
        let length = unsafe text.withUnsafeMutableBufferPointer {
            unsafe r1_h5_link_name(group.id, number, $0.baseAddress, $0.count)
        }
        let bytes = text.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }
        guard length > 0, let name = String(validating: bytes, as: UTF8.self) else {
            throw damaged("\(path): link \(number) has no sound name")
        }
        return name
    }

    private mutating func take(_ section: HDF5.Section, _ set: borrowing HDF5Handle, _ path: String) throws {
        var place = r1_h5_data_set()
        var sizes = [hsize_t](repeating: 0, count: Int(R1_H5_MAX_RANK))
        guard unsafe r1_h5_describe(set.id, &place, &sizes) >= 0 else {
            throw HDF5.problem(file, "describe \(path)")
        }
        guard let dtype = DType.allCases.first(where: { $0.hdf5Code == place.type }) else {
            throw CheckpointError.unsupported(
                file: file, problem: "\(path) has an element type the format lacks")
        }
        let shape = sizes.prefix(Int(place.rank)).map { Int(clamping: $0) }
        guard place.plain != 0, let length = TensorInfo.checkedByteCount(dtype, shape),
            length == 0 || place.stored == length
        else { throw damaged("\(path) is not one plain run of bytes") }
        guard length == 0 || place.offset <= UInt64(byteCount) && length <= byteCount - Int(place.offset)
        else {
            throw damaged("\(path) lies outside the file of \(byteCount) bytes")
        }
        let name = try HDF5.string(set, "name", file: file)
        guard try HDF5.path(section, name, file: file) == path else {
            throw damaged("\(path) is named '\(name)', which belongs elsewhere")
        }
        let start = length == 0 ? 0 : Int(place.offset)
        found[section, default: []].append(
            HDF5Item(
                entry: ManifestEntry(
                    section: section, info: TensorInfo(name: name, dtype: dtype, shape: shape),
                    sha256: try HDF5.string(set, "sha256", file: file)),
                order: try HDF5.integer(set, "order", file: file),
                range: start..<start + length))
    }
}
