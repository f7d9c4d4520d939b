// What the path of a file says: the name of the set, its shards and its split.
internal import Foundation
internal import TrainingData

/// Names that files give to sets.
enum SetName {
    /// The name of a file without folders and ending.
    static func stem(of path: String) -> String {
        var name = path.split(separator: "/").last.map(String.init) ?? path
        for ending in [".gz", ".zst", ".tsv", ".csv", ".parquet", ".jsonl", ".json"]
        where name.lowercased().hasSuffix(ending) {
            name = String(name.dropLast(ending.count))
        }
        return name
    }

    /// The name of a set: that of its file, folder or split, with the benchmark's before it unless it has it already.
    static func set(of input: String, files: [String], _ benchmark: Benchmark) -> String {
        var isFolder: ObjCBool = false
        var name = files.first.map { shard(of: $0)?.split ?? stem(of: $0) } ?? input
        if name.hasSuffix("_local") { name = String(name.dropLast("_local".count)) }
        if files.count != 1, !files.contains(where: { shard(of: $0) != nil }),
            FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue
        {
            name = URL(fileURLWithPath: input).standardizedFileURL.lastPathComponent
        }
        let isNamed = benchmark == .custom || Benchmark(namedIn: name) == benchmark
        return isNamed ? name : "\(benchmark.title)_\(name)"
    }

    /// What the name of a shard says: `validation-00003-of-00030.parquet`.
    static func shard(of path: String) -> (split: String, number: Int, count: Int)? {
        guard let match = stem(of: path).firstMatch(of: /^(.+)-([0-9]{5})-of-([0-9]{5})/),
            let number = Int(match.2), let count = Int(match.3)
        else { return nil }
        return (String(match.1), number, count)
    }

    /// The files of one split, in order.
    ///
    /// Throws ``SampleError`` when there are several splits and none is named, and when shards are missing.
    static func files(_ input: String, split: String?) throws -> [String] {
        var files = try RowFiles.find([input])
        let splits = Set(files.map { shard(of: $0)?.split ?? stem(of: $0) })
        if let split {
            files = files.filter { (shard(of: $0)?.split ?? stem(of: $0)) == split }
            guard !files.isEmpty else {
                throw SampleError.unreadable(
                    file: input,
                    reason: "it has no split \"\(split)\"; it has \(splits.sorted().joined(separator: ", "))")
            }
        } else if splits.count > 1, files.contains(where: { shard(of: $0) != nil }) {
            throw SampleError.unreadable(
                file: input,
                reason: "it has the splits \(splits.sorted().joined(separator: ", ")); name the one to read")
        }
        try checkShards(files, input)
        return files
    }

    /// A set with a shard missing would give another score.
    private static func checkShards(_ files: [String], _ input: String) throws {
        guard files.count > 1 else { return }
        var groups: [String: (numbers: Set<Int>, count: Int)] = [:]
        for file in files {
            guard let shard = shard(of: file) else { continue }
            let key = "\(URL(fileURLWithPath: file).deletingLastPathComponent().path)/\(shard.split)"
            groups[key, default: ([], shard.count)].numbers.insert(shard.number)
        }
        for (key, group) in groups.sorted(by: { $0.key < $1.key }) {
            if let missing = (0..<group.count).first(where: { !group.numbers.contains($0) }) {
                throw SampleError.unreadable(
                    file: input,
                    reason: "of the \(group.count) shards of \(key), number \(missing) (from 0) is not there")
            }
        }
    }
}
