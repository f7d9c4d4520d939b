// What a recipe needs from the program that runs it: readers of foreign layouts and a model.
public import Outputs
public import Rewards

/// A model's answers for a recipe.
public protocol RecipeRater {
    /// What decides the ratings besides the rows: the model's content and the settings.
    func identity(_ settings: RateSettings) throws -> String
    /// Writes or continues the ratings of a file's rows.
    func rate(_ input: String, _ settings: RateSettings, to output: OutputClaim) throws
}

/// What a recipe needs from the program that runs it.
public struct RecipeTools {
    /// Writes the rows of a source as records.
    public var importer: (RecipeSource, OutputClaim) throws -> Void
    /// Changes when the importer does.
    public var importerVersion: String
    /// The model that answers.
    public var rater: any RecipeRater
    /// The rewards that golds are checked with.
    public var router: RewardRouter
    /// Throws between two stages when the run is to stop.
    public var check: () throws -> Void = {}
    /// Receives lines for the console.
    public var report: (String) -> Void

    /// The tools of a program.
    public init(
        importer: @escaping (RecipeSource, OutputClaim) throws -> Void, importerVersion: String,
        rater: any RecipeRater, router: RewardRouter, report: @escaping (String) -> Void
    ) {
        (self.importer, self.importerVersion, self.rater) = (importer, importerVersion, rater)
        (self.router, self.report) = (router, report)
    }
}
