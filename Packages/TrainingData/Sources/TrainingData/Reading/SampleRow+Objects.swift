// The boxes and points of a record, with their unit and the names of what they show.
internal import StrictJSON

extension SampleRow {
    /// What "objects" says.
    struct Objects {
        var references: [String]?
        var boxType = BoxType.real
        var places: [Place] = []
        /// The places when all are boxes.
        var boxes: [Box]?
        var placeImages: [Int] = []
        /// The other keys, as `objects.KEY`.
        var extra = JSONObject()
    }

    /// Reads "objects".
    func objects() throws(SampleError) -> Objects {
        var result = Objects()
        guard let value = value(.objects) else { return result }
        guard let objects = value.members else { throw fault("objects", expected: "an object", found: value) }
        for (key, value) in objects where !["ref", "bbox", "bbox_type"].contains(key) {
            result.extra["objects.\(key)"] = value
        }
        if let references = objects["ref"], references != .null {
            result.references = try texts("objects.ref", in: references)
        }
        if let type = objects["bbox_type"], type != .null {
            guard let known = type.text.flatMap(BoxType.init(rawValue:)) else {
                throw fault("objects.bbox_type", expected: "real, norm1 or norm1000", found: type)
            }
            result.boxType = known
        }
        guard let list = objects["bbox"], list != .null else { return result }
        guard let elements = list.elements else {
            throw fault("objects.bbox", expected: "a list of boxes", found: list)
        }
        for (index, element) in elements.enumerated() {
            result.places.append(try place(element, key: "objects.bbox[\(index)]", type: result.boxType))
        }
        if result.places.allSatisfy({ $0.box != nil }) { result.boxes = result.places.compactMap(\.box) }
        if case .array(let images)? = objects["image_id"] {
            result.placeImages = images.map { $0.double.flatMap(Int.init(exactly:)) ?? 0 }
        }
        return result
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
