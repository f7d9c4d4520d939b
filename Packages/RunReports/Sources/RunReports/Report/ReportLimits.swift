// How much a page about a run may hold.

/// Limits of the page about a run.
public struct ReportLimits: Sendable, Equatable {
    /// The most bytes of all picture files in the page.
    public var pictureBytes = 8 << 20
    /// The most bytes of the texts of groups of answers.
    public var groupBytes = 4 << 20
    /// How many of the last groups are in the page.
    public var lastGroups = 200
    /// How many groups from before the last ones, evenly spaced, are in the page.
    public var olderGroups = 100
    /// How many questions of each task are followed from evaluation to evaluation.
    public var followedQuestions = 12
    /// How many evaluations, evenly spaced, are shown of a followed question.
    public var followedEvaluations = 12
    /// Where relative paths of pictures begin; empty for the working directory.
    public var pictureFolder = ""

    /// The defaults.
    public init() {}

    /// Whether no limit is negative.
    var isUsable: Bool {
        [pictureBytes, groupBytes, lastGroups, olderGroups, followedQuestions, followedEvaluations]
            .allSatisfy { $0 >= 0 }
    }
}
