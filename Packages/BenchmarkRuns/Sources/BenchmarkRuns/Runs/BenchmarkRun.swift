// A run: asks the questions of all sets in order and stores the answers.
internal import Basics
public import Benchmarks
internal import Checkpoint
public import Collectives
internal import Foundation
internal import Outputs
public import Rollouts

/// What to do when the folder of a run exists.
public enum ExistingRun: Sendable {
    /// Refuse.
    case refused
    /// Continue an unfinished run with the same manifest.
    case resumed
    /// Start again.
    case replaced
}

/// A run over sets.
///
/// Its folder has `manifest.json` and `answers.jsonl`. An answer depends on its row and the manifest alone, so a run that
/// was killed and resumed has the same bytes as one that was not.
public struct BenchmarkRun {
    private let folder: String
    private let manifest: RunManifest
    private let sets: [PlannedSet]
    private let style: PromptStyle

    /// A run.
    ///
    /// - Parameters:
    ///   - folder: Its folder.
    ///   - manifest: What it is.
    ///   - sets: Its sets, as in the manifest.
    ///   - style: Its prompt style, as in the manifest.
    public init(_ folder: String, _ manifest: RunManifest, sets: [PlannedSet], style: PromptStyle) {
        (self.folder, self.manifest, self.sets, self.style) = (folder, manifest, sets, style)
    }

    /// Answers all questions that are not answered yet.
    ///
    /// Several processes share the questions: each answers whole batches, and process 0 writes them in order, the same
    /// bytes as one process.
    ///
    /// - Parameters:
    ///   - model: Answers.
    ///   - existing: What to do when the folder exists.
    ///   - batchSize: Questions answered together, at least 1; the answers do not depend on it.
    ///   - world: The processes that share the questions.
    ///   - interruption: Stops the answers of `model`.
    ///   - progress: Called after each round with the answered and all questions.
    /// - Throws: `BenchmarkRunError`, `OutputError`, `WorldError`, what answering throws; what was answered stays.
    public func run(
        _ model: some AnsweringModel, existing: ExistingRun, batchSize: Int,
        in world: any World = SingleProcess(), interruption: Interruption = Interruption(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws {
        try world.requireSame(Array(sha256(Array(manifest.encoded())).utf8), "model and sets")
        let output = world.rank == 0 ? try open(existing) : nil
        defer { try? output?.file.close() }  // Every batch is written and synchronized before.
        var left = try world.fromFirst(output?.answers)
        let total = sets.reduce(0) { $0 + $1.rows.count }
        var done = 0
        for set in sets {
            let answered = min(set.rows.count, left / set.manifest.answers.samples)
            left -= answered * set.manifest.answers.samples
            done += answered
            guard answered < set.rows.count else { continue }
            // The rows of a round, and those of them that this process answers.
            var (count, batch): (Int, [ModelQuestion]) = (0, [])
            func ask() throws {
                guard count > 0 else { return }
                let made = try world.together("answers", interruption) {
                    batch.isEmpty
                        ? [] : try lines(model.answers(to: batch, set.manifest.answers), to: batch, of: set)
                }
                let batches = try world.gather(made)
                try output?.write(batches)
                done += count
                (count, batch) = (0, [])
                progress(done, total)
            }
            progress(done, total)
            try set.forEachRow(pictures: .required) { index, row in
                guard index >= answered else { return }
                if count / batchSize == world.rank {
                    batch.append(
                        ModelQuestion(
                            row, prompt: try style.prompt(row),
                            number: row.randomNumber(in: set.manifest.name)))
                }
                count += 1
                if count == batchSize * world.size { try ask() }
            }
            try ask()
        }
    }

    private func lines(
        _ answers: [[ModelAnswer]], to batch: [ModelQuestion], of set: PlannedSet
    ) throws -> [UInt8] {
        let encoder = JSONEncoder.forRecords()
        var lines = Data()
        for (question, group) in zip(batch, answers) {
            for (number, answer) in group.enumerated() {
                let place = AnswerPlace(
                    set: set.manifest.name, id: question.row.id, rotation: question.row.rotation,
                    sample: number)
                lines += try encoder.encode(AnswerRecord(answer, to: place)) + [0x0A]
            }
        }
        return Array(lines)
    }

    /// The open file of answers.
    private struct Output {
        let claim: OutputClaim
        let file: FileHandle
        /// Answers of an earlier run that stay.
        let answers: Int

        func write(_ batches: [[UInt8]]) throws {
            do {
                try file.write(contentsOf: Data(batches.joined()))
                try file.synchronize()
            } catch {
                throw OutputError.cannotWrite(path: claim.path, reason: systemReason(of: error))
            }
        }
    }

    /// Makes or checks the folder, and opens its answers after those that stay.
    private func open(_ existing: ExistingRun) throws -> Output {
        let places = sets.flatMap { set in
            set.rows.flatMap { row in
                (0..<set.manifest.answers.samples).map {
                    AnswerPlace(set: set.manifest.name, id: row.id, rotation: row.rotation, sample: $0)
                }
            }
        }
        try requireDistinct(places)
        let samples = sets.flatMap { set in
            let count = set.manifest.answers.samples
            return Array(repeating: count, count: set.rows.count * count)
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw OutputError.cannotWrite(path: folder, reason: systemReason(of: error))
        }
        let claim = try OutputClaim("\(folder)/\(AnswerFile.name)", existing: .replaced, inputs: inputs)
        let kept = try begin(existing, places) { samples[$0] }
        return Output(claim: claim, file: try claim.open(keeping: kept.bytes), answers: kept.answers)
    }

    private var inputs: [String] { sets.flatMap { $0.manifest.files.map(\.path) } }

    private func requireDistinct(_ places: [AnswerPlace]) throws {
        var seen: Set<AnswerPlace> = []
        for place in places where !seen.insert(place).inserted {
            throw BenchmarkRunError.badSettings(
                "two rows are \(place): every set needs its own name and every row its own id")
        }
    }

    /// Writes or checks the manifest; returns what of the answers stays.
    private func begin(
        _ existing: ExistingRun, _ places: [AnswerPlace], samples: (Int) -> Int
    ) throws -> (answers: Int, bytes: Int) {
        let path = "\(folder)/\(RunManifest.fileName)"
        if FileManager.default.fileExists(atPath: path) {
            switch existing {
            case .refused:
                throw BenchmarkRunError.badFile(
                    folder, "a run is there already; --resume continues it, --overwrite starts again")
            case .resumed:
                let differences = try RunManifest(readingFrom: folder).differences(from: manifest)
                guard differences.isEmpty else {
                    throw BenchmarkRunError.badFile(
                        folder,
                        "it is a run with other settings (\(differences.prefix(4).joined(separator: "; "))), "
                            + "so it cannot be continued; choose another folder or --overwrite")
                }
                return try AnswerFile.progress(
                    in: "\(folder)/\(AnswerFile.name)", of: places, samples: samples)
            case .replaced: break
            }
        }
        // Without a manifest the answers belong to no run: they go first.
        let claim = try OutputClaim(path, existing: .replaced, inputs: inputs)
        let answers = "\(folder)/\(AnswerFile.name)"
        if FileManager.default.fileExists(atPath: answers) {
            try FileManager.default.removeItem(atPath: answers)
        }
        try claim.write(manifest.encoded())
        return (0, 0)
    }
}
