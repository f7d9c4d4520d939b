// The pictures of imported rows: opened and measured, those inside rows written to files by their content.
import Basics
import Checkpoint
import Foundation
import ImageInput
import Synchronization
import TrainingData

/// Opens and writes the pictures of rows; used by all threads.
final class RowPictures: Sendable {
    let outputFolder: String
    private let folder: String
    private let decodes: Bool
    /// The sizes of the files that were opened, by a fingerprint of their paths.
    private let sizes = Mutex<[Fingerprint: Size]>([:])
    private let written = Mutex<Set<Fingerprint>>([])

    /// The size of a picture.
    struct Size {
        let width, height: Int32
    }

    init(outputFolder: String, folder: String, decodes: Bool) {
        self.outputFolder = outputFolder
        self.folder = folder
        self.decodes = decodes
    }

    /// The paths to write for a row's pictures, and their sizes.
    ///
    /// - Parameters:
    ///   - sample: The row.
    ///   - prefix: The way from the output's folder to the folder of the row's file.
    /// - Returns: The paths and sizes in the order of the pictures.
    /// - Throws: `SampleError` or `ImageError` for a picture that cannot be used.
    func settle(_ sample: Sample, prefix: String) throws -> (
        paths: [String], sizes: [(width: Double, height: Double)]
    ) {
        var (paths, found): ([String], [(width: Double, height: Double)]) = ([], [])
        for index in 0..<sample.imageCount {
            let path = sample.imagePath(index)
            let size: Size
            if path.hasPrefix("data:") {
                let bytes = [UInt8](try sample.imageData(index))
                size = try open(bytes, name: "picture \(index + 1) of the row")
                paths.append(try write(bytes, index: index))
            } else {
                size = try measure(path)
                let named = sample.writtenPath(index)
                paths.append(named.hasPrefix("/") ? named : prefix + named)
            }
            found.append((Double(size.width), Double(size.height)))
        }
        return (paths, found)
    }

    private func measure(_ path: String) throws -> Size {
        let key = Fingerprint(path)
        if let known = sizes.withLock({ $0[key] }) { return known }
        let size = try open(loadImageBytes(path, relativeTo: "."), name: path)
        sizes.withLock { $0[key] = size }
        return size
    }

    private func open(_ bytes: [UInt8], name: String) throws -> Size {
        try checkImage(bytes, name: name)
        if decodes { _ = try decodeImage(bytes, name: name) }
        let size = try imageSize(bytes, name: name)
        return Size(width: Int32(size.width), height: Int32(size.height))
    }

    /// Writes a picture under the hash of its bytes, unless it is there; returns its path from the output's folder.
    private func write(_ bytes: [UInt8], index: Int) throws -> String {
        let name = "\(sha256(bytes).prefix(32)).\(Self.ending(bytes))"
        let path = "\(folder)/\(name)"
        let result = relativePath(from: outputFolder, to: path)
        guard written.withLock({ $0.insert(Fingerprint(name)).inserted }) else { return result }
        if FileManager.default.fileExists(atPath: path) { return result }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch { throw DataError.cannotWrite(file: path, reason: systemReason(of: error)) }
        return result
    }

    private static func ending(_ bytes: [UInt8]) -> String {
        switch bytes.first {
        case 0x89: "png"
        case 0xFF: "jpg"
        case UInt8(ascii: "R"): "webp"
        case UInt8(ascii: "G"): "gif"
        case UInt8(ascii: "B"): "bmp"
        case UInt8(ascii: "I"), UInt8(ascii: "M"): "tif"
        default: "image"
        }
    }
}

/// The way from a folder to a file or folder.
func relativePath(from folder: String, to path: String) -> String {
    func parts(_ path: String) -> [String] {
        URL(fileURLWithPath: path).standardizedFileURL.path.split(separator: "/").map(String.init)
    }
    let (from, to) = (parts(folder), parts(path))
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let way = Array(repeating: "..", count: from.count - shared) + to[shared...]
    return way.isEmpty ? "." : way.joined(separator: "/")
}
