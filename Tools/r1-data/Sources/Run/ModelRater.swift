// Ratings for a recipe, as r1-data rate makes them.
import DataEngine
import Outputs
import Rollouts
import TrainingRuns

/// Rates rows with the model that a recipe names.
struct ModelRater: RecipeRater {
    let interruption: Interruption

    func identity(_ settings: RateSettings) throws -> String {
        try rating("rows", settings).identity()
    }

    func rate(_ input: String, _ settings: RateSettings, to output: OutputClaim) throws {
        try rating(input, settings).run(to: { output }, report: report)
    }

    private func rating(_ input: String, _ settings: RateSettings) throws -> RowRating {
        let configuration = try RunConfiguration.read(
            file: settings.config.isEmpty ? nil : settings.config, assignments: settings.set)
        return try RowRating(
            input, model: settings.model, configuration: configuration, interruption: interruption)
    }
}
