// What a row is by content: a run that is resumed must find the rows and pictures that it started with.
internal import Basics
internal import Checkpoint
internal import Foundation
internal import ImageInput
internal import TrainingData

/// The hashes of one row and of its pictures and videos.
public struct RowIdentity: Codable, Sendable, Equatable {
    /// The row's line in its file, counted from 1.
    public var line: Int
    /// SHA-256 of the bytes of the line.
    public var row: String
    /// SHA-256 of each picture file, then of each video, in the order of the row; a `data:` URI is part of
    /// the row.
    ///
    /// The hash of a folder of frames covers the names and hashes of its files.
    public var pictures: [String]
}

extension RowIdentity {
    /// Reads every picture and video of the rows once, on all threads: checks the pictures, and hashes the bytes.
    ///
    /// - Parameters:
    ///   - samples: Rows with their source lines.
    ///   - check: Throws for the bytes of a picture, and its name in messages, that cannot be used.
    /// - Returns: For each row its identity, or why one of its pictures cannot be used.
    /// - Throws: Nothing of its own; each row has its own result.
    static func read(
        _ samples: [Sample], check: @Sendable ([UInt8], String) throws -> Void
    ) throws -> [Result<RowIdentity, any Error>] {
        var files: [File] = []
        var places: [File: Int] = [:]
        let filesOfRows = samples.map { sample in
            let pictures = sample.imagePaths.filter { !$0.hasPrefix("data:") }.map { File.picture($0) }
            return (pictures + sample.videoPaths.map { File.video($0) }).map { file in
                if let known = places[file] { return known }
                files.append(file)
                places[file] = files.count - 1
                return files.count - 1
            }
        }
        let hashes = try parallelMap(files.count) { [files] place in Result { try files[place].hash(check) } }
        return try parallelMap(samples.count) { index in
            let sample = samples[index]
            return Result {
                try checkEmbedded(sample, check)
                return RowIdentity(
                    line: sample.line, row: sha256(sample.sourceLine ?? []),
                    pictures: try filesOfRows[index].map { try hashes[$0].get() })
            }
        }
    }

    /// Checks the pictures inside the row.
    private static func checkEmbedded(_ sample: Sample, _ check: ([UInt8], String) throws -> Void) throws {
        for (index, path) in sample.imagePaths.enumerated() where path.hasPrefix("data:") {
            try check([UInt8](sample.imageData(index)), "picture \(index + 1) of the row")
        }
    }
}

/// A file that rows name.
private enum File: Hashable, Sendable {
    case picture(String), video(String)

    /// Checks a picture, and hashes the file.
    func hash(_ check: ([UInt8], String) throws -> Void) throws -> String {
        switch self {
        case .picture(let path):
            let bytes = try loadImageBytes(path, relativeTo: ".")
            try check(bytes, path)
            return sha256(bytes)
        case .video(let path):
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            guard isFolder.boolValue else { return try sha256(ofFile: path) }
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            let lines = try names.map { "\($0) \(try sha256(ofFile: path + "/" + $0))\n" }
            return sha256(Array(lines.joined().utf8))
        }
    }
}
