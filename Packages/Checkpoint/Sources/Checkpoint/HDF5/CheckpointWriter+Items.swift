// Writes a whole model to an HDF5 file. The layout is known in advance, so a killed run can be resumed.
internal import Basics
internal import CHDF5
import Foundation

extension CheckpointWriter {
    /// Stores all items except those that a killed run already stored.
    func store(_ items: [StoredItem], _ expectedByteCount: Int, _ progress: inout ProgressCount) throws {
        if layout == .mapped {
            try fill(items, expectedByteCount, &progress)
        } else {
            try append(items, &progress)
        }
    }

    // MARK: - Compressed: chunks of a killed run are copied into the new file

    private func append(_ items: [StoredItem], _ progress: inout ProgressCount) throws {
        let leftover = try partial.leftover.map { (file: try MappedFile($0.path), entries: $0.entries) }
        for item in items {
            progress.begin(item.info)
            if let leftover, item.isTensor, let entry = leftover.entries.first(where: item.isIn),
                try copy(item, entry, from: leftover.file)
            {
                progress.reused()
                continue
            }
            try partial.journal?.add(store(item.section, item.info, item.source))
        }
    }

    /// Copies the chunks of a killed run; false when they do not match its journal.
    private func copy(_ item: StoredItem, _ entry: WritingJournal.Entry, from file: MappedFile) throws -> Bool
    {
        guard let chunkWriter, let grid = grid(of: item.info), entry.runs.count == grid.count,
            entry.runs.allSatisfy({ $0.upperBound <= file.byteCount })
        else { return false }
        let isDifference = try base?.source(item.section, item.info) != nil
        guard isDifference || !entry.runs.contains(where: { $0.isEmpty }) else { return false }
        let stored = HDF5Item(
            entry: ManifestEntry(section: item.section, info: item.info, sha256: entry.sha256), order: 0,
            runs: entry.runs, grid: grid)
        do {
            guard
                isDifference
                    ? try stored.currentStoredHash(in: file) == entry.storedHash
                    : try stored.currentHash(in: file) == entry.sha256
            else { return false }
        } catch CheckpointError.damaged { return false }
        let set = try create(item.section, item.info)
        let runs = try attempting {
            try entry.runs.enumerated().map { number, run in
                unsafe try file.withBytes(in: run) {
                    unsafe try chunkWriter.store($0, at: grid.origin(number), in: set.id)
                }
            }
        }
        let copied = WritingJournal.Entry(
            section: entry.section, name: entry.name, sha256: entry.sha256, storedHash: entry.storedHash,
            runs: runs)
        try finish(item.section, item.info, copied, set: set.id)
        try partial.journal?.add(copied)
        return true
    }

    // MARK: - Mapped: all data sets are created first, and their bytes are written without the library

    private func fill(
        _ items: [StoredItem], _ expectedByteCount: Int, _ progress: inout ProgressCount
    ) throws {
        let places = try layOut(items)
        let done = try resume(items, places)
        try partial.reserve(expectedByteCount)
        let descriptor = unsafe Foundation.open(partial.path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw refused(message: systemReason()) }
        defer { close(descriptor) }
        var entries: [WritingJournal.Entry] = []
        for (number, item) in items.enumerated() {
            progress.begin(item.info)
            try noteFamily(item.section, item.info, item.source)
            let hash: String
            if let known = done[number] {
                hash = known
                progress.reused()
            } else {
                hash = try attempting {
                    try writeHashed(item.source, item.info, to: descriptor, at: places[number].lowerBound)
                }
            }
            entries.append(
                WritingJournal.Entry(
                    section: item.section.rawValue, name: item.info.name, sha256: hash, storedHash: hash,
                    runs: [places[number]]))
            try partial.journal?.add(entries[number])
        }
        let id = try openPartial(isNew: false)
        for (item, entry) in zip(items, entries) {
            let location = try HDF5.path(item.section, item.info.name, file: path)
            guard let set = unsafe HDF5Handle(r1_h5_open_data_set(id, location), close: H5Dclose) else {
                throw refused("\(item.info.name): ")
            }
            try finish(item.section, item.info, entry, set: set.id)
        }
    }

    /// Creates all data sets with placeholder hashes, closes the file, and returns where their bytes belong.
    private func layOut(_ items: [StoredItem]) throws -> [Range<Int>] {
        let places = try items.map { item in
            let set = try create(item.section, item.info)
            try write("sha256", String(repeating: "0", count: 64), on: set.id)
            guard item.info.byteCount > 0 else { return 0..<0 }
            let offset = H5Dget_offset(set.id)
            guard offset <= UInt64(Int.max - item.info.byteCount) else {
                throw refused("\(item.info.name): ")
            }
            return Int(offset)..<Int(offset) + item.info.byteCount
        }
        try closeFile()
        return places
    }

    /// Resumes a killed run and returns the hashes of the items that are sound in its file, by their numbers.
    ///
    /// The same items are at the same offsets in both files. So only the rest, which the library wrote, is
    /// copied from the new file into the old one, where it may be half-written.
    private func resume(_ items: [StoredItem], _ places: [Range<Int>]) throws -> [Int: String] {
        guard let leftover = partial.leftover else { return [:] }
        let old = try MappedFile(leftover.path)
        let hashes = try parallelMap(items.count) { number -> String? in
            guard items[number].isTensor, let entry = leftover.entries.first(where: items[number].isIn),
                entry.runs == [places[number]], places[number].upperBound <= old.byteCount,
                try old.sha256(of: places[number]) == entry.sha256
            else { return nil }
            return entry.sha256
        }
        guard hashes.contains(where: { $0 != nil }) else {
            try partial.dropLeftover()
            return [:]
        }
        let new = try MappedFile(partial.path)
        let descriptor = unsafe Foundation.open(leftover.path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0, ftruncate(descriptor, off_t(new.byteCount)) == 0 else {
            throw refused(message: systemReason())
        }
        defer { close(descriptor) }
        var end = 0
        for place in places.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound })
            + [new.byteCount..<new.byteCount]
        {
            try attempting {
                unsafe try new.withBytes(in: end..<place.lowerBound) {
                    unsafe try writeAll($0, to: descriptor, at: end)
                }
            }
            end = place.upperBound
        }
        try partial.adoptLeftover()
        return Dictionary(
            uniqueKeysWithValues: hashes.enumerated().compactMap { number, hash in hash.map { (number, $0) } }
        )
    }
}
