// docs/settings.md, made from the settings themselves.
internal import Settings

/// The page of all settings as Markdown: a table for each section with name, default, accepted values and meaning.
public func settingsPage() -> String {
    var page = """
        # Settings

        Every setting of `r1-train`, by section of the YAML file. A file gives any part of the tree; the rest keeps its
        default. `--set PATH=VALUE` gives one setting, such as `--set grpo.groupSize=4`. `r1-train settings` prints
        this page, and a test compares the two.

        """
    var section: String?
    for setting in RunConfiguration.descriptions() {
        let parts = setting.path.split(separator: ".")
        let name = parts.dropLast().joined(separator: ".")
        if name != section {
            section = name
            page += "\n## \(name.isEmpty ? "Top level" : "`\(name)`")\n\n"
            page += "| setting | default | accepted | meaning |\n|---|---|---|---|\n"
        }
        let initial = setting.initial.isEmpty ? "" : "`\(setting.initial)`"
        page += "| `\(parts.last ?? "")` | \(initial) | \(setting.accepted) | \(setting.summary) |\n"
    }
    return page
}
