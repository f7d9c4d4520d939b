// Where the pictures of a row are: in its cells, in a struct of Parquet, or in files beside the table.
internal import Basics
internal import Foundation
internal import StrictJSON
internal import TrainingData

extension RowSource {
    /// The pictures under keys, the first key that has some.
    ///
    /// - Parameters:
    ///   - keys: Keys in the order in which they are looked at.
    ///   - folders: Folders beside the file in which a file may be, after the file's own folder.
    /// - Returns: The pictures; none where the options leave them out.
    /// - Throws: ``SampleError`` for a row without a picture or with one that is not there, as the options ask.
    func pictures(_ keys: [String], in folders: [String] = ["images"]) throws(SampleError)
        -> [BenchmarkPicture]
    {
        guard options.pictures != .none else { return [] }
        for key in keys {
            let found = try pictures(under: key, in: folders)
            if !found.isEmpty { return found }
        }
        guard options.pictures == .optional else {
            throw place.fault(
                keys.first ?? "image", expected: "a picture in \(keys.joined(separator: " or "))", found: nil)
        }
        return []
    }

    /// The pictures of VLMEvalKit's columns `image` and `image_path`; the second is only a name when the first is there.
    ///
    /// Throws ``SampleError``.
    func tablePictures() throws(SampleError) -> [BenchmarkPicture] {
        try pictures(["image", "image_path"], in: tableFolders)
    }

    /// VLMEvalKit unpacks `NAME.tsv` into `images/NAME/` and writes `NAME_local.tsv`.
    private var tableFolders: [String] {
        let stem = SetName.stem(of: place.file)
        var name = stem.hasSuffix("_local") ? String(stem.dropLast("_local".count)) : stem
        var folders = ["images/\(name)"]
        // MMBench's languages and splits share the pictures of one folder.
        if name.hasPrefix("MMBench") {
            name = name.hasSuffix("_V11") ? "MMBench_V11" : "MMBench"
            folders.append("images/\(name)")
        }
        return folders
    }

    /// The pictures under one key: one, a list, or the text of a Python list.
    private func pictures(under key: String, in folders: [String]) throws(SampleError) -> [BenchmarkPicture] {
        guard let value = value(key) else { return [] }
        var elements = value.elements ?? [value]
        if let text = value.text, text.hasPrefix("["), text.utf8.last == UInt8(ascii: "]") {
            guard let list = PythonLiteral.list(text) else {
                throw place.fault(key, expected: "a Python list of pictures", found: value)
            }
            elements = list.map(JSONValue.string)
        }
        var pictures: [BenchmarkPicture] = []
        for element in elements where !element.isNull {
            pictures.append(try picture(element, key: key, in: folders))
        }
        return pictures
    }

    private func picture(
        _ value: JSONValue, key: String, in folders: [String]
    ) throws(SampleError) -> BenchmarkPicture {
        // A picture of Hugging Face's datasets is a record of bytes and path.
        let inner =
            value.members.flatMap { record in
                [record["bytes"], record["path"]].compactMap(\.self).first { !$0.isNull }
            } ?? value
        guard let text = inner.text, !text.isEmpty else {
            throw place.fault(key, expected: "a picture: base64, bytes or a path", found: value)
        }
        // Longer cells of VLMEvalKit's tables are never paths.
        if form == .table, key == "image", text.utf8.count > 64 { return .embedded(text) }
        guard case .file(let written) = BenchmarkPicture(text, path: { $0 }) else {
            return BenchmarkPicture(text, path: { $0 })
        }
        return .file(try found(written, key: key, in: folders))
    }

    /// The path of a file that a row names.
    private func found(_ path: String, key: String, in folders: [String]) throws(SampleError) -> String {
        if path.contains("://") {
            throw place.fault(
                key, expected: "a file (pictures on the web are not fetched: download it and give its path)",
                found: "the address \(path.prefix(80))")
        }
        let home = URL(fileURLWithPath: place.file).deletingLastPathComponent().path
        var candidates = path.hasPrefix("/") ? [path] : ["\(home)/\(path)"]
        let name = path.split(separator: "/").last.map(String.init) ?? path
        for folder in folders {
            if !path.hasPrefix("/") { candidates.append("\(home)/\(folder)/\(path)") }
            if name != path || path.hasPrefix("/") { candidates.append("\(home)/\(folder)/\(name)") }
        }
        for candidate in candidates where (try? requireRegularFile(candidate)) != nil { return candidate }
        guard options.pictures == .required else { return candidates[0] }
        throw .missingImage(
            location: "\(place.file):\(place.line)", path: path,
            reason: "no such file; looked for \(candidates.joined(separator: ", "))")
    }
}
