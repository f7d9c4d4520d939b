// What the pages about evaluations share: their frame, the facts of runs, sections of tables and lists.
internal import CEvaluationPages
internal import ReportPages
internal import StrictJSON

/// The parts of a page about evaluated runs.
struct EvaluationPage {
    /// A section with the name of the link to it.
    typealias Part = (id: String, name: String, content: Markup)

    /// The title and what kind of page it is.
    let title, kind: String
    /// The runs, in the order of their colors.
    let runs: [EvaluatedRun]
    /// The sections; empty ones are left out.
    let parts: [Part]
    /// The examples.
    let gallery: ExampleGallery

    /// The page.
    var html: String {
        PageFrame(
            title: "\(title) · \(kind.lowercased())", header: header, content: contents(parts),
            data: .object(gallery.data),
            scripts: [Self.strict, PageScript.elements, assetText(r1_evaluations_gallery_script)],
            style: assetText(r1_evaluations_style)
        ).html
    }

    /// The scripts are strict.
    private static let strict = "\"use strict\";"

    private var header: Markup {
        let items = runs.enumerated().map { index, run -> Markup in
            let facts = run.facts.map { "\($0.name): \($0.value)" }.joined(separator: " · ")
            return """
                <div><dt><span class="swatch circles \(colorClass(index))" aria-hidden="true"></span> \(run.name)</dt>
                <dd>\(facts.isEmpty ? "no facts recorded" : facts)</dd></div>
                """
        }
        return """
            <header class="top">
            <p class="kind">\(kind)</p>
            <h1>\(title)</h1>
            <dl class="facts-list">\(items)</dl>
            </header>
            """
    }

    /// A section with a heading.
    static func section(_ id: String, _ title: String, _ content: Markup, note: String = "") -> Markup {
        guard !content.isEmpty else { return "" }
        return """
            <section id="\(id)" aria-labelledby="\(id)-title">
            <h2 id="\(id)-title">\(title)</h2>\(Markup.when(!note.isEmpty, "<p class=\"note\">\(note)</p>"))
            \(content)
            </section>
            """
    }

    /// Sentences as a list.
    static func list(_ items: [String]) -> Markup {
        let items = items.map { item -> Markup in "<li>\(item)</li>" }
        return items.isEmpty ? "" : "<ul class=\"note sentences\">\(items)</ul>"
    }

    /// A table that opens.
    static func folded(_ summary: String, _ table: Markup) -> Markup {
        "<details><summary>\(summary)</summary>\(table)</details>"
    }
}

/// Elements up to a limit, and how many are left out.
func limited<T>(_ elements: [T], to limit: Int) -> (shown: [T], leftOut: Int) {
    (Array(elements.prefix(limit)), max(0, elements.count - limit))
}
