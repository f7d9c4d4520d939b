// A row of any layout that was read and checked, in the keys in which the record is written.
public import StrictJSON

/// A row in the keys of the record, checked as the reader of samples checks it.
public struct RecordRow: Sendable {
    /// The keys and values to write, in no order, but for the turns; `appendLine` orders them.
    public var members: JSONObject
    /// The same row as a sample, with its turns.
    public private(set) var sample: Sample
    /// The layout that the row had.
    public let layout: String
    /// What became of each key; empty for a row that was a record already.
    public let uses: [KeyUse]

    /// Appends the row as one line of JSON with its line feed.
    public func appendLine(to bytes: inout [UInt8]) {
        appendRecord(members, turns: sample.messages, to: &bytes)
        bytes.append(0x0A)
    }

    init(_ row: consuming ConvertedRow, _ sample: consuming Sample) {
        let hasSolution = row.fields["solution"].map { !$0.isNull } ?? false
        (members, layout, uses) = (row.fields, row.layout, row.uses)
        // The row gives its fields away: a second owner would make the next line copy them.
        row.fields = JSONObject()
        members["id"] = .string(sample.id)
        let hasTarget = !sample.solutions.isEmpty || sample.assistantTurn != nil
        if hasTarget || !sample.isTaskGuessed { members["task"] = .string(sample.task.rawValue) }
        if hasSolution {
            members["solution"] =
                sample.solutions.count == 1
                ? .string(sample.solutions[0]) : .array(sample.solutions.map(JSONValue.string))
        }
        self.sample = consume sample
    }

    /// Gives the row another id.
    public mutating func rename(_ id: String) {
        members["id"] = .string(id)
        sample.id = id
    }

    /// Whether the row has boxes or points, which need the sizes of its pictures.
    public var hasPlaces: Bool { !sample.places.isEmpty }

    /// Writes boxes in pixels, whatever their unit was, and checks that they are inside their pictures.
    ///
    /// `objects.bbox_source` keeps the unit that the row had. Throws ``SampleError`` for a box that is outside its
    /// picture by more than a pixel.
    public mutating func measurePlaces(_ sizes: [(width: Double, height: Double)]) throws(SampleError) {
        guard !sizes.isEmpty, !sample.places.isEmpty, var objects = members["objects"]?.members else {
            return
        }
        var lists: [JSONValue] = []
        for (index, place) in sample.places.enumerated() {
            let image = sample.placeImages.indices.contains(index) ? sample.placeImages[index] : 0
            let size = sizes.indices.contains(image) ? sizes[image] : sizes[0]
            let (x, y) = sample.boxType.limit.map { (size.width / $0, size.height / $0) } ?? (1, 1)
            let numbers =
                switch place {
                case .box(let box): [box.x1 * x, box.y1 * y, box.x2 * x, box.y2 * y]
                case .point(let left, let top): [left * x, top * y]
                }
            for (position, number) in numbers.enumerated() {
                let limit = position % 2 == 0 ? size.width : size.height
                guard number >= -1, number <= limit + 1 else {
                    throw RowPlace(file: sample.file, line: sample.line).fault(
                        "objects.bbox[\(index)]",
                        expected:
                            "a place inside its picture of \(plain(size.width)) x \(plain(size.height)) pixels "
                            + "(another unit is declared by bbox_type: norm1 or norm1000)",
                        found: "[\(numbers.map(plain).joined(separator: ", "))]")
                }
            }
            lists.append(.array(numbers.map { Int(exactly: $0).map(JSONValue.integer) ?? .number($0) }))
        }
        guard sample.boxType != .real else { return }
        objects["bbox"] = .array(lists)
        if objects["bbox_source"] == nil { objects["bbox_source"] = .string(sample.boxType.rawValue) }
        objects["bbox_type"] = .string("real")
        members["objects"] = .object(objects)
        if sample.task == .grounding, sample.boxes != nil {
            // A gold text that repeats the boxes must not keep their old unit.
            var text: [UInt8] = []
            appendJSON(lists.count == 1 ? lists[0] : .array(lists), to: &text)
            members["solution"] = .string(String(decoding: text, as: UTF8.self))
        }
    }
}

extension RowConverter {
    /// Reads some rows of a batch, one after the other; an object that holds rows gives all of them.
    ///
    /// - Parameters:
    ///   - batch: Rows as they were found.
    ///   - indices: The rows' places in the batch.
    ///   - folder: The folder of the batch's file.
    ///   - options: What each row must have.
    ///   - body: Takes the line or number of each row, and the row.
    public func forEachRecord(
        of batch: RowBatch, _ indices: Range<Int>, folder: String, _ options: RowOptions,
        _ body: (_ line: Int, _ record: consuming Result<RecordRow, SampleError>) -> Void
    ) {
        let folder = folder.copy
        forEachRow(batch, indices) { place, _, row in
            do throws(SampleError) {
                body(place.line, .success(try record(row, at: place, folder, options)))
            } catch { body(place.line, .failure(error)) }
        }
    }

    private func record(
        _ row: consuming Result<ConvertedRow, SampleError>, at place: RowPlace, _ folder: String,
        _ options: RowOptions
    ) throws(SampleError) -> RecordRow {
        switch consume row {
        case .failure(let error): throw error
        case .success(let row):
            let sample = try SampleRow(row, at: place).sample(imageFolder: folder, options)
            return RecordRow(row, sample)
        }
    }
}
