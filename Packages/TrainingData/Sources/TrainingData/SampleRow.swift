// One row: each known key is read with its kind checked, then the keys are checked against one another.
import Foundation
import StrictJSON
import Tokenizer

/// The members of one row, read with errors that name file, line and key.
struct SampleRow {
    let file: String
    let line: Int
    let members: [String: JSONValue]

    static let knownKeys: Set<String> = [
        "id", "task", "source", "license", "messages", "images", "videos", "solution", "objects", "options",
        "rationale",
    ]

    func sample(imageFolder: String, requireSolution: Bool) throws(SampleError) -> Sample {
        var sample = Sample(
            id: try id(), task: try task(isRequired: requireSolution), source: try text("source") ?? "",
            license: try text("license"), messages: try messages(), images: try paths("images"),
            videos: try paths("videos"), imageFolder: imageFolder, options: try options(),
            rationale: try text("rationale"), line: line, file: file)
        sample.videoRates = try videoRates()
        sample.extra = members.filter { !Self.knownKeys.contains($0.key) }
        try readObjects(into: &sample)
        sample.solutions = try solutions(for: sample.task, isRequired: requireSolution)
        try checkMarkers(of: sample)
        return sample
    }

    func fault(_ key: String, expected: String, found: String) -> SampleError {
        .wrongValue(file: file, line: line, key: key, expected: expected, found: found)
    }

    func fault(_ key: String, expected: String, found: JSONValue?) -> SampleError {
        fault(key, expected: expected, found: found?.summary ?? "nothing")
    }

    // MARK: - Plain keys

    /// The value of a key; `null` counts as absent.
    private func value(_ key: String) -> JSONValue? {
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    private func text(_ key: String) throws(SampleError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else { throw fault(key, expected: "a text", found: value) }
        return text
    }

    private func id() throws(SampleError) -> String {
        switch value("id") {
        case nil: return "\(URL(fileURLWithPath: file).lastPathComponent):\(line)"
        case .integer(let number): return "\(number)"
        case .string(let text) where !text.isEmpty: return text
        case let other:
            throw fault("id", expected: "a text that is not empty, or a whole number", found: other)
        }
    }

    private func task(isRequired: Bool) throws(SampleError) -> Sample.Task {
        let name = try text("task")
        if let name, !name.isEmpty { return Sample.Task(rawValue: name) }
        guard !isRequired, name == nil else {
            let expected = "yorn, mcq, chart, grounding, open or the name of a custom reward"
            throw fault("task", expected: expected, found: value("task"))
        }
        return .open
    }

    /// A list of paths; a single path needs no list, and `{"path": ...}` is read as its path.
    private func paths(_ key: String) throws(SampleError) -> [String] {
        guard let value = value(key) else { return [] }
        var paths: [String] = []
        for (index, element) in (value.elements ?? [value]).enumerated() {
            guard let path = element.text ?? element.members?["path"]?.text, !path.isEmpty else {
                let name = value.elements == nil ? key : "\(key)[\(index)]"
                throw fault(name, expected: "a path or a data: URI", found: element)
            }
            paths.append(path)
        }
        return paths
    }

    /// The rates of `{"path": ..., "fps": ...}` among the videos.
    private func videoRates() throws(SampleError) -> [Int: Double] {
        guard let value = value("videos") else { return [:] }
        var rates: [Int: Double] = [:]
        for (index, element) in (value.elements ?? [value]).enumerated() {
            guard let rate = element.members?["fps"], rate != .null else { continue }
            guard let number = rate.double, number > 0 else {
                throw fault("videos[\(index)].fps", expected: "a number above 0", found: rate)
            }
            rates[index] = number
        }
        return rates
    }

    private func texts(_ key: String, in value: JSONValue) throws(SampleError) -> [String] {
        guard let elements = value.elements else {
            throw fault(key, expected: "a list of texts", found: value)
        }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.text else {
                throw fault("\(key)[\(index)]", expected: "a text", found: element)
            }
            texts.append(text)
        }
        return texts
    }

    private func options() throws(SampleError) -> [String]? {
        guard let value = value("options") else { return nil }
        let options = try texts("options", in: value)
        guard (1...26).contains(options.count) else {
            throw fault("options", expected: "1 to 26 texts", found: value)
        }
        return options
    }

    // MARK: - Turns

    private func messages() throws(SampleError) -> [Sample.Message] {
        guard let elements = value("messages")?.elements, !elements.isEmpty else {
            throw fault("messages", expected: "a list of turns", found: members["messages"])
        }
        var messages: [Sample.Message] = []
        for (index, element) in elements.enumerated() {
            messages.append(try message(element, key: "messages[\(index)]", isFirst: index == 0))
        }
        guard messages.contains(where: { $0.role == .user }) else {
            throw fault("messages", expected: "at least one turn of the user", found: "none")
        }
        return messages
    }

    private func message(_ value: JSONValue, key: String, isFirst: Bool) throws(SampleError) -> Sample.Message
    {
        guard let turn = value.members else {
            throw fault(key, expected: "{\"role\": ..., \"content\": ...}", found: value)
        }
        guard let role = turn["role"]?.text.flatMap(ChatMessage.Role.init(rawValue:)) else {
            throw fault("\(key).role", expected: "system, user or assistant", found: turn["role"])
        }
        guard role != .system || isFirst else {
            throw fault("\(key).role", expected: "a system turn only at the start", found: turn["role"])
        }
        guard let text = turn["content"]?.text else {
            throw fault("\(key).content", expected: "a text", found: turn["content"])
        }
        return Sample.Message(role: role, text: text)
    }

    private func checkMarkers(of sample: Sample) throws(SampleError) {
        for (index, turn) in sample.messages.enumerated() where turn.role == .assistant {
            guard count(.image, in: turn.text) + count(.video, in: turn.text) == 0 else {
                throw fault(
                    "messages[\(index)].content", expected: "no marker in an assistant turn", found: "one")
            }
        }
        let images = sample.messages.reduce(0) { $0 + count(.image, in: $1.text) }
        guard images == sample.images.count else {
            throw fault(
                "images", expected: "\(images), one for each <image>", found: "\(sample.images.count)")
        }
        let videos = sample.messages.reduce(0) { $0 + count(.video, in: $1.text) }
        guard videos == sample.videos.count else {
            throw fault(
                "videos", expected: "\(videos), one for each <video>", found: "\(sample.videos.count)")
        }
    }

    // MARK: - Golds

    private func solutions(for task: Sample.Task, isRequired: Bool) throws(SampleError) -> [String] {
        guard let value = value("solution") else {
            guard !isRequired else {
                throw fault("solution", expected: "the gold text", found: members["solution"])
            }
            return []
        }
        // Four bare numbers, an object, or a list of lists or objects are boxes of one gold, not several golds.
        if task == .grounding, let edges = value.elements?.compactMap(\.double), edges.count == 4,
            value.elements?.count == 4
        {
            return ["[" + edges.map(plain).joined(separator: ", ") + "]"]
        }
        if task == .grounding, isBoxes(value) { return [try json(value)] }
        var golds: [String] = []
        for element in value.elements ?? [value] {
            guard let gold = gold(element), !gold.trimmingSpace().isEmpty else {
                throw fault(
                    "solution",
                    expected: "a text that is not empty, a number, true or false, or a list of these",
                    found: element)
            }
            golds.append(gold)
        }
        guard !golds.isEmpty else { throw fault("solution", expected: "at least one gold", found: value) }
        return golds
    }

    private func gold(_ value: JSONValue) -> String? {
        if case .bool(let isTrue) = value { return "\(isTrue)" }
        return value.text ?? value.double.map(plain)
    }

    private func isBoxes(_ value: JSONValue) -> Bool {
        guard let elements = value.elements else { return value.members != nil }
        let nested = elements.filter { $0.elements != nil || $0.members != nil }
        return !nested.isEmpty && nested.count == elements.count
    }

    private func json(_ value: JSONValue) throws(SampleError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw fault("solution", expected: "boxes", found: "\(error)")
        }
    }

    // MARK: - Boxes

    private func readObjects(into sample: inout Sample) throws(SampleError) {
        guard let value = value("objects") else { return }
        guard let objects = value.members else { throw fault("objects", expected: "an object", found: value) }
        for (key, value) in objects where !["ref", "bbox", "bbox_type"].contains(key) {
            sample.extra["objects.\(key)"] = value
        }
        if let references = objects["ref"], references != .null {
            sample.references = try texts("objects.ref", in: references)
        }
        if let type = objects["bbox_type"], type != .null {
            guard let known = type.text.flatMap(BoxType.init(rawValue:)) else {
                throw fault("objects.bbox_type", expected: "real, norm1 or norm1000", found: type)
            }
            sample.boxType = known
        }
        guard let list = objects["bbox"], list != .null else { return }
        guard let elements = list.elements else {
            throw fault("objects.bbox", expected: "a list of boxes", found: list)
        }
        var boxes: [Box] = []
        for (index, element) in elements.enumerated() {
            boxes.append(try box(element, key: "objects.bbox[\(index)]", type: sample.boxType))
        }
        sample.boxes = boxes
    }

    private func box(_ value: JSONValue, key: String, type: BoxType) throws(SampleError) -> Box {
        let edges = value.elements?.compactMap(\.double) ?? []
        guard edges.count == 4, value.elements?.count == 4 else {
            throw fault(key, expected: "four numbers [x1, y1, x2, y2]", found: value)
        }
        let box = Box(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
        guard box.isWellFormed else { throw fault(key, expected: "x2 > x1 and y2 > y1", found: "\(edges)") }
        if let limit = type.limit {
            guard edges.allSatisfy({ (0...limit).contains($0) }) else {
                throw fault(key, expected: "\(type.rawValue): 0 to \(plain(limit))", found: "\(edges)")
            }
        }
        return box
    }
}

/// A number as a person writes it: without ".0" when it is whole.
func plain(_ value: Double) -> String {
    value.rounded() == value && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
}
