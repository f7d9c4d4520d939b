// The pictures of a page: the bytes of their files inside it, each file once, up to a limit.
internal import Basics
internal import Foundation
public import StrictJSON

/// Collects pictures until a limit of bytes is reached.
public struct PictureShelf {
    /// A picture, or why it is not shown.
    private enum Entry {
        case embedded(uri: String)
        case absent(reason: String)
    }

    /// The most bytes of all files.
    private let limit: Int
    /// Relative paths begin in this folder; empty for the working directory.
    private let folder: String
    private var entries: [Entry] = []
    private var names: [String] = []
    private var places: [String: Int] = [:]
    /// The bytes of the files so far.
    public private(set) var byteCount = 0
    /// The names of the pictures that are left out because of the limit.
    public private(set) var leftOut: [String] = []

    /// An empty shelf.
    ///
    /// - Parameters:
    ///   - limit: The most bytes of all files.
    ///   - folder: Where relative paths begin; empty for the working directory.
    public init(limit: Int, folder: String) { (self.limit, self.folder) = (limit, folder) }

    /// How many pictures are in the page.
    public var count: Int {
        entries.count { if case .embedded = $0 { true } else { false } }
    }

    /// Adds a picture unless it is there already.
    ///
    /// - Parameters:
    ///   - path: A path, or a `data:` URI.
    ///   - share: The most bytes of all pictures after it, when that is less than the limit of the shelf.
    /// - Returns: Its place in `json`.
    public mutating func add(_ path: String, upTo share: Int = .max) -> Int {
        if let place = places[path] { return place }
        places[path] = entries.count
        names.append(path.hasPrefix("data:") ? "a picture inside the row" : path)
        entries.append(entry(path, room: min(limit, share) - byteCount))
        return entries.count - 1
    }

    private mutating func entry(_ path: String, room: Int) -> Entry {
        let bytes: [UInt8]
        do { bytes = try read(path) } catch let error as FileError {
            return .absent(reason: error.reason)
        } catch {
            return .absent(reason: "\(error)")
        }
        guard let format = PictureFormat(bytes) else {
            return .absent(reason: "not in a format that browsers show (PNG, JPEG, GIF, WebP, AVIF)")
        }
        guard bytes.count <= room else {
            leftOut.append(names.last ?? "")
            return .absent(reason: "left out: \(byteText(bytes.count)), the limit of the page is reached")
        }
        byteCount += bytes.count
        return .embedded(uri: "data:\(format.rawValue);base64,\(Data(bytes).base64EncodedString())")
    }

    private func read(_ path: String) throws -> [UInt8] {
        guard path.hasPrefix("data:") else {
            let isAbsolute = path.hasPrefix("/") || folder.isEmpty
            return try readRegularFile(isAbsolute ? path : "\(folder)/\(path)")
        }
        guard let comma = path.firstIndex(of: ","), path[..<comma].hasSuffix(";base64"),
            let data = Data(base64Encoded: String(path[path.index(after: comma)...]))
        else { throw BadURI() }
        return Array(data)
    }

    private struct BadURI: Error, CustomStringConvertible {
        var description: String { "expected base64 after a comma in the data: URI" }
    }

    /// The pictures for the script: name, and source or reason.
    public var json: OrderedJSON {
        .array(
            zip(names, entries).map { name, entry in
                switch entry {
                case .embedded(let uri): .members(["name": .string(name), "source": .string(uri)])
                case .absent(let reason): .members(["name": .string(name), "reason": .string(reason)])
                }
            })
    }
}
