// One record: each known key is read with its kind checked, then the keys are checked against one another.
import Foundation
import StrictJSON
import Tokenizer

/// The members of one row, read with errors that name file, line and key.
struct SampleRow {
    let file: String
    let line: Int
    let members: JSONObject
    /// The turns where they are not among the members.
    let turns: [Sample.Message]?
    private let present: RecordKeys.Present

    init(_ row: ConvertedRow, at place: RowPlace) {
        (file, line, members, turns) = (place.file, place.line, row.fields, row.turns)
        present = RecordKeys.Present(members)
    }

    func sample(imageFolder: String, _ options: RowOptions) throws(SampleError) -> Sample {
        var sample = Sample(
            id: try id(), task: .open, source: try text(.source) ?? "",
            license: try text(.license), messages: try messages(), images: try paths(.images),
            videos: try paths(.videos), imageFolder: imageFolder, options: try self.options(),
            rationale: try text(.rationale), line: line, file: file)
        sample.videoRates = try videoRates()
        if options.keepsExtra { sample.extra = members.filter { !RecordKeys.has($0.key) } }
        try readObjects(into: &sample)
        try readGold(into: &sample, options)
        try checkMarkers(of: sample.messages, images: sample.images.count, videos: sample.videos.count)
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
    private func value(_ key: RecordKey) -> JSONValue? {
        guard let value = present.value(key, in: members), !value.isNull else { return nil }
        return value
    }

    private func text(_ key: RecordKey) throws(SampleError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else { throw fault(key.name, expected: "a text", found: value) }
        return text
    }

    private func id() throws(SampleError) -> String {
        switch value(.id) {
        case nil:
            return
                "\(file.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(file[$0...].dropFirst()) } ?? file):\(line)"
        case .integer(let number): return "\(number)"
        case .string(let text) where !text.isEmpty: return text
        case let other:
            throw fault("id", expected: "a text that is not empty, or a whole number", found: other)
        }
    }

    private func task() throws(SampleError) -> Sample.Task? {
        guard let name = try text(.task) else { return nil }
        guard !name.isEmpty else {
            let expected = "yorn, mcq, chart, math, grounding, open or the name of a custom reward"
            throw fault("task", expected: expected, found: value(.task))
        }
        return Sample.Task(rawValue: name)
    }

    /// A list of paths; a single path needs no list, and `{"path": ...}` is read as its path.
    private func paths(_ key: RecordKey) throws(SampleError) -> [String] {
        guard let value = value(key) else { return [] }
        var paths: [String] = []
        for (index, element) in (value.elements ?? [value]).enumerated() {
            guard let path = element.text ?? element.members?["path"]?.text, !path.isEmpty else {
                let name = value.elements == nil ? key.name : "\(key.name)[\(index)]"
                throw fault(name, expected: "a path or a data: URI", found: element)
            }
            paths.append(path)
        }
        return paths
    }

    /// The rates of `{"path": ..., "fps": ...}` among the videos.
    private func videoRates() throws(SampleError) -> [Int: Double] {
        guard let value = value(.videos) else { return [:] }
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
        guard let value = value(.options) else { return nil }
        let options = try texts("options", in: value)
        guard (1...26).contains(options.count) else {
            throw fault("options", expected: "1 to 26 texts", found: value)
        }
        return options
    }

    // MARK: - Turns

    private func messages() throws(SampleError) -> [Sample.Message] {
        let messages = if let turns { turns } else { try readTurns() }
        guard !messages.isEmpty else {
            throw fault("messages", expected: "a list of turns", found: "a list of 0")
        }
        if let late = messages.dropFirst().firstIndex(where: { $0.role == .system }) {
            throw lateSystemTurn("messages[\(late)]", .string("system"))
        }
        guard messages.contains(where: { $0.role == .user }) else {
            throw fault("messages", expected: "at least one turn of the user", found: "none")
        }
        return messages
    }

    private func readTurns() throws(SampleError) -> [Sample.Message] {
        guard let elements = value(.messages)?.elements else {
            throw fault("messages", expected: "a list of turns", found: members["messages"])
        }
        var messages: [Sample.Message] = []
        for (index, element) in elements.enumerated() {
            messages.append(try message(element, key: "messages[\(index)]", isFirst: index == 0))
        }
        return messages
    }

    private func message(
        _ value: JSONValue, key: @autoclosure () -> String, isFirst: Bool
    ) throws(SampleError) -> Sample.Message {
        guard let turn = value.members else {
            throw fault(key(), expected: "{\"role\": ..., \"content\": ...}", found: value)
        }
        guard let role = turn["role"]?.text.flatMap(ChatMessage.Role.init(rawValue:)) else {
            throw fault("\(key()).role", expected: "system, user or assistant", found: turn["role"])
        }
        guard role != .system || isFirst else {
            throw lateSystemTurn(key(), turn["role"])
        }
        guard let text = turn["content"]?.text else {
            throw fault("\(key()).content", expected: "a text", found: turn["content"])
        }
        return Sample.Message(role: role, text: text)
    }

    private func lateSystemTurn(_ turn: String, _ role: JSONValue?) -> SampleError {
        fault("\(turn).role", expected: "a system turn only at the start: move it there", found: role)
    }

    /// An assistant's turn has no markers: what looks like one is text.
    private func checkMarkers(
        of turns: [Sample.Message], images imageCount: Int, videos videoCount: Int
    ) throws(SampleError) {
        var (images, videos) = (0, 0)
        for turn in turns where turn.role != .assistant {
            let count = MarkerCount(turn.text)
            images += count.images
            videos += count.videos
        }
        guard images == imageCount else {
            throw fault("images", expected: expectation(images, "<image>"), found: "\(imageCount)")
        }
        guard videos == videoCount else {
            throw fault("videos", expected: expectation(videos, "<video>"), found: "\(videoCount)")
        }
    }

    private func expectation(_ count: Int, _ marker: String) -> String {
        "\(count), one for each \(marker) in the turns of system and user "
            + "(write the marker in another way where the text only speaks of it)"
    }

    // MARK: - Golds

    /// Reads task and golds; each may follow from the other keys.
    private func readGold(into sample: inout Sample, _ options: RowOptions) throws(SampleError) {
        let named = try task() ?? options.task
        let hasBoxes = sample.boxes.map { !$0.isEmpty } ?? false
        let turn = sample.assistantTurn
        if let value = value(.solution) {
            // The unit of boxes in a list is that of the row, whichever task is guessed.
            let golds =
                if case .string(let text) = value { [try gold(text)] } else {
                    try solutions(value, for: named)
                }
            sample.isTaskGuessed = named == nil
            sample.task =
                named ?? .guess(golds: golds, options: sample.options != nil, boxes: hasBoxes)
            sample.solutions =
                named == nil && sample.task == .grounding ? try solutions(value, for: .grounding) : golds
            return
        }
        let answer = turn.map { GoldText($0).answer }
        let asksBoxes = hasBoxes && (answer == nil || answer?.holds(Placeholder.boxBytes) == true)
        sample.isTaskGuessed = named == nil
        sample.task =
            named
            ?? .guess(golds: answer.map { [$0] } ?? [], options: sample.options != nil, boxes: asksBoxes)
        if sample.task == .grounding, hasBoxes {
            sample.solutions = [boxText(sample.boxes ?? [])]
        } else if options.needs == .gold, let answer, !answer.trimmingSpace().isEmpty {
            guard !answer.holds(Placeholder.boxBytes) else {
                throw fault(
                    "solution",
                    expected:
                        "the gold: an answer with \(Placeholder.box) is one only for the task grounding",
                    found: members["solution"])
            }
            sample.solutions = [answer]
        } else if options.needs == .gold || (options.needs == .target && turn == nil) {
            let other = options.needs == .gold ? "" : ", or a last turn of the assistant to learn"
            throw fault("solution", expected: "the gold text\(other)", found: members["solution"])
        }
    }

    private func boxText(_ boxes: [Box]) -> String {
        let texts = boxes.map { "[" + [$0.x1, $0.y1, $0.x2, $0.y2].map(plain).joined(separator: ", ") + "]" }
        return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
    }

    private func solutions(_ value: JSONValue, for task: Sample.Task?) throws(SampleError) -> [String] {
        // Four bare numbers, an object, or a list of lists or objects are boxes of one gold, not several golds.
        if task == .grounding || task == nil, let edges = value.elements?.compactMap(\.double),
            edges.count == 4,
            value.elements?.count == 4
        {
            return ["[" + edges.map(plain).joined(separator: ", ") + "]"]
        }
        if task == .grounding || task == nil, isBoxes(value) { return [try json(value)] }
        var golds: [String] = []
        for element in value.elements ?? [value] {
            guard let gold = gold(element), !gold.trimmingSpace().isEmpty else {
                throw noGold(element)
            }
            golds.append(gold)
        }
        guard !golds.isEmpty else { throw fault("solution", expected: "at least one gold", found: value) }
        return golds
    }

    /// The gold of a solution that is one text, as most are.
    private func gold(_ text: String) throws(SampleError) -> String {
        let gold = GoldText(text).answer
        guard !gold.trimmingSpace().isEmpty else { throw noGold(.string(text)) }
        return gold
    }

    private func noGold(_ value: JSONValue) -> SampleError {
        fault(
            "solution", expected: "a text that is not empty, a number, true or false, or a list of these",
            found: value)
    }

    private func gold(_ value: JSONValue) -> String? {
        if case .bool(let isTrue) = value { return "\(isTrue)" }
        return value.text.map { GoldText($0).answer } ?? value.double.map(plain)
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
        guard let value = value(.objects) else { return }
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
        for (index, element) in elements.enumerated() {
            sample.places.append(try place(element, key: "objects.bbox[\(index)]", type: sample.boxType))
        }
        if sample.places.allSatisfy({ $0.box != nil }) { sample.boxes = sample.places.compactMap(\.box) }
        if case .array(let images)? = objects["image_id"] {
            sample.placeImages = images.map { $0.double.flatMap(Int.init(exactly:)) ?? 0 }
        }
    }

    private func place(_ value: JSONValue, key: String, type: BoxType) throws(SampleError) -> Place {
        let edges = value.elements?.compactMap(\.double) ?? []
        guard edges.count == 4 || edges.count == 2, value.elements?.count == edges.count else {
            throw fault(key, expected: "four numbers [x1, y1, x2, y2], or two for a point", found: value)
        }
        if let limit = type.limit {
            guard edges.allSatisfy({ (0...limit).contains($0) }) else {
                throw fault(key, expected: "\(type.rawValue): 0 to \(plain(limit))", found: "\(edges)")
            }
        }
        if edges.count == 2 { return .point(x: edges[0], y: edges[1]) }
        let box = Box(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
        guard box.isWellFormed else { throw fault(key, expected: "x2 > x1 and y2 > y1", found: "\(edges)") }
        return .box(box)
    }
}
