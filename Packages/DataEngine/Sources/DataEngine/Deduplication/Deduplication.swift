// Removes rows that ask the same as an earlier row, or as a row of an evaluation set. The first one wins.
internal import Foundation
public import Outputs
internal import TrainingData

/// How rows are compared.
public struct Deduplication: Sendable, Equatable {
    /// What makes a row a leak of an evaluation set.
    public enum Leak: String, Sendable, CaseIterable {
        /// The same question: equal text, the same pictures.
        case question
        /// The same pictures, whatever is asked; without a picture, the same text.
        case picture
    }

    /// The most different bits, of 64, of pictures that count as the same; nil compares only their bytes.
    public var distance: Int? = 4
    /// What makes a row a leak.
    public var leak = Leak.question

    /// The defaults.
    public init() {}
}

/// What a deduplication did.
public struct DeduplicationCount: Sendable, Equatable {
    /// Rows read and kept.
    public var rows = 0, kept = 0
    /// Rows removed: the same bytes as an earlier row, the same look, the same as an evaluation row.
    public var exact = 0, perceptual = 0, leaks = 0
    /// Kept rows that ask something else about a picture of an evaluation row.
    public var sharedPictures = 0

    /// The counts as half a sentence.
    public var text: String {
        "kept \(kept) of \(rows); removed \(exact) exact duplicates, \(perceptual) with pictures that look the same, "
            + "\(leaks) leaks"
    }
}

/// A removed row in the report.
private struct Removal: Encodable {
    let file: String
    let line: Int
    let id: String
    /// `exact`, `perceptual`, `leak` or `leakPerceptual`.
    let kind: String
    /// `file:line` of the row that it repeats.
    let of: String
    /// Different bits of the pictures' hashes; 0 for equal bytes.
    let distance: Int
}

extension Deduplication {
    /// Copies the rows that are kept, in order.
    ///
    /// - Parameters:
    ///   - input: The rows.
    ///   - evaluations: Files whose rows must not be among the kept ones.
    ///   - output: The file to write; it appears when it is complete.
    ///   - report: A file of the removed rows, one JSON object a line; nil for none.
    /// - Returns: The counts.
    /// - Throws: ``DataEngineError`` for bad rows, unusable pictures, and when no row is left; `OutputError`.
    @discardableResult
    public func run(
        _ input: RowFile, against evaluations: [RowFile], to output: OutputClaim, report: OutputClaim?
    ) throws -> DeduplicationCount {
        var state = DeduplicationState(self)
        for evaluation in evaluations { try state.addEvaluation(evaluation) }
        let writer = try RowWriter(output)
        let removals = try report.map { try StreamedFile($0) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try input.forEachWhole { rows in
            let pictures = try state.pictures.identities(of: rows.map(\.sample))
            for (row, pictures) in zip(rows, pictures) {
                guard let removal = state.removal(of: row.sample, pictures) else {
                    try writer.write(row)
                    continue
                }
                if let removals { try removals.append(try encoder.encode(removal) + [0x0A]) }
            }
        }
        guard writer.count > 0 else {
            throw DataEngineError.badFile(file: input.path, problem: "no row is kept, nothing written")
        }
        try writer.finish()
        try removals?.finish()
        return state.count
    }
}

/// The rows seen so far.
private struct DeduplicationState {
    let options: Deduplication
    var pictures: PictureTable
    var count = DeduplicationCount()
    private var kept, leaks: NearIndex
    private var keptPlaces: [UInt32] = []
    private var leakPlaces: [(file: UInt16, line: UInt32)] = []
    private var evaluations: [String] = []
    private var evaluationPictures: Set<Digest> = []

    init(_ options: Deduplication) {
        self.options = options
        pictures = PictureTable(looks: options.distance != nil)
        kept = NearIndex(distance: options.distance ?? 0)
        leaks = kept
    }

    mutating func addEvaluation(_ file: RowFile) throws {
        evaluations.append(file.path)
        try file.forEachWhole { rows in
            for (row, pictures) in zip(rows, try pictures.identities(of: rows.map(\.sample))) {
                leaks.insert(leakKey(row.sample, pictures))
                leakPlaces.append((UInt16(evaluations.count - 1), UInt32(row.sample.line)))
                evaluationPictures.formUnion(pictures.map(\.content))
            }
        }
    }

    /// Why a row is removed; nil for a row that is kept, which later rows are compared with.
    mutating func removal(of sample: Sample, _ pictures: [PictureIdentity]) -> Removal? {
        count.rows += 1
        func removal(_ kind: String, of place: String, _ distance: Int?) -> Removal {
            Removal(
                file: sample.file, line: sample.line, id: sample.id, kind: kind, of: place,
                distance: distance ?? 0)
        }
        if let match = leaks.match(leakKey(sample, pictures)) {
            count.leaks += 1
            let place = leakPlaces[match.entry]
            return removal(
                match.distance == nil ? "leak" : "leakPerceptual",
                of: "\(evaluations[Int(place.file)]):\(place.line)", match.distance)
        }
        let key = NearIndex.Key(text: Digest(sample.comparedText), pictures)
        if let match = kept.match(key) {
            if match.distance == nil { count.exact += 1 } else { count.perceptual += 1 }
            return removal(
                match.distance == nil ? "exact" : "perceptual",
                of: "\(sample.file):\(keptPlaces[match.entry])", match.distance)
        }
        kept.insert(key)
        keptPlaces.append(UInt32(sample.line))
        count.kept += 1
        if pictures.contains(where: { evaluationPictures.contains($0.content) }) { count.sharedPictures += 1 }
        return nil
    }

    private func leakKey(_ sample: Sample, _ pictures: [PictureIdentity]) -> NearIndex.Key {
        let usesText = options.leak == .question || pictures.isEmpty
        return NearIndex.Key(text: Digest(usesText ? sample.comparedText : ""), pictures)
    }
}
