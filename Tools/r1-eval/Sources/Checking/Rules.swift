// r1-eval rules: the list of rules.
import AnswerRules
import ArgumentParser
import ToolKit

/// `r1-eval rules`.
struct Rules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "List the rules that answers are judged by.")

    func run() throws {
        let lines = AnswerRule.all.map { rule in
            "\(rule.id)\n    \(rule.benchmarks.joined(separator: ", ")): \(rule.summary)"
        }
        let stages = AnswerStrip.all.map { "\($0.id)\n    \($0.summary)" }
        try console.write(
            "Rules\n\n" + lines.joined(separator: "\n") + "\n\nStages before a rule (--strip)\n\n"
                + stages.joined(separator: "\n") + "\n")
    }
}
