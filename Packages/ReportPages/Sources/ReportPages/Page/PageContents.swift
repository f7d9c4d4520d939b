// The sections of a page.

/// Sections with links to them above; empty ones are left out.
///
/// - Parameter parts: The identifier, the name in the links and the content of each section.
/// - Returns: The links and the sections.
public func contents(_ parts: [(id: String, name: String, content: Markup)]) -> Markup {
    let shown = parts.filter { !$0.content.isEmpty }
    let links = shown.map { part -> Markup in "<a href=\"#\(part.id)\">\(part.name)</a>" }
    return """
        <nav aria-label="Sections">\(links)</nav>
        \(shown.map(\.content))
        """
}
