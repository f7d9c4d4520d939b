// The hashes of pictures, each read once however many rows show it.
internal import Basics
internal import Foundation
internal import ImageInput
internal import TrainingData

/// What is known of a picture or video.
struct PictureIdentity: Sendable {
    /// The hash of the file's bytes.
    let content: Digest
    /// What it looks like; nil for a video, and when only the bytes were asked for.
    let look: PictureHash?
}

/// Pictures and videos by path: about 80 bytes each.
struct PictureTable {
    /// Whether pictures are decoded to see what they look like.
    let looks: Bool
    private var identities: [Digest: PictureIdentity] = [:]

    init(looks: Bool) { self.looks = looks }

    /// The pictures and videos of each row, read on all threads.
    ///
    /// - Throws: ``DataEngineError/badLine(location:problem:)`` with the first row that has an unusable picture.
    mutating func identities(of samples: [Sample]) throws -> [[PictureIdentity]] {
        let visuals = samples.map { Visual.all(of: $0) }
        var wanted: [(key: Digest, visual: Visual, row: Int)] = []
        var seen: Set<Digest> = []
        for (row, list) in visuals.enumerated() {
            for visual in list {
                let key = Digest(visual.path)
                if identities[key] == nil, seen.insert(key).inserted { wanted.append((key, visual, row)) }
            }
        }
        let found = try parallelMap(wanted.count) { [wanted, looks] index in
            do { return try wanted[index].visual.identity(looks: looks) } catch {
                throw DataEngineError.badLine(
                    location: samples[wanted[index].row].location,
                    problem: "\(error); r1-data check lists all such rows")
            }
        }
        for (item, identity) in zip(wanted, found) { identities[item.key] = identity }
        return visuals.map { list in list.compactMap { identities[Digest($0.path)] } }
    }
}

/// A picture or video that a row names.
private struct Visual: Sendable {
    let path: String
    let isVideo: Bool

    static func all(of sample: Sample) -> [Visual] {
        sample.imagePaths.map { Visual(path: $0, isVideo: false) }
            + sample.videoPaths.map { Visual(path: $0, isVideo: true) }
    }

    func identity(looks: Bool) throws -> PictureIdentity {
        guard !isVideo else { return PictureIdentity(content: Digest(try videoText()), look: nil) }
        let bytes = try loadImageBytes(path, relativeTo: ".")
        return PictureIdentity(
            content: Digest(bytes),
            look: looks ? PictureHash(try decodeImage(bytes, name: String(path.prefix(200)))) : nil)
    }

    /// The hash of a video's file, or of the files of a folder of frames.
    private func videoText() throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return try fileHash(path)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        return try names.map { "\($0) \(try fileHash(path + "/" + $0))" }.joined(separator: "\n")
    }
}
