// The forms of a picture: a path, a file: address, a data: URI, bare base64, and objects with bytes, path or address.
internal import Foundation
internal import StrictJSON

extension RowDraft {
    /// The keys of pictures, the surest first.
    private static let single = [
        "images", "image", "image_path", "image_file", "imgname", "image_url", "img", "decoded_image",
    ]
    /// All keys of pictures and videos.
    static let pictureKeys = Set(single + numbered + ["videos", "video"])
    /// The keys of tables with a column for each picture.
    private static let numbered = (1...16).map { "image_\($0)" }

    /// Takes the pictures of all usual keys that are there.
    mutating func takePictures() throws(SampleError) {
        for key in Self.single
        where has(key) {
            // Beside the picture itself, a path in "image" or "image_path" is the name that it once had.
            if key != "images", !images.isEmpty || (key == "image" && has("decoded_image")) { continue }
            guard let value = take(key, as: "images") else { continue }
            try addPictures(value, key: key)
        }
        for key in Self.numbered {
            if let value = take(key, as: "images") { try addPictures(value, key: key) }
        }
        for key in ["videos", "video"] {
            guard let value = take(key, as: "videos") else { continue }
            for (index, element) in (value.elements ?? [value]).enumerated() {
                try addVideo(element, key: value.elements == nil ? key : "\(key)[\(index)]")
            }
        }
    }

    /// Adds the pictures of one value: one, a list, or a text that holds a Python list.
    mutating func addPictures(_ value: JSONValue, key: String) throws(SampleError) {
        if let text = value.text, text.hasPrefix("["), let list = PythonLiteral.list(text) {
            return try addPictures(.array(list.map(JSONValue.string)), key: key)
        }
        for (index, element) in (value.elements ?? [value]).enumerated() {
            if let picture = try picture(element, key: value.elements == nil ? key : "\(key)[\(index)]") {
                images.append(picture)
            }
        }
    }

    /// One picture as a path or a `data:` URI; nil for an empty text, which is no picture.
    func picture(_ value: JSONValue, key name: @autoclosure () -> String) throws(SampleError) -> String? {
        if let text = value.text {
            return text.isEmpty ? nil : try picturePath(text, key: name())
        }
        let key = name()
        guard let members = value.members else {
            if value == .null { return nil }
            throw place.fault(key, expected: "a path, a data: URI or {\"path\": ...}", found: value)
        }
        for name in ["bytes", "base64", "data", "b64_json"] {
            guard let bytes = members[name], bytes != .null else { continue }
            guard let text = bytes.text else {
                throw place.fault("\(key).\(name)", expected: "base64 text", found: bytes)
            }
            if text.hasPrefix("data:") { return text }
            return "data:\(pictureType(base64: text) ?? "image/png");base64,\(text)"
        }
        for name in ["path", "image", "url", "image_url", "file", "file_name"] {
            guard let inner = members[name], inner != .null else { continue }
            return try picture(inner, key: "\(key).\(name)")
        }
        throw place.fault(
            key, expected: "a path, or an object with \"path\", \"bytes\" or \"url\"", found: value)
    }

    private func picturePath(_ text: String, key: @autoclosure () -> String) throws(SampleError) -> String {
        if text.hasPrefix("data:") { return text }
        if text.hasPrefix("http://") || text.hasPrefix("https://") {
            throw place.fault(
                key(),
                expected: "a file: pictures on the web are not fetched, so download it and give its path",
                found: "the address \(text.prefix(80))")
        }
        if text.hasPrefix("file://") {
            return String(text.dropFirst("file://".count)).removingPercentEncoding ?? text
        }
        if let scheme = text.utf8.prefix(12).firstIndex(of: UInt8(ascii: ":")),
            text[scheme...].hasPrefix("://")
        {
            throw place.fault(
                key(), expected: "a path or a data: URI", found: "the address \(text.prefix(80))")
        }
        if text.utf8.count >= 64, let type = pictureType(base64: text) {
            return "data:\(type);base64,\(text)"
        }
        return text
    }

    private mutating func addVideo(_ value: JSONValue, key: String) throws(SampleError) {
        if value.isBlank { return }
        if let text = value.text {
            videos.append(.string(try picturePath(text, key: key)))
        } else if value.members?["path"]?.text != nil {
            videos.append(value)
        } else {
            throw place.fault(key, expected: "a path or {\"path\": ..., \"fps\": ...}", found: value)
        }
    }
}

/// The media type of a picture by the start of its base64 text; nil when it is none that is known.
public func pictureType(base64 text: String) -> String? {
    for (start, type) in [
        ("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("UklGR", "image/webp"),
        ("R0lGOD", "image/gif"),
        ("Qk0", "image/bmp"), ("SUkqA", "image/tiff"), ("TU0AK", "image/tiff"),
    ] where text.hasPrefix(start) {
        return type
    }
    return nil
}
