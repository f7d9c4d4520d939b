// The files that an input names: a file, a folder, or a pattern such as data/*.parquet.
internal import Foundation

/// Finds the files of inputs.
public enum RowFiles {
    /// Endings of names by which files in a folder are found; the first group that is there is read.
    private static let endings: [[String]] = [
        ["parquet"], ["tar", "tar.gz"],
        ["jsonl", "json", "tsv", "csv", "jsonl.gz", "jsonl.zst", "json.gz", "tsv.gz"],
    ]

    /// The most files and folders that are looked at below a folder.
    private static let mostEntries = 200_000

    /// The files of inputs, in the order of the inputs and, within a folder or pattern, of their paths.
    ///
    /// Throws ``SampleError`` for an input without files.
    public static func find(_ inputs: [String]) throws -> [String] {
        var files: [String] = []
        for input in inputs {
            var isFolder: ObjCBool = false
            if input == "-" {
                files.append(input)
            } else if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) {
                files += isFolder.boolValue ? try filesOfFolder(input) : [input]
            } else if input.contains(where: { "*?[".contains($0) }) {
                files += try matches(input)
            } else {
                throw SampleError.unreadable(file: input, reason: "no such file")
            }
        }
        return files
    }

    private static func filesOfFolder(_ folder: String) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw SampleError.unreadable(file: folder, reason: "the folder cannot be read")
        }
        var (names, count): ([String], Int) = ([], 0)
        for case let name as String in walk {
            count += 1
            guard count <= mostEntries else {
                throw SampleError.unreadable(
                    file: folder,
                    reason:
                        "the folder has more than \(mostEntries) files and folders; name the file, or a pattern in quotes"
                )
            }
            if !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) { names.append(name) }
        }
        for group in endings {
            let found = names.filter { name in group.contains { name.lowercased().hasSuffix(".\($0)") } }
            if !found.isEmpty {
                return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { "\(folder)/\($0)" }
            }
        }
        let all = endings.joined().map { ".\($0)" }.joined(separator: ", ")
        throw SampleError.unreadable(file: folder, reason: "the folder has no file of rows (\(all))")
    }

    private static func matches(_ pattern: String) throws -> [String] {
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0 else {
            throw SampleError.unreadable(file: pattern, reason: "no file matches the pattern")
        }
        return (0..<Int(result.gl_pathc)).compactMap { index in
            result.gl_pathv[index].map { String(cString: $0) }
        }
    }
}
