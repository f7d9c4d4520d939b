// What a stage of a recipe made, and from what: a stage runs again only when its inputs, its settings or its outputs
// have changed.
internal import Basics
internal import Foundation
internal import Outputs
internal import StrictJSON
internal import TrainingData

/// The files of a recipe's stages.
struct StageStore {
    /// The work folder.
    let folder: String
    let report: (String) -> Void
    /// Throws when the run is to stop.
    let check: () throws -> Void

    /// What is recorded of a finished stage.
    private struct Record: Codable, Equatable {
        /// The hash of everything that decides the outputs.
        var key: String
        /// SHA-256 of each output, by name.
        var outputs: [String: String]
    }

    /// Makes the folders.
    init(
        _ folder: String, check: @escaping () throws -> Void, report: @escaping (String) -> Void
    ) throws {
        (self.folder, self.check, self.report) = (folder, check, report)
        do {
            try FileManager.default.createDirectory(
                atPath: folder + "/stages", withIntermediateDirectories: true)
        } catch {
            throw DataEngineError.badFile(
                file: folder, problem: "cannot be made: \(systemReason(of: error))")
        }
    }

    /// Removes the unfinished files of a run that was killed.
    ///
    /// No other process may write to the folder.
    func removeUnfinished() throws {
        for folder in [folder, folder + "/stages"] {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder)
            where name.wholeMatch(of: /.*\.partial-[0-9]+/) != nil {
                try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
            }
        }
    }

    /// The path of a file.
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The claim of an output; what is there may be replaced.
    func claim(_ name: String) throws -> OutputClaim { try OutputClaim(path(name), existing: .replaced) }

    /// Runs a stage unless its outputs are those that it would make.
    ///
    /// - Parameters:
    ///   - name: The stage.
    ///   - inputs: Hashes and settings that decide its outputs, in a fixed order.
    ///   - outputs: The names of its files.
    ///   - work: Makes the outputs; each appears when it is complete. Gets whether the unfinished outputs of a run
    ///     with the same inputs may be continued.
    /// - Returns: The hashes of the outputs, in order.
    /// - Throws: What `work` throws.
    @discardableResult
    func run(
        _ name: String, from inputs: [String], outputs: [String], _ work: (_ mayContinue: Bool) throws -> Void
    ) throws -> [String] {
        let key = sha256(([name] + inputs).map { "\($0.utf8.count):\($0)" }.joined())
        if let record = try record(name), record.key == key, try hashes(outputs) == record.outputs {
            report("\(name): up to date")
            return outputs.map { record.outputs[$0] ?? "" }
        }
        try check()
        report("\(name): running")
        let mayContinue = try record(name + ".started")?.key == key
        try write(Record(key: key, outputs: [:]), name + ".started")
        try work(mayContinue)
        let made = try hashes(outputs)
        try write(Record(key: key, outputs: made), name)
        return outputs.map { made[$0] ?? "" }
    }

    private func hashes(_ outputs: [String]) throws -> [String: String] {
        var hashes: [String: String] = [:]
        for name in outputs where FileManager.default.fileExists(atPath: path(name)) {
            hashes[name] = try fileHash(path(name))
        }
        return hashes
    }

    /// What is recorded; nil when nothing is, or the record is damaged, so that the stage runs again.
    private func record(_ name: String) throws -> Record? {
        guard let data = FileManager.default.contents(atPath: path("stages/\(name).json")) else { return nil }
        return try? JSONDecoder().decode(Record.self, from: data)
    }

    private func write(_ record: Record, _ name: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try claim("stages/\(name).json").write(try encoder.encode(record) + [0x0A])
    }
}

/// The hash of a file's bytes, or of all files of a folder; a word for what cannot be read, because the stage that
/// needs it says why.
func contentHash(_ path: String) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return "missing" }
    guard isFolder.boolValue else { return (try? fileHash(path)) ?? "unreadable" }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return "unreadable" }
    return sha256(names.sorted().map { "\($0) \(contentHash(path + "/" + $0))\n" }.joined())
}

/// The hash of all pictures and videos that rows name, in order.
func picturesHash(_ file: RowFile) throws -> String {
    var (seen, hash): (Set<Digest>, Digest) = ([], Digest(""))
    try file.forEachBatch { results in
        let rows = results.compactMap { try? $0.get() }  // A bad row is an error of the stage that reads it.
        let paths = rows.flatMap(\.sample.visualFiles).filter { seen.insert(Digest($0)).inserted }
        let contents = try parallelMap(paths.count) { contentHash(paths[$0]) }
        hash = Digest(of: [hash] + contents.map { Digest($0) })
    }
    return hash.text
}
