// The section of the page where groups of answers are looked at.
internal import Basics
internal import ReportPages
internal import StrictJSON

/// The browser of groups.
struct GroupsSection {
    /// The groups.
    let selection: GroupSelection

    /// The section; empty without groups.
    func drawn(_ shelf: PictureShelf, _ limits: ReportLimits) -> Markup {
        guard !selection.groups.isEmpty else { return "" }
        return """
            <section id="groups" aria-labelledby="groups-title">
            <h2 id="groups-title">Groups of answers</h2>
            <p class="note">\(kept(limits))</p>
            \(leftOut(shelf, limits))
            <div class="tools">
            <label>Task <select id="group-task"></select></label>
            <label>Step <select id="group-step"></select></label>
            <span class="buttons"><button type="button" id="group-before" aria-label="Group before">‹</button>\
            <button type="button" id="group-after" aria-label="Group after">›</button></span>
            <label class="slider">Position <input type="range" id="group-place" min="0" value="0"></label>
            </div>
            <div id="group" aria-live="polite"></div>
            <noscript><p>The browser of groups needs JavaScript.</p></noscript>
            </section>
            """
    }

    /// Which groups the page has.
    private func kept(_ limits: ReportLimits) -> String {
        let (count, all) = (selection.groups.count, selection.recordedCount)
        guard count < all else { return "All \(all) recorded groups." }
        return
            "\(count) of \(all) recorded groups: up to \(limits.lastGroups) of the last ones and evenly spaced ones "
            + "from before, with at most \(byteText(limits.groupBytes)) of text."
    }

    private func leftOut(_ shelf: PictureShelf, _ limits: ReportLimits) -> Markup {
        guard !shelf.leftOut.isEmpty else { return "" }
        let items = shelf.leftOut.map { name -> Markup in "<li><code>\(name)</code></li>" }
        return """
            <details><summary>Pictures left out: \(items.count). The page holds at most \
            \(byteText(limits.pictureBytes)) of pictures.</summary><ul>\(items)</ul></details>
            """
    }
}
