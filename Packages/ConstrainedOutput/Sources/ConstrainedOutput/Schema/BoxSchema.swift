// A ready schema for boxes on a picture.
public import StrictJSON

/// The schema of boxes on a picture: `[{"bbox_2d": [x1, y1, x2, y2], "label": "..."}, ...]`.
///
/// - Parameters:
///   - width: The largest x; of the picture in the model's coordinates.
///   - height: The largest y.
///   - most: The most boxes.
/// - Returns: A schema whose coordinates are whole numbers from 0 to `width` and `height`.
public func boxSchema(width: Int, height: Int, most: Int = 100) -> OrderedJSON {
    func number(_ value: Int) -> OrderedJSON { .number("\(value)") }
    func object(_ members: KeyValuePairs<String, OrderedJSON>) -> OrderedJSON {
        .object(members.map { .init(key: $0.key, value: $0.value) })
    }
    let edges = [width, height, width, height].map {
        object(["type": .string("integer"), "minimum": number(0), "maximum": number(max(0, $0))])
    }
    let box = object([
        "type": .string("array"), "prefixItems": .array(edges), "items": .bool(false), "minItems": number(4),
    ])
    let label = object(["type": .string("string"), "minLength": number(1), "maxLength": number(100)])
    return object([
        "type": .string("array"), "maxItems": number(most),
        "items": object([
            "type": .string("object"), "properties": object(["bbox_2d": box, "label": label]),
            "required": .array([.string("bbox_2d"), .string("label")]), "additionalProperties": .bool(false),
        ]),
    ])
}
