// What is at the top of the page about a run.
internal import ReportPages

/// The facts about a run.
struct RunHeader {
    /// The records.
    let records: RunRecords

    /// The name of the run: the last part of its folder.
    static func name(_ folder: String) -> String {
        folder.split(separator: "/").last.map(String.init) ?? folder
    }

    /// The header.
    var drawn: Markup {
        let items = facts.map { name, value -> Markup in "<div><dt>\(name)</dt><dd>\(value)</dd></div>" }
        return """
            <header class="top">
            <p class="kind">\(kind)</p>
            <h1>\(Self.name(records.folder))</h1>
            <dl class="facts-list">\(items)</dl>
            \(progress)
            </header>
            """
    }

    private var kind: String {
        switch records.settings["method"] {
        case _ where records.plannedSteps == 0: "Evaluation"
        case "grpo": "GRPO run"
        case "sft": "Supervised run"
        case let other: "\(other ?? "Training") run"
        }
    }

    private var facts: [(String, String)] {
        let settings = records.settings
        let planned = records.plannedSteps.map { " of \($0)" } ?? ""
        var facts = [
            ("model", settings["model"]), ("train", settings["data.train"]), ("test", settings["data.test"]),
            (
                "steps",
                "\(records.completedSteps)\(planned)\(records.isFinished ? ", finished" : ", not finished")"
            ),
            ("seed", settings["seed"]), ("peak learning rate", settings["learningRate.peak"]),
        ]
        if settings["method"] == "grpo" {
            facts.append(("answers per question", settings["grpo.groupSize"]))
            facts.append(("questions per step", settings["grpo.promptsPerStep"]))
        }
        if let rank = settings["lora.rank"], rank != "0" { facts.append(("LoRA rank", rank)) }
        if records.setAsideCount > 0 { facts.append(("rows set aside", "\(records.setAsideCount)")) }
        facts.append(("last updated", records.updated.map(timeText)))
        return facts.compactMap { name, value in value.map { (name, $0) } }
    }

    private var progress: Markup {
        guard let planned = records.plannedSteps, planned > 0, !records.isFinished else { return "" }
        return """
            <progress max="\(planned)" value="\(records.completedSteps)" aria-label="Steps done">\
            \(records.completedSteps) of \(planned) steps</progress>
            """
    }
}
