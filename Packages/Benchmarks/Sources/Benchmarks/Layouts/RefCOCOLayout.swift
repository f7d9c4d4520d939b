// RefCOCO, RefCOCO+ and RefCOCOg. Each layout declares its boxes; none is guessed from the size of the numbers.
internal import ImageInput
internal import StrictJSON
internal import TrainingData

extension BenchmarkLayout {
    /// RefCOCO's layouts.
    static let refCOCO: [BenchmarkLayout] = [
        BenchmarkLayout(
            "refcoco-tsv", .refcoco,
            "VLMEvalKit's table; the answer is x1, y1, x2, y2 as shares of the sides, 0 to 1",
            forms: [.table], columns: ["question", "answer", "category"], absent: ["A", "choices"]
        ) { (source) throws(SampleError) in
            let split = RefCOCOSplit(try source.needed("category"))
            let index = try source.text("index") ?? "\(source.number)"
            // The table holds all splits, so VLMEvalKit puts the split before the index.
            var row = source.row(
                .refcoco, id: "\(split.name)_\(index)", question: try source.needed("question"))
            row.set = split.name
            row.phrases = RefCOCOSplit.phrase(in: row.question).map { [$0] } ?? []
            row.pictures = try source.tablePictures()
            if let answer = try source.text("answer") {
                let shares = PythonLiteral.list(answer, needsQuotes: true)?.compactMap(Double.init) ?? []
                // Boxes may pass the edge a little; pixels are far above.
                guard shares.count == 4, shares.allSatisfy({ (-0.5...1.5).contains($0) }) else {
                    throw source.place.fault(
                        "answer", expected: "[x1, y1, x2, y2] as shares of the picture's sides, 0 to 1",
                        found: source.members["answer"])
                }
                let size = try source.pictureSize(of: row)
                row.pictureSize = size
                row.gold = try source.gold(
                    Box(x1: shares[0], y1: shares[1], x2: shares[2], y2: shares[3])
                        .scaled(x: size.width, y: size.height), "answer")
            }
            row.add("split", split.title)
            return [row]
        },
        BenchmarkLayout(
            "refcoco", .refcoco,
            "lmms-lab/RefCOCO in Parquet; bbox is x, y, width, height in pixels, answer lists the phrases",
            forms: [.parquet, .json], columns: ["bbox", "answer", "question"]
        ) { (source) throws(SampleError) in
            let numbers = try source.fourNumbers("bbox")
            let box = Box(
                x1: numbers[0], y1: numbers[1], x2: numbers[0] + numbers[2], y2: numbers[1] + numbers[3])
            let phrases = try source.list("answer") ?? []
            guard !phrases.isEmpty else {
                throw source.place.fault(
                    "answer", expected: "the phrases of the object", found: source.members["answer"])
            }
            let split = RefCOCOSplit("\(source.set)/\(source.place.file)")
            let id = try source.text("question_id") ?? "\(source.number)"
            var row = source.row(.refcoco, id: id, question: "")
            row.set = split.name
            row.pictures = try source.pictures(["image"])
            row.pictureSize = try source.sizeIfKnown(of: row)
            row.gold = try source.gold(box, "bbox")
            row.add("split", split.title)
            if source.options.joinsPhrases {
                row.phrases = phrases
                row.question = RefCOCOSplit.question(phrases)
                return [row]
            }
            return phrases.enumerated().map { number, phrase in
                var one = row
                if phrases.count > 1 { (one.id, one.group) = ("\(id)_\(number)", "\(id)_\(number)") }
                (one.phrases, one.question) = ([phrase], RefCOCOSplit.question([phrase]))
                return one
            }
        },
        BenchmarkLayout(
            "refcoco-jsonl", .refcoco,
            "Qwen-VL's and InternVL's JSON lines: sent, bbox x1, y1, x2, y2 in pixels",
            forms: [.json], columns: ["sent", "bbox", "image"]
        ) { (source) throws(SampleError) in
            let numbers = try source.fourNumbers("bbox")
            let split = RefCOCOSplit(source.place.file)
            let phrase = try source.needed("sent")
            var row = source.row(
                .refcoco, id: "\(split.name)_\(source.numberInFile)",
                question: RefCOCOSplit.question([phrase]))
            (row.set, row.phrases) = (split.name, [phrase])
            row.pictures = try source.pictures(["image"])
            row.pictureSize = try source.sizeIfKnown(of: row)
            row.gold = try source.gold(
                Box(x1: numbers[0], y1: numbers[1], x2: numbers[2], y2: numbers[3]), "bbox")
            row.add("split", split.title)
            return [row]
        },
    ]
}

extension RowSource {
    fileprivate func fourNumbers(_ key: String) throws(SampleError) -> [Double] {
        let numbers = members[key]?.elements?.compactMap(\.double) ?? []
        guard numbers.count == 4, members[key]?.elements?.count == 4 else {
            throw place.fault(key, expected: "four numbers", found: members[key])
        }
        return numbers
    }

    fileprivate func gold(_ box: Box, _ key: String) throws(SampleError) -> BenchmarkGold {
        guard box.isWellFormed else {
            throw place.fault(key, expected: "a box with an area", found: members[key])
        }
        return .box(box)
    }

    /// The picture's size, which boxes in shares need.
    fileprivate func pictureSize(of row: BenchmarkRow) throws(SampleError) -> PictureSize {
        if let size = try sizeIfKnown(of: row) { return size }
        throw place.fault(
            "image", expected: "a picture, or width and height, to turn shares of its sides into pixels",
            found: members["image"])
    }

    /// The size by the columns `width` and `height`, otherwise by the picture's header; nil without either.
    fileprivate func sizeIfKnown(of row: BenchmarkRow) throws(SampleError) -> PictureSize? {
        if let width = try number("width"), let height = try number("height") {
            guard width >= 1, height >= 1, width.isFinite, height.isFinite else {
                throw place.fault("width", expected: "pixels", found: members["width"])
            }
            return PictureSize(width: width, height: height)
        }
        var sized = row
        if sized.pictures.isEmpty { sized.pictures = try picturesForSize() }
        guard !sized.pictures.isEmpty else { return nil }
        if case .file = sized.pictures[0], options.pictures != .required { return nil }
        let bytes = try sized.pictureBytes(0)
        do {
            let size = try imageSize(bytes, name: "the picture")
            return PictureSize(width: Double(size.width), height: Double(size.height))
        } catch {
            throw .missingImage(location: row.location, path: sized.pictures[0].reference, reason: "\(error)")
        }
    }

    /// The embedded picture of a row that keeps none.
    private func picturesForSize() throws(SampleError) -> [BenchmarkPicture] {
        var needed = self
        needed.options.pictures = .optional
        return try needed.pictures(["image"])
    }

    private func number(_ key: String) throws(SampleError) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double ?? value.text.flatMap(Double.init) else {
            throw place.fault(key, expected: "a number", found: value)
        }
        return number
    }
}

/// One of the eight splits, found in a name such as `RefCOCO+ testA` or `refcocog_val.jsonl`.
struct RefCOCOSplit {
    /// `RefCOCO`, `RefCOCO+` or `RefCOCOg`.
    let family: String
    /// `val`, `test`, `testA` or `testB`; nil when the name says none.
    let part: String?

    init(_ text: String) {
        let name = text.lowercased()
        family =
            name.contains("refcoco+") || name.contains("refcocoplus") || name.contains("refcoco_plus")
            ? "RefCOCO+" : name.contains("refcocog") ? "RefCOCOg" : "RefCOCO"
        let last = name.split { $0 == "/" || $0 == " " }.last.map(String.init) ?? name
        part = ["testA", "testB", "test", "val"].first { last.contains($0.lowercased()) }
    }

    /// `RefCOCO+_testA`.
    var name: String { part.map { "\(family)_\($0)" } ?? family }
    /// `RefCOCO+ testA`, as tables of results print it.
    var title: String { part.map { "\(family) \($0)" } ?? family }

    /// The question of a row whose file has only the phrase, as Qwen asks it.
    static func question(_ phrases: [String]) -> String {
        "Locate \(phrases.joined(separator: ", ")) in this image and output the bbox coordinates in JSON format."
    }

    /// The phrase inside one of the public forms of the question; nil for any other question.
    static func phrase(in question: String) -> String? {
        for (start, end) in [
            ("Locate ", " in this image and output the bbox coordinates in JSON format."),
            (
                "Please provide the bounding box coordinate of the region this sentence describes: <ref>",
                "</ref>"
            ),
        ]
        where question.hasPrefix(start) && question.hasSuffix(end)
            && question.count > start.count + end.count
        {
            return String(question.dropFirst(start.count).dropLast(end.count))
        }
        return nil
    }
}
