// What a check can find in a row, how bad it is, and what to do about it.

/// One finding of a check.
public struct Finding: Sendable, Equatable, Encodable {
    /// What was found.
    public enum Kind: String, Sendable, CaseIterable, Encodable {
        /// The line is not a row.
        case badRow
        /// A gold without a task, so that the gold decides which; a task without a gold, a gold that its reward
        /// cannot read.
        case missingTask, missingGold, badGold
        /// The task has no built-in reward.
        case unknownTask
        /// A picture or video that is not there, cannot be decoded, or has sides that no model takes.
        case missingPicture, damagedPicture, extremeShape
        /// A box outside the picture, one that reaches beyond it, one in another unit than declared, and boxes that
        /// differ from those of the gold text.
        case boxOutside, boxBeyond, boxUnit, boxDiffers
        /// An id that occurs before; a question that occurs before, with the same gold or another one.
        case duplicateID, duplicateQuestion, conflictingGold
        /// The model cannot take the prompt.
        case badPrompt
    }

    /// Whether a run can use the row.
    public enum Severity: String, Sendable, Encodable {
        /// It cannot.
        case error
        /// It can, but perhaps not as was meant.
        case warning
    }

    /// What was found.
    public let kind: Kind
    /// The file and line of the row.
    public let file: String, line: Int
    /// The row's id; nil for a line that is not a row.
    public let id: String?
    /// The key that has to change; empty for the whole row.
    public let key: String
    /// What is wrong.
    public let problem: String
    /// What to do.
    public let advice: String

    /// Whether a run can use the row.
    public var severity: Severity {
        switch kind {
        case .missingTask, .unknownTask, .boxBeyond, .boxUnit, .boxDiffers, .duplicateQuestion,
            .conflictingGold:
            .warning
        default: .error
        }
    }

    /// One line for a person.
    public var text: String {
        "\(file):\(line): \(severity.rawValue): \(kind.rawValue): " + (key.isEmpty ? "" : "\"\(key)\": ")
            + "\(problem); \(advice)"
    }

    enum CodingKeys: CodingKey { case kind, severity, file, line, id, key, problem, advice }

    /// Encodes the finding with its severity.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(kind, forKey: .kind)
        try values.encode(severity, forKey: .severity)
        try values.encode(file, forKey: .file)
        try values.encode(line, forKey: .line)
        try values.encodeIfPresent(id, forKey: .id)
        try values.encode(key, forKey: .key)
        try values.encode(problem, forKey: .problem)
        try values.encode(advice, forKey: .advice)
    }
}
