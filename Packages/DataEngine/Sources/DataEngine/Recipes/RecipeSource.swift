// One source of a recipe: a file or folder of rows in some layout, and what its rows are.
public import Settings

/// A source of rows.
public struct RecipeSource: SettingGroup {
    /// Its name: letters, digits, `-`, `_` and `.`; the ids of its rows start with it.
    public var name = ""
    /// A file, or a folder of files.
    public var path = ""
    /// The task of rows that give none.
    public var task = ""
    /// The `source` of its rows; empty keeps what a row says, or gives it `name`.
    public var source = ""
    /// The `license` of its rows; empty keeps what a row says.
    public var license = ""
    /// What a row that cannot be used does.
    public enum BadRow: String, Sendable, CaseIterable {
        /// It ends the recipe.
        case stop
        /// It goes to `source-NAME.rejects.jsonl` in the work folder.
        case skip
    }
    /// What rows that cannot be used do.
    public var onBadRow = BadRow.stop
    /// Keys of the record by the names that they have in the source's rows.
    public var map: [String: String] = [:]
    /// Rows of the mixture that come from this source; 0 for no number.
    public var count = 0
    /// The weight of this source among the rows that counts leave; 0 for none.
    public var weight = 0.0

    /// A source without a path.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value("name", \.name, .nonEmpty("a name"), "The name; ids of its rows start with it."),
            .value("path", \.path, .nonEmpty("the path of a file or folder"), "The file or folder."),
            .value("task", \.task, .text("the name of a task"), "The task of rows that give none."),
            .value("source", \.source, .text("a text"), "The source that its rows name."),
            .value("license", \.license, .text("a text"), "The license that its rows name."),
            .value(
                "onBadRow", \.onBadRow, .choice(),
                "`stop`: a row that cannot be used ends the recipe. `skip`: it goes to `source-NAME.rejects.jsonl`."
            ),
            .values(
                "map", \.map, by: "KEY", .nonEmpty("the name of a key"),
                "Keys of the record by their names in the rows."),
            .value(
                "count", \.count, .whole(0...1_000_000_000, "rows"), "Rows of the mixture; 0 for no number."),
            .value("weight", \.weight, .nonNegative(), "The weight in the mixture; 0 for none."),
        ]
    }

    /// The value of `source` by which the mixture knows the rows.
    var group: String { ":" + (source.isEmpty ? name : source) }
}
