// r1-train settings: the page of all settings.
import ArgumentParser
import ToolKit
import TrainingRuns

/// `r1-train settings`.
struct ListSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings",
        abstract: "Print every setting with its default and range, as docs/settings.md has them.",
        discussion: """
            Example:
              r1-train settings > docs/settings.md
            """)

    func run() throws { try console.write(settingsPage()) }
}
