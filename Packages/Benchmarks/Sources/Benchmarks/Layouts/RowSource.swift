// A row as it was found in a file, with what its layout asks of it: texts, lists, letters, pictures.
internal import Foundation
internal import StrictJSON
internal import TrainingData

/// A row and its file.
struct RowSource {
    let members: JSONObject
    let place: RowPlace
    let form: FileForm
    /// The name of the set.
    let set: String
    /// The number of the row in the set, from 0.
    let number: Int
    /// The number of the row in its file, from 0.
    let numberInFile: Int
    var options: BenchmarkOptions

    // MARK: - Texts

    /// The value of a key; nil when it is missing, `null`, an empty text or a record of nothing.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key], !value.isNull, value != .string("") else { return nil }
        if let record = value.members, record.values.allSatisfy(\.isNull) { return nil }
        return value
    }

    /// A text, or a number as text; nil when the key is missing, `null` or empty.
    ///
    /// Throws ``SampleError`` for a value of another kind.
    func text(_ key: String) throws(SampleError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.plainText else { throw place.fault(key, expected: "a text", found: value) }
        return text
    }

    /// The text of the first of several keys that has one; throws ``SampleError``.
    func text(anyOf keys: [String]) throws(SampleError) -> String? {
        for key in keys { if let text = try text(key) { return text } }
        return nil
    }

    /// A text that must be there; throws ``SampleError``.
    func needed(_ key: String) throws(SampleError) -> String {
        guard let text = try text(key) else {
            throw place.fault(key, expected: "a text", found: members[key])
        }
        return text
    }

    /// A text that writers of Parquet files make of a missing cell of pandas: `nan` is missing, too.
    func textWithoutNan(_ key: String) throws(SampleError) -> String? {
        let text = try text(key)
        return text == "nan" ? nil : text
    }

    /// A list of texts: a list, or a text that holds a Python list; nil when the key is missing.
    ///
    /// Throws ``SampleError``.
    func list(_ key: String) throws(SampleError) -> [String]? {
        guard let value = value(key) else { return nil }
        if let elements = value.elements {
            let texts = elements.compactMap(\.plainText)
            guard texts.count == elements.count else {
                throw place.fault(key, expected: "a list of texts", found: value)
            }
            return texts
        }
        guard let text = value.text, let list = PythonLiteral.list(text) else {
            throw place.fault(key, expected: "a list of texts such as ['a', 'b']", found: value)
        }
        return list
    }

    // MARK: - Options and golds

    /// The texts of the columns A to Z up to the last that has one.
    ///
    /// Throws ``SampleError``.
    func optionColumns(nanIsMissing: Bool = false) throws(SampleError) -> [String?] {
        var options: [String?] = []
        for index in 0..<26 {
            let key = letter(index)
            let text = nanIsMissing ? try textWithoutNan(key) : try text(key)
            if let text {
                options += [String?](repeating: nil, count: index - options.count)
                options.append(text)
            }
        }
        return options
    }

    /// Options from a list; at most 26, one for each letter.
    ///
    /// Throws ``SampleError``.
    func options(_ key: String) throws(SampleError) -> [String?] {
        let texts = try list(key) ?? []
        guard texts.count <= 26 else {
            throw place.fault(key, expected: "at most 26 options", found: "\(texts.count)")
        }
        return texts
    }

    /// The place of the option that a letter names; nil for a hidden gold.
    ///
    /// Throws ``SampleError`` for anything but the letter of an option with a text. As pandas reads a table, the right
    /// option may be missing.
    func goldIndex(_ key: String, of options: [String?]) throws(SampleError) -> Int? {
        guard let text = try text(key)?.trimmingSpace(), !text.isEmpty else { return nil }
        if text.utf8.count == 1, let byte = text.utf8.first, byte >= UInt8(ascii: "A") {
            let index = Int(byte - UInt8(ascii: "A"))
            if options.indices.contains(index), options[index] != nil { return index }
            if self.options.pandasMissing, index < 26 { return index }
        }
        let letters = options.indices.filter { options[$0] != nil }.map(letter).joined(separator: ", ")
        throw place.fault(key, expected: "the letter of an option (\(letters))", found: members[key])
    }

    // MARK: - The row

    /// A row with the keys that all benchmarks share.
    func row(_ benchmark: Benchmark, id: String?, question: String, options: [String?] = []) -> BenchmarkRow {
        BenchmarkRow(
            id: id ?? "\(number)", benchmark: benchmark, set: set, question: question, options: options,
            place: place)
    }

    /// Sets the gold of a choice that is answered by a letter.
    ///
    /// Throws ``SampleError``.
    func setLetterGold(_ row: inout BenchmarkRow, from key: String = "answer") throws(SampleError) {
        row.goldIndex = try goldIndex(key, of: row.options)
        row.gold = row.goldLetter.map(BenchmarkGold.text) ?? .hidden
    }
}

extension BenchmarkRow {
    /// Adds a category; an axis without a name is left out.
    mutating func add(_ axis: String, _ name: String?) {
        if let name { add(axis, [name]) }
    }

    /// Adds categories; an axis without names is left out.
    mutating func add(_ axis: String, _ names: [String]) {
        if !names.isEmpty { categories.append(RowCategory(axis: axis, names: names)) }
    }
}
