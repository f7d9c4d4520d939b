// Finds all items of an HDF5 checkpoint and checks each declared offset and size against the file.
internal import Basics
internal import CChunks
internal import CHDF5

/// Walks the groups of an untrusted file.
struct HDF5Walk {
    let file: String
    let byteCount: Int
    let layout: CheckpointLayout
    /// Whether chunks may be missing, which means no difference from the base.
    let isDelta: Bool
    private var found: [Section: [HDF5Item]] = [:]
    private var visited = 0

    static let maximumDepth = 64
    static let maximumItemCount = 1_000_000
    /// The library searches chunks linearly; this many, 32 to 64 GiB of a tensor, still take only seconds.
    static let maximumChunkCount = 1 << 16

    init(file: String, byteCount: Int, layout: CheckpointLayout, isDelta: Bool) {
        self.file = file
        self.byteCount = byteCount
        self.layout = layout
        self.isDelta = isDelta
    }

    /// Adds one section; a missing group is an empty section.
    mutating func collect(_ section: Section, from root: borrowing HDF5Handle) throws {
        guard HDF5.hasLink(root, section.rawValue) else { return }
        try visit(section, root, link: section.rawValue, path: "/\(section.rawValue)", depth: 0)
    }

    /// All items by section and in stored order; throws when two of them overlap.
    func finish() throws -> [Section: [HDF5Item]] {
        let runs = found.values.joined().flatMap { item in item.runs.map { (run: $0, item: item) } }
            .filter { !$0.run.isEmpty }.sorted { $0.run.lowerBound < $1.run.lowerBound }
        for (left, right) in zip(runs, runs.dropFirst()) where left.run.overlaps(right.run) {
            throw damaged("\(left.item.entry.info.name) and \(right.item.entry.info.name) share bytes")
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
        _ section: Section, _ parent: borrowing HDF5Handle, link: String, path: String, depth: Int
    ) throws {
        visited += 1
        guard depth < Self.maximumDepth, visited < Self.maximumItemCount else {
            throw damaged("\(path): groups are nested too deeply, or there are too many")
        }
        guard HDF5.hasLink(parent, link) else { throw damaged("\(path) is not a hard link") }
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

    private mutating func take(_ section: Section, _ set: borrowing HDF5Handle, _ path: String) throws {
        var place = r1_h5_data_set()
        var sizes = [hsize_t](repeating: 0, count: Int(R1_H5_MAX_RANK))
        var chunkSizes = sizes
        guard unsafe r1_h5_describe(set.id, &place, &sizes, &chunkSizes) >= 0 else {
            throw HDF5.problem(file, "describe \(path)")
        }
        guard let dtype = DType.allCases.first(where: { $0.hdf5Code == place.type }) else {
            throw CheckpointError.unsupported(
                file: file, problem: "\(path) has an element type the format lacks")
        }
        let shape = sizes.prefix(Int(place.rank)).map { Int(clamping: $0) }
        guard let length = TensorInfo.checkedByteCount(dtype, shape) else {
            throw damaged("\(path) declares the impossible shape \(shape)")
        }
        let name = try HDF5.string(set, "name", file: file)
        guard try HDF5.path(section, name, file: file) == path else {
            throw damaged("\(path) is named '\(name)', which belongs elsewhere")
        }
        let info = TensorInfo(name: name, dtype: dtype, shape: shape)
        let grid = layout == .compressed ? ChunkGrid(info) : nil
        guard let grid else {
            try keep(section, set, info, runs: [run(place, length, path)], grid: nil)
            return
        }
        guard section.isTree || length <= SafetensorsDirectory.maximumSideFileByteCount else {
            throw damaged("\(path) declares \(byteText(length)), too much for a file")
        }
        guard chunkSizes.prefix(shape.count).elementsEqual(grid.chunkShape.map { hsize_t($0) }) else {
            throw damaged("\(path) is not cut into chunks of shape \(grid.chunkShape)")
        }
        try keep(section, set, info, runs: chunks(set, place, grid, path), grid: grid)
    }

    private mutating func keep(
        _ section: Section, _ set: borrowing HDF5Handle, _ info: TensorInfo, runs: [Range<Int>],
        grid: ChunkGrid?
    ) throws {
        var item = HDF5Item(
            entry: ManifestEntry(
                section: section, info: info, sha256: try HDF5.string(set, "sha256", file: file)),
            order: try HDF5.integer(set, "order", file: file), runs: runs, grid: grid)
        if isDelta {
            guard section != .training && section != .state else {
                throw damaged("\(info.name) is training state, which a delta does not have")
            }
            let against = try HDF5.string(set, "against", file: file)
            guard against == "nothing" || against == "base" && grid != nil else {
                throw damaged("\(info.name) is a difference from '\(against)', which is unknown")
            }
            item.isAgainstBase = against == "base"
            item.storedHash = try HDF5.string(set, "stored_sha256", file: file)
            guard item.isAgainstBase || !runs.contains(where: \.isEmpty) || info.byteCount == 0 else {
                throw damaged("\(info.name) lacks chunks")
            }
        }
        found[section, default: []].append(item)
    }

    /// Where the bytes of a contiguous data set are.
    private func run(_ place: r1_h5_data_set, _ length: Int, _ path: String) throws -> Range<Int> {
        guard place.plain != 0, length == 0 || place.stored == length else {
            throw damaged("\(path) is not one plain run of bytes")
        }
        guard length > 0 else { return 0..<0 }
        return try inside(place.offset, place.stored, path)
    }

    /// A range of bytes that a file declares; throws when it is outside the file.
    private func inside(_ offset: UInt64, _ length: UInt64, _ path: String) throws -> Range<Int> {
        guard offset <= UInt64(byteCount), length <= UInt64(byteCount) - offset else {
            throw damaged("\(path) is outside the file of \(byteCount) bytes")
        }
        return Int(offset)..<Int(offset + length)
    }

    /// Where the chunks of a data set are, by their numbers in the grid.
    ///
    /// Number and sizes are checked against zstd's limits before memory of the declared size is allocated.
    private func chunks(
        _ set: borrowing HDF5Handle, _ place: r1_h5_data_set, _ grid: ChunkGrid, _ path: String
    ) throws -> [Range<Int>] {
        guard place.chunked != 0, place.filters.0 == Int32(H5Z_FILTER_SHUFFLE),
            place.filters.1 == Int32(R1_FILTER_ZSTD)
        else { throw damaged("\(path) is not in chunks with the filters shuffle and zstd") }
        guard grid.count <= Self.maximumChunkCount else {
            throw CheckpointError.unsupported(
                file: file,
                problem: "\(path) has \(grid.count) chunks; the limit is \(Self.maximumChunkCount)")
        }
        let count = Int(r1_h5_chunk_count(set.id))
        guard place.stored <= UInt64(byteCount),
            isDelta ? (0...grid.count).contains(count) : count == grid.count
        else {
            throw damaged("\(path) does not have the \(grid.count) chunks of its shape")
        }
        var runs = [Range<Int>?](repeating: nil, count: grid.count)
        let sizes =
            (grid.byteCount - 1) / ChunkDecompressor.largestRatio
            + 1...ChunkDecompressor.largestStoredByteCount(grid.byteCount)
        for index in 0..<count {
            var chunk = r1_h5_chunk()
            guard unsafe r1_h5_find_chunk(set.id, UInt64(index), &chunk) >= 0 else {
                throw HDF5.problem(file, "find chunk \(index) of \(path)")
            }
            let origin = unsafe withUnsafeBytes(of: &chunk.origin) { bytes in
                unsafe Array(bytes.bindMemory(to: hsize_t.self).prefix(grid.chunkShape.count))
            }
            guard let number = grid.number(at: origin.map { UInt64($0) }), runs[number] == nil,
                chunk.skipped == 0, sizes.contains(Int(clamping: chunk.stored))
            else { throw damaged("\(path): chunk \(index) has no sound description") }
            runs[number] = try inside(chunk.offset, chunk.stored, path)
        }
        return runs.map { $0 ?? 0..<0 }
    }
}
