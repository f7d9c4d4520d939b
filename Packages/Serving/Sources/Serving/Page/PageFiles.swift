// The web page: its files are part of the program.

/// A file of the page.
public struct PageFile: Sendable {
    /// The path in the folder Page.
    public let path: String
    /// The content.
    public let bytes: [UInt8]

    /// The media type.
    public var contentType: String {
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
    public static let all: [PageFile] = [PageFile(path: "index.html", bytes: PackageResources.index_html)]

    /// The file of a request's path; `/` is index.html.
    public static func at(_ path: String) -> PageFile? {
        let name = path == "/" ? "index.html" : String(path.dropFirst())
        return all.first { $0.path == name }
    }

    /// Nothing but the server itself: no other origin, no inline script, no frame.
    public static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
