// What a reply may be: `response_format`.
internal import StrictJSON

/// The form of a reply.
enum ReplyFormat: Sendable, Equatable {
    case text
    /// Any JSON object.
    case object
    case schema(OrderedJSON)
    /// Boxes on the picture shown last, in the model's coordinates.
    case boxes

    /// Reads `response_format`.
    init(_ fields: Fields) throws(APIError) {
        guard let format = try fields.object("response_format") else {
            self = .text
            return
        }
        switch try format.text("type") {
        case "text": self = .text
        case "json_object": self = .object
        case "boxes": self = .boxes
        case "json_schema":
            guard let outer = try format.object("json_schema") else {
                throw format.bad("json_schema", "an object with a schema")
            }
            guard let schema = outer["schema"] else { throw outer.bad("schema", "a JSON schema") }
            self = .schema(schema)
        default: throw format.bad("type", "text, json_object, json_schema or boxes")
        }
    }

    /// Where the schema is in a request.
    static let schemaPath = "response_format.json_schema.schema"
}
