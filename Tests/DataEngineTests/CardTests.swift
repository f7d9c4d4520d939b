// Cards and pages: their numbers are those of the rows, and no text of a row becomes markup.
import Foundation
import ImageInput
import Outputs
import TestKit
import Testing

@testable import DataEngine

@Suite("Cards and pages")
struct CardTests {
    private let folder = TemporaryFolder()
    private let attack = "<script>alert('1')</script> & \\\"<img src=x onerror=y>| `code` [a](javascript:b)"

    private func claim(_ name: String) throws -> OutputClaim {
        try OutputClaim(folder.path(name), existing: .replaced)
    }

    /// Every tag of a page, by the characters between unescaped angle brackets.
    private func tags(_ html: String) -> Set<String> {
        var tags: Set<String> = []
        for part in html.split(separator: "<").dropFirst() {
            let name = part.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
            tags.insert(String(name.drop { $0 == "/" }))
        }
        return tags
    }

    @Test("Text is escaped in HTML and Markdown")
    func escaping() {
        #expect(
            escaped("<a b=\"c\" d='e'>&amp;\u{7}\n") == "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;\n")
        #expect(markdownCell("a|b\n<i>*c*</i> [d](e)") == "a\\|b &lt;i&gt;\\*c\\*&lt;/i&gt; \\[d\\](e)")
    }

    @Test("A page shows pictures with boxes in the picture's pixels, and rows of a task")
    func view() throws {
        try folder.write("p.png", .random(1))
        try folder.write("large.png", RGBImage.random(2, width: 700, height: 90))
        let grounding = "\"task\": \"grounding\", \"solution\": \"[1, 2, 30, 40]\""
        let rows =
            pictureRow("a", ["p.png"], grounding, text: attack)
            + pictureRow(
                "b", ["large.png"],
                "\"task\": \"grounding\", \"solution\": \"x\", \"objects\": {\"bbox\": [[100, 500, 200, 1000]], "
                    + "\"bbox_type\": \"norm1000\", \"ref\": [\"<b>\"]}")
            + rowText("c", text: attack)
        try folder.write("a.jsonl", rows)
        var view = RowView()
        #expect(try view.run(RowFile(folder.path("a.jsonl")), to: claim("v.html")) == 3)
        let page = try folder.text("v.html")
        #expect(page.contains("viewBox=\"0 0 96 64\"") && page.contains("viewBox=\"0 0 700 90\""))
        #expect(page.contains("<rect x=\"1.0\" y=\"2.0\" width=\"29.0\" height=\"38.0\""))
        #expect(page.contains("<rect x=\"70.0\" y=\"45.0\" width=\"70.0\" height=\"45.0\""))
        #expect(page.contains("<title>&lt;b&gt;</title>"))
        #expect(!tags(page).contains("img") && page.components(separatedBy: "<script").count == 2)
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;") && !page.contains("http"))
        view.task = "yorn"
        #expect(try view.run(RowFile(folder.path("a.jsonl")), to: claim("v.html")) == 1)
        view.offset = 1
        #expect(throws: DataEngineError.self) {
            try view.run(RowFile(folder.path("a.jsonl")), to: claim("v.html"))
        }
    }

    @Test("A card counts tasks, sources, licenses and difficulty, and names the file's hash and the recipe")
    func card() throws {
        let rows = try RatedRows(count: 40, seed: 3)
        var card = DataCard()
        card.recipe = "sources: <b>\n```\n"
        card.title = attack
        func make() throws -> (markdown: String, html: String) {
            try card.run(
                RowFile(rows.input), ratings: RatingTable(rows.folder.path("ratings.jsonl")),
                markdown: claim("c.md"), html: claim("c.html"))
            return (try folder.text("c.md"), try folder.text("c.html"))
        }
        let (markdown, html) = try make()
        for page in [markdown, html] { #expect(page.contains(try fileHash(rows.input))) }
        let tied = rows.ratings.filter { $0.problem == nil && $0.spread == 0 }.count
        let rated = rows.ratings.filter { $0.problem == nil }.count
        #expect(markdown.contains("\(rated) of 40 rows are rated; the rewards of \(tied) are all equal."))
        for task in rows.tasks {
            let count = rows.ratings.filter { $0.task == task }.count
            #expect(markdown.contains("| \(task) | \(count) | \(count) |"))
        }
        #expect(markdown.contains("~~~~~~yaml\nsources: <b>\n```\n~~~~~~"))
        #expect(!tags(html).contains("script") && !tags(html).contains("img") && !tags(html).contains("b>"))
        #expect(html.contains("sources: &lt;b&gt;"))
        let again = try make()
        #expect(again == (markdown, html))
    }
}
