// Pages: what is put into one stays text, the policy, pictures.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import ReportPages

@Suite struct PageTests {
    let folder = TemporaryFolder()

    @Test(
        "A picture is embedded once as it is; one that browsers do not show, or that is missing, is named with a reason"
    )
    func pictures() throws {
        try Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]).write(to: folder.url("a.png"))
        try folder.write("b.tiff", "II*")
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        var shelf = PictureShelf(limit: 100, folder: folder.path())
        #expect(shelf.add("a.png") == 0)
        #expect(shelf.add("a.png") == 0)
        #expect(shelf.add("b.tiff") == 1)
        #expect(shelf.add("none.png") == 2)
        #expect(shelf.add("pipe") == 3)
        #expect(shelf.add("data:image/gif;base64,R0lGODlhAQ==") == 4)
        #expect(shelf.add("data:text/html,<b>") == 5)
        #expect(shelf.count == 2)
        let json = shelf.json.compact
        #expect(json.contains("\"source\":\"data:image/png;base64,iVBORw0KGgoB\""))
        #expect(json.contains("not in a format that browsers show"))
        #expect(json.contains("no such file"))
        #expect(json.contains("it is a pipe"))
    }

    @Test(
        "Texts in markup are escaped, pieces are not, and a page has its own style after that of every page")
    func frame() {
        let attack = "</script><img src=x onerror=alert(1)>{{script}}"
        let page = PageFrame(
            title: attack, header: "<h1>\(attack)</h1>", content: Markup.when(true, "<p>\(attack)</p>"),
            data: .members(["text": .string(attack)]), scripts: [PageScript.charts, PageScript.elements],
            style: ".own { color: red; }"
        ).html
        #expect(!page.contains("<img"))
        #expect(page.components(separatedBy: "<script").count == 3)
        #expect(page.components(separatedBy: "</script").count == 3)
        #expect(page.contains(".own { color: red; }</style>"))
        #expect(page.contains("default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"))
        #expect(page.components(separatedBy: "{{script}}").count == 5)
    }

    @Test("Sections without content are left out, with their links")
    func sections() {
        let page = contents([("a", "A", "<p>a</p>"), ("b", "B", "")]).text
        #expect(page.contains("<a href=\"#a\">A</a>"))
        #expect(!page.contains("#b"))
    }
}
