// How much a page about evaluations may hold.

/// Limits of the pages about evaluations; what is left out is counted on the page.
public struct EvaluationPageLimits: Sendable, Equatable {
    /// The most bytes of all picture files in the page.
    public var pictureBytes = 8 << 20
    /// The most bytes of the texts of all examples.
    public var textBytes = 4 << 20
    /// The most characters of one prompt or answer; longer ones lose their middle.
    public var textCharacters = 8000
    /// The most examples of each kind of each set.
    public var examplesOfKind = 8
    /// The most groups of an axis in plots and tables.
    public var groups = 60
    /// Where relative paths of pictures begin; empty for the working directory.
    public var pictureFolder = ""

    /// The defaults.
    public init() {}

    /// Whether no limit is negative.
    var isUsable: Bool {
        [pictureBytes, textBytes, textCharacters, examplesOfKind, groups].allSatisfy { $0 >= 0 }
    }
}
