// The web page: its files are part of the program (CPage embeds them).
internal import CPage

/// A file of the page.
struct PageFile: Sendable {
    /// The path in the folder Page.
    let path: String
    /// The content.
    let bytes: [UInt8]

    /// The media type.
    var contentType: String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        default: "application/octet-stream"
        }
    }

    /// Every file of the folder Page.
    static let all: [PageFile] = (0..<r1_page_file_count).map { index in
        let file = r1_page_file_at(index).pointee
        return PageFile(
            path: String(cString: file.path),
            bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
    }

    /// The file of a request's path; `/` is index.html.
    static func at(_ path: String) -> PageFile? {
        let name = path == "/" ? "index.html" : String(path.dropFirst())
        return all.first { $0.path == name }
    }

    /// Nothing but the server itself: no other origin, no inline script, no frame.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
