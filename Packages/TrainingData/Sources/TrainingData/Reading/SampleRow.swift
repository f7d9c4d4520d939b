// One record: each known key is read with its kind checked, then the keys are checked against one another.
// SampleRow+Gold.swift reads task and golds, SampleRow+Objects.swift boxes and points.
internal import StrictJSON
internal import Tokenizer

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
        let id = try id()
        let (source, license) = (try text(.source) ?? "", try text(.license))
        let (messages, images, videos) = (try messages(), try paths(.images), try paths(.videos))
        let (choices, rationale, rates) = (try self.options(), try text(.rationale), try videoRates())
        let objects = try objects()
        let gold = try gold(boxes: objects.boxes, choices: choices, turns: messages, options)
        try checkMarkers(of: messages, images: images.count, videos: videos.count)
        var extra = objects.extra
        if options.keepsExtra {
            extra.merge(members.filter { !RecordKeys.has($0.key) }) { fromObjects, _ in fromObjects }
        }
        // All at once: to change a sample that is there already would copy it.
        return Sample(
            id: id, task: gold.task, isTaskGuessed: gold.isTaskGuessed, source: source, license: license,
            messages: messages, images: images, videos: videos, videoRates: rates, imageFolder: imageFolder,
            solutions: gold.solutions, options: choices, boxes: objects.boxes, boxType: objects.boxType,
            places: objects.places, placeImages: objects.placeImages, references: objects.references,
            rationale: rationale, extra: extra, line: line, file: file)
    }

    func fault(_ key: String, expected: String, found: String) -> SampleError {
        .wrongValue(file: file, line: line, key: key, expected: expected, found: found)
    }

    func fault(_ key: String, expected: String, found: JSONValue?) -> SampleError {
        fault(key, expected: expected, found: found?.summary ?? "nothing")
    }

    // MARK: - Plain keys

    /// The value of a key; `null` counts as absent.
    func value(_ key: RecordKey) -> JSONValue? {
        guard let value = present.value(key, in: members), !value.isNull else { return nil }
        return value
    }

    func text(_ key: RecordKey) throws(SampleError) -> String? {
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

    func texts(_ key: String, in value: JSONValue) throws(SampleError) -> [String] {
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
}
