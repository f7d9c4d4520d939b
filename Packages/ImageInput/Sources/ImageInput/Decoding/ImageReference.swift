// Loads the file that an image reference (a path or a data: URI) in a sample, command or request names.
internal import Basics
import Foundation

/// The bytes that an image reference names: a path, or a base64 `data:` URI.
///
/// A server must pass only references that begin with `data:`; this function reads any file.
///
/// - Parameters:
///   - reference: A path, absolute or relative to `folder`, or `data:...;base64,...`.
///   - folder: The base of relative paths.
///   - limits: `maxBytes` is checked before the file is read or the text is decoded.
/// - Returns: The encoded image.
/// - Throws: `ImageError` that names the path or the start of the reference.
public func loadImageBytes(
    _ reference: String, relativeTo folder: String, limits: ImageLimits = .init()
) throws -> [UInt8] {
    if reference.prefix(5).lowercased() == "data:" {
        return try decodeDataURI(reference, limits: limits)
    }
    if let scheme = reference.range(of: "://") {
        throw ImageError.badReference(
            start: String(reference.prefix(60)),
            reason: "\(reference[..<scheme.upperBound]) is not fetched; give a path or a data: URI")
    }
    let path = reference.hasPrefix("/") ? reference : folder + "/" + reference
    return try readFile(path, limits: limits)
}

func readFile(_ path: String, limits: ImageLimits) throws -> [UInt8] {
    do {
        return try readRegularFile(path, atMost: limits.maxBytes)
    } catch let error as FileError {
        throw ImageError.unreadableFile(
            path: path, reason: error.isMissing ? "no such image file" : error.reason)
    }
}

/// The bytes of a base64 `data:` URI (RFC 2397).
private func decodeDataURI(_ uri: String, limits: ImageLimits) throws -> [UInt8] {
    let start = String(uri.prefix(40))
    guard let comma = uri.utf8.firstIndex(of: UInt8(ascii: ",")) else {
        throw ImageError.badReference(start: start, reason: "there is no comma after the media type")
    }
    guard uri[..<comma].lowercased().hasSuffix(";base64") else {
        throw ImageError.badReference(start: start, reason: "only base64 data are accepted")
    }
    let text = uri[uri.utf8.index(after: comma)...]
    let bytes = text.utf8.count / 4 * 3
    guard bytes <= limits.maxBytes else {
        throw ImageError.tooLarge(
            name: start, what: "the image's size in bytes", found: bytes, limit: limits.maxBytes)
    }
    // Strict: an unknown character is an error and is not skipped.
    guard let data = Data(base64Encoded: String(text)), !data.isEmpty else {
        throw ImageError.badReference(start: start, reason: "the text after the comma is not base64")
    }
    return [UInt8](data)
}
