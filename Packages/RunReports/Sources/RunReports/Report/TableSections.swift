// The sections of the page that are tables or lists: diagnosis, other metrics, settings.
internal import ReportPages

extension RunRecords {
    /// What another program found; empty without findings.
    func diagnosisSection(_ findings: [Diagnosis]) -> Markup {
        guard !findings.isEmpty else { return "" }
        let items = findings.map { finding -> Markup in
            """
            <li><p class="facts"><b>\(finding.cause)</b><span>step \(finding.step)</span>\
            \(Markup.when(finding.task != nil, "<span>\(finding.task ?? "")</span>"))</p>
            <p>\(finding.text)</p></li>
            """
        }
        return """
            <section id="diagnosis" aria-labelledby="diagnosis-title">
            <h2 id="diagnosis-title">Diagnosis</h2>
            <ul class="findings">\(items)</ul>
            </section>
            """
    }

    /// The metrics that no chart shows; empty when there are none.
    var otherMetricsSection: Markup {
        let metrics = otherMetrics()
        guard !metrics.isEmpty else { return "" }
        let rows = metrics.map { name, first, last -> [Markup] in
            ["<code>\(name)</code>", "\(brief(first))", "\(brief(last))"]
        }
        let table = Markup.table(
            "Other metrics", ["metric", "first tenth", "last tenth"], rows, style: "numbers")
        return """
            <section id="other" aria-labelledby="other-title">
            <h2 id="other-title">Other metrics</h2>
            <p class="note">Means over the first and the last tenth of the steps.</p>
            \(table)
            </section>
            """
    }

    /// All settings.
    var settingsSection: Markup {
        let rows = settings.entries.map {
            ["<code>\($0.path)</code>", "<code>\($0.value)</code>"] as [Markup]
        }
        return """
            <section id="settings" aria-labelledby="settings-title">
            <h2 id="settings-title">Settings</h2>
            <details><summary>All \(rows.count) settings of config.yaml</summary>
            \(Markup.table("Settings", ["setting", "value"], rows))
            </details>
            </section>
            """
    }
}
