// What a data card counts.
internal import StrictJSON
internal import TrainingData

/// Counts over all rows of a file.
struct CardCounts {
    private(set) var rows = 0
    /// Rows by task and source.
    private(set) var kinds: [String: [String: Int]] = [:]
    private(set) var licenses: [String: Int] = [:]
    /// Lengths in characters of questions, golds and rationales.
    private(set) var questions: [Int32] = [], golds: [Int32] = [], rationales: [Int32] = []
    /// Rows by the number of their pictures.
    private(set) var pictures: [Int: Int] = [:]
    /// Rows by tenths of their mean reward, and rows whose rewards are all equal.
    private(set) var difficulty = [Int](repeating: 0, count: 10)
    private(set) var tied = 0, rated = 0

    /// Counts a row and its rating.
    mutating func add(_ row: DataRow, _ rating: RatingTable.Entry?) throws {
        let sample = row.sample
        let json = try row.json
        rows += 1
        kinds[sample.task.rawValue, default: [:]][sample.source, default: 0] += 1
        licenses[json["license"]?.text ?? "", default: 0] += 1
        questions.append(Int32(clamping: sample.question.count))
        if let gold = sample.solutions.first { golds.append(Int32(clamping: gold.count)) }
        if let rationale = json["rationale"]?.text { rationales.append(Int32(clamping: rationale.count)) }
        pictures[sample.imageCount, default: 0] += 1
        if let rating, !rating.isUnusable {
            rated += 1
            difficulty[Int(min(9, max(0, rating.accuracy.mean * 10)))] += 1
            if rating.accuracy.spread == 0 { tied += 1 }
        }
    }
}
