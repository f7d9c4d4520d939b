// The paths of a row's images, and whether the files exist. ImageInput decodes the bytes.
internal import Basics
public import Foundation

extension Sample {
    /// The number of images.
    public var imageCount: Int { images.count }

    /// The paths of all images, as `imagePath` gives them.
    public var imagePaths: [String] { images.map(resolvedPath) }

    /// The paths of all videos, as `videoPath` gives them.
    public var videoPaths: [String] { videos.map(resolvedPath) }

    /// The path of the image at `index`, made absolute with the row's folder; a `data:` URI is unchanged.
    public func imagePath(_ index: Int) -> String { resolvedPath(images[index]) }

    /// The path of the image at `index` as the row has it.
    public func writtenPath(_ index: Int) -> String { images[index] }

    /// The path of the video at `index`, made absolute with the row's folder.
    public func videoPath(_ index: Int) -> String { resolvedPath(videos[index]) }

    /// The bytes of the image file at `index`, from disk or from its `data:` URI (base64 only).
    ///
    /// Throws ``SampleError/missingImage`` when they cannot be read.
    public func imageData(_ index: Int) throws -> Data {
        let path = imagePath(index)
        if path.hasPrefix("data:") { return try embeddedData(path) }
        do {
            return Data(try readRegularFile(path))
        } catch let error as FileError {
            throw SampleError.missingImage(location: location, path: path, reason: error.reason)
        }
    }

    /// The files and folders of the row's images and videos; embedded images have none.
    public var visualFiles: [String] { (images + videos).map(resolvedPath).filter { !$0.hasPrefix("data:") } }

    private func resolvedPath(_ path: String) -> String {
        guard !path.hasPrefix("data:"), !path.hasPrefix("/"), !imageFolder.isEmpty else { return path }
        return imageFolder + "/" + path
    }

    private func embeddedData(_ uri: String) throws(SampleError) -> Data {
        let head = uri.utf8.prefix(200)
        guard let comma = head.firstIndex(of: UInt8(ascii: ",")), uri[..<comma].hasSuffix(";base64") else {
            throw .missingImage(location: location, path: uri, reason: "expected data:TYPE;base64,BYTES")
        }
        guard let data = Data(base64Encoded: String(uri[uri.utf8.index(after: comma)...])), !data.isEmpty
        else {
            throw .missingImage(
                location: location, path: uri, reason: "the part after the comma is not base64")
        }
        return data
    }

    /// Throws ``SampleError/missingImage`` for the first image or video of this row that does not exist.
    func checkImages() throws(SampleError) {
        for path in imagePaths {
            if path.hasPrefix("data:") {
                _ = try embeddedData(path)
            } else if let reason = Self.problem(with: path) {
                throw .missingImage(location: location, path: path, reason: reason)
            }
        }
        for path in videoPaths {
            guard let reason = Self.problem(with: path, mayBeFolder: true) else { continue }
            throw .missingImage(location: location, path: path, reason: reason)
        }
    }

    /// Why a file or, where allowed, a folder of images cannot be used; nil when it can.
    private static func problem(with path: String, mayBeFolder: Bool = false) -> String? {
        do {
            try requireRegularFile(path, orFolder: mayBeFolder)
            return nil
        } catch let error as FileError { return error.reason } catch { return "\(error)" }
    }
}

/// Checks that every image and video of the samples exists; decodes `data:` URIs but reads no file.
///
/// With `.stop` throws ``SampleError/missingImage`` for the first that is missing; with `.collect` returns
/// the samples that have all their images, in order, and the others as rejects.
@discardableResult
public func checkImages(
    _ samples: [Sample], rejects policy: RejectPolicy = .stop
) throws -> (samples: [Sample], rejects: [Reject]) {
    var (kept, rejects): ([Sample], [Reject]) = ([], [])
    for sample in samples {
        do {
            try sample.checkImages()
            kept.append(sample)
        } catch {
            guard policy == .collect else { throw error }
            rejects.append(Reject(file: sample.file, line: sample.line, reason: error.description))
        }
    }
    return (kept, rejects)
}
