// A recipe: everything that makes a set of rows, in one file.
internal import Foundation
public import Settings

/// How a set of rows is made.
public struct Recipe: SettingGroup {
    /// What happens to rows with errors.
    public enum Check: String, Sendable, CaseIterable {
        /// They end the run.
        case stop
        /// They are left out and listed.
        case drop
        /// They are listed.
        case report
        /// Nothing is checked.
        case off
    }

    /// The heading of the card.
    public var name = "Rows"
    /// The folder of the stages' files.
    public var work = ""
    /// Selects the rows of the mixture.
    public var seed: UInt64 = 0
    /// The sources.
    public var sources: [RecipeSource] = []
    /// What happens to rows with errors.
    public var check = Check.stop
    /// Evaluation sets whose rows are removed.
    public var against: [String] = []
    /// The removal of repeated rows.
    public var dedupe = DedupeSettings()
    /// The rating.
    public var rate = RateSettings()
    /// The selection by ratings.
    public var filter = FilterSettings()
    /// The mixture.
    public var mix = MixSettings()
    /// Files in the layouts of other trainers.
    public var exports: [ExportSettings] = []
    /// Sample rows of each task on the card.
    public var samples = 2

    /// A recipe without sources.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value("name", \.name, .nonEmpty("a text"), "The heading of the card."),
            .value("work", \.work, .text("the path of a folder"), "The folder of the stages' files."),
            .value("seed", \.seed, .whole(0...UInt64.max), "Selects the rows of the mixture."),
            .groups("sources", \.sources, "The sources."),
            .value("check", \.check, .choice(), "What happens to rows with errors."),
            .list(
                "against", \.against, of: .nonEmpty("the path of a file"), "a list of files",
                "Evaluation sets whose rows are removed."),
            .group("dedupe", \.dedupe), .group("rate", \.rate), .group("filter", \.filter),
            .group("mix", \.mix),
            .groups("exports", \.exports, "Files in the layouts of other trainers."),
            .value("samples", \.samples, .whole(0...100, "rows"), "Samples of each task on the card."),
        ]
    }

    /// Reads a recipe.
    ///
    /// - Parameters:
    ///   - file: A YAML file.
    ///   - assignments: Texts such as `mix.total=100`, applied in order after the file.
    /// - Throws: ``DataEngineError`` with file, line and setting.
    public init(file: String, assignments: [String] = []) throws {
        do {
            try read(SettingNode(yamlFile: file))
            for assignment in assignments { try read(assignment: assignment) }
            try check()
        } catch let error as SettingsFileError {
            throw DataEngineError.badFile(file: error.file, problem: error.problem)
        } catch let error as SettingError {
            throw DataEngineError.setting(error, in: file)
        }
        try validate(file)
    }

    private mutating func read(assignment: String) throws {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw DataEngineError.badFile(file: "--set \(assignment)", problem: "expected path=value")
        }
        let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(
            String.init)
        let text = String(assignment[assignment.index(after: equals)...])
        do {
            let value =
                try SettingNode(yaml: text, of: assignment) ?? SettingNode(.scalar("", isText: true))
            try read(value.inside(path))
        } catch let error as SettingError {
            throw DataEngineError.badFile(file: "--set \(assignment)", problem: error.description)
        }
    }

    /// Checks what settings ask of one another.
    private func validate(_ file: String) throws {
        func refuse(_ problem: String) -> DataEngineError { .badFile(file: file, problem: problem) }
        guard !sources.isEmpty else {
            throw refuse("setting sources: expected at least one source, found none")
        }
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        for (index, source) in sources.enumerated() {
            guard source.name.allSatisfy(allowed.contains), source.name.first != "." else {
                throw refuse(
                    "setting sources[\(index)].name: expected letters, digits, - _ and ., found \(source.name)"
                )
            }
            if sources[..<index].contains(where: { $0.name == source.name }) {
                throw refuse(
                    "setting sources[\(index)].name: \(source.name) is also the name of another source")
            }
            let isInMix = mix.counts[source.group] != nil || mix.weights[source.group] != nil
            if source.count > 0, source.weight > 0 || isInMix {
                throw refuse(
                    "setting sources[\(index)].count: the rows of \(source.group) have another number or weight"
                )
            }
            if source.weight > 0, isInMix {
                throw refuse(
                    "setting sources[\(index)].weight: the rows of \(source.group) have another number or weight"
                )
            }
        }
        if rate.model.isEmpty, filter != FilterSettings() {
            throw refuse("setting filter: it needs ratings; give rate.model")
        }
        let names = exports.map(\.output)
        for (index, name) in names.enumerated() {
            guard !name.contains("/"), !Self.reserved(name), names.firstIndex(of: name) == index else {
                throw refuse(
                    "setting exports[\(index)].output: expected a name that no other file of the work folder has, "
                        + "without a folder, found \(name)")
            }
        }
    }

    /// Whether a stage writes a file of this name.
    private static func reserved(_ name: String) -> Bool {
        name.hasPrefix("source-") || name.hasPrefix(".")
            || [
                "stages", "imported.jsonl", "check.jsonl", "checked.jsonl", "deduped.jsonl", "removed.jsonl",
                "ratings.jsonl", "filtered.jsonl", "rows.jsonl", "card.md", "card.html",
            ].contains(name)
    }

    /// The mixture, with the numbers of sources.
    var mixture: Mixture {
        var mixture = Mixture()
        mixture.seed = seed
        mixture.total = mix.total > 0 ? mix.total : nil
        (mixture.counts, mixture.weights, mixture.repeats) = (mix.counts, mix.weights, mix.repeats)
        for source in sources {
            if source.count > 0 { mixture.counts[source.group, default: 0] += source.count }
            if source.weight > 0 { mixture.weights[source.group, default: 0] += source.weight }
        }
        return mixture
    }
}
