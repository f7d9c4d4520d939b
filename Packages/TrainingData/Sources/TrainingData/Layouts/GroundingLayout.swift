// A phrase and a box: InternVL's grounding rows and RefCOCO as Hugging Face has it.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// InternVL's form: `sent` names what `bbox` shows, in pixels, by two corners.
    static let phrase = Layout(
        name: "phrase", summary: "InternVL grounding rows with sent and bbox (x1, y1, x2, y2 in pixels)",
        keys: ["sent"],
        matches: { $0.hasText("sent") && $0["bbox"]?.elements != nil }
    ) { (draft) throws(SampleError) in
        let phrase = try draft.text(anyOf: ["sent"], as: "messages and objects.ref") ?? ""
        try draft.ground(phrase, form: .corners)
    }

    /// RefCOCO's form: `answer` names what `bbox` shows, in pixels, by corner and size (COCO).
    static let refCOCO = Layout(
        name: "refcoco",
        summary: "RefCOCO rows with answer, bbox (x, y, width, height in pixels), segmentation",
        keys: ["bbox"],
        matches: { $0["bbox"]?.elements != nil && ($0["segmentation"] != nil || $0["iscrowd"] != nil) }
    ) { (draft) throws(SampleError) in
        draft.leaveOut("question", because: "it asks for the phrase; the phrase asks for the box here")
        guard
            let (key, value) = draft.take(
                anyOf: ["answer", "sentences", "sent"], as: "messages and objects.ref"),
            let phrase = value.plainText ?? value.elements?.first?.plainText
        else { throw draft.place.fault("answer", expected: "what the box shows", found: "nothing") }
        if let others = value.elements, others.count > 1 { draft.keep(value, as: key) }
        try draft.ground(phrase, form: .size)
    }
}

extension RowDraft {
    /// How four numbers make a box.
    fileprivate enum Form: String { case corners = "xyxy", size = "xywh" }

    /// Asks for the box of a phrase.
    fileprivate mutating func ground(_ phrase: String, form: Form) throws(SampleError) {
        guard let value = take("bbox", as: "objects.bbox") else { return }
        let list = value.elements?.first?.elements == nil ? [value] : value.elements ?? []
        var boxes: [JSONValue] = []
        for box in list {
            let numbers = box.elements?.compactMap(\.double) ?? []
            guard numbers.count == 4, box.elements?.count == 4 else {
                throw place.fault("bbox", expected: "four numbers", found: box)
            }
            let (x, y, a, b) = (numbers[0], numbers[1], numbers[2], numbers[3])
            boxes.append(.array((form == .size ? [x, y, x + a, y + b] : numbers).map(number)))
        }
        record["task"] = .string("grounding")
        var objects: JSONObject = [
            "ref": .array([.string(phrase)]), "bbox": .array(boxes), "bbox_type": .string("real"),
        ]
        if form == .size { objects["bbox_source"] = .string(form.rawValue) }
        record["objects"] = .object(objects)
        add(.user, "Locate <ref-object>. Give its bounding box.")
    }

    private func number(_ value: Double) -> JSONValue {
        Int(exactly: value).map(JSONValue.integer) ?? .number(value)
    }
}
