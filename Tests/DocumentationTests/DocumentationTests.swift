// The pages are true where a program can check it: links, line numbers, functions, file names, folders.
import Foundation
import TestKit
import Testing

@Suite("Documentation")
struct DocumentationTests {
    /// How far from a linked line the function that a page names may be declared.
    static let tolerance = 40

    @Test("There are pages to check")
    func pages() {
        #expect(DocumentationPage.all.count >= 10)
        #expect(DocumentationPage.all.contains { $0.path == "docs/tour.md" })
    }

    @Test("Every relative link leads to a file, a folder or a heading", arguments: DocumentationPage.all)
    func links(page: DocumentationPage) throws {
        for link in page.links {
            let place = "\(page.path):\(link.line)"
            guard FileManager.default.fileExists(atPath: link.url.path) else {
                Issue.record("\(place) links to \(link.target), which does not exist")
                continue
            }
            guard let fragment = link.fragment, link.url.pathExtension == "md" else { continue }
            let path = link.url.path.dropFirst(Fixtures.repository.standardizedFileURL.path.count + 1)
            let target = try DocumentationPage(String(path))
            let isHeading = target.anchors.contains(fragment)
            #expect(
                isHeading,
                "\(place) links to #\(fragment), but \(target.path) has no such heading")
        }
    }

    @Test("Every linked line number is within the file", arguments: DocumentationPage.all)
    func lineNumbers(page: DocumentationPage) throws {
        for link in page.links where link.url.pathExtension != "md" {
            let place = "\(page.path):\(link.line)"
            guard let fragment = link.fragment else { continue }
            guard let line = link.targetLine else {
                Issue.record(
                    "\(place) links to #\(fragment) of \(link.target); expected #L and a line number")
                continue
            }
            guard let source = try? LinkedSource(link.url) else { continue }
            let isWithin = line >= 1 && line <= source.lines.count
            #expect(
                isWithin,
                "\(place) links to line \(line) of \(link.target), which has \(source.lines.count) lines")
        }
    }

    @Test(
        "The function that a page names beside a link is declared near the linked line",
        arguments: DocumentationPage.all)
    func functions(page: DocumentationPage) throws {
        for (link, name) in namedFunctions(page) { try check(link, name, on: page) }
    }

    @Test("Each of the tour's ten stops links to the line of a function")
    func tour() throws {
        let page = try DocumentationPage.named("docs/tour.md")
        let stops = page.lines.indices.filter { page.lines[$0].wholeMatch(of: /\| \d+ \|.*/) != nil }
        #expect(stops.count == 10, "docs/tour.md has \(stops.count) stops")
        let named = Set(namedFunctions(page).map(\.link.line))
        for index in stops {
            let isNamed = named.contains(index + 1)
            #expect(
                isNamed,
                "docs/tour.md:\(index + 1) needs a link to FILE.swift#LINE and a cell with the function's name"
            )
        }
        let headings = page.lines.filter { $0.wholeMatch(of: /## \d+\. .*/) != nil }
        #expect(headings.count == 10, "docs/tour.md has \(headings.count) sections")
    }

    @Test("Every Swift file that a page mentions exists", arguments: DocumentationPage.all)
    func fileNames(page: DocumentationPage) {
        for (index, line) in page.lines.enumerated() {
            for match in line.matches(of: /[\w+]+\.swift\b/) {
                let isThere = Self.swiftFiles.contains(String(match.0))
                #expect(
                    isThere,
                    "\(page.path):\(index + 1) mentions \(match.0), which is not in Packages, Tools or Tests")
            }
        }
    }

    @Test("README has one line for each folder of Swift sources and none for others")
    func folders() throws {
        let page = try DocumentationPage.named("README.md")
        let (start, end) = try #require(Self.block(after: "### Folders", in: page))
        var (listed, package): ([String], String) = ([], "")
        for line in page.lines[start..<end] {
            guard let name = line.split(separator: " ").first.map(String.init) else { continue }
            if !line.hasPrefix(" ") { package = name }
            listed.append(line.hasPrefix(" ") ? "\(package)/\(name)" : name)
        }
        #expect(listed.count == Set(listed).count, "README.md lists a folder twice")
        for folder in Self.sourceFolders.subtracting(listed).sorted() {
            Issue.record("README.md has no line for the folder \(folder)")
        }
        for folder in Set(listed).subtracting(Self.sourceFolders).sorted() where folder.contains("/") {
            Issue.record("README.md lists \(folder), which has no Swift files")
        }
        for package in listed where !package.contains("/") {
            #expect(
                FileManager.default.fileExists(
                    atPath: Fixtures.repository.appendingPathComponent("Packages/\(package)/Sources").path),
                "README.md lists \(package), which is not in Packages")
        }
    }

    // MARK: - What pages name

    /// Links to lines of Swift files, each with the function that is named next.
    ///
    /// In a table row it is the last cell that is only a code span; in a text it is the code span right after the link,
    /// or, when the link ends its parentheses, the last one before it.
    private func namedFunctions(_ page: DocumentationPage) -> [(link: DocumentationPage.Link, name: String)] {
        page.lines.indices.flatMap { index in
            page.links(inLine: index).compactMap { link in
                guard link.targetLine != nil, link.target.hasSuffix(".swift") else { return nil }
                return name(beside: link, on: page, line: index).map { (link, $0) }
            }
        }
    }

    private func name(beside link: DocumentationPage.Link, on page: DocumentationPage, line index: Int)
        -> String?
    {
        let line = page.lines[index]
        if line.hasPrefix("|") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return cells.last { $0.wholeMatch(of: /`[\w.]+`/) != nil }.map { $0.filter { $0 != "`" } }
        }
        let text = page.lines[max(0, index - 1)...min(index + 1, page.lines.count - 1)].joined(
            separator: "\n")
        guard let found = text.range(of: "(\(link.target)#\(link.fragment ?? ""))") else { return nil }
        if let next = text[found.upperBound...].prefixMatch(of: /,\s+`([\w.]+)`/) { return String(next.1) }
        return text[..<found.lowerBound].matches(of: /`([\w.]+)`/).last.map { String($0.1) }
    }

    /// Checks that a function is declared near the linked line of a file that has its type.
    private func check(_ link: DocumentationPage.Link, _ name: String, on page: DocumentationPage) throws {
        guard let source = try? LinkedSource(link.url), let line = link.targetLine else { return }
        let (place, file) = ("\(page.path):\(link.line)", link.url.lastPathComponent)
        let parts = name.split(separator: ".").map(String.init)
        let hasType = parts.count == 1 || source.mentions(type: parts[0])
        #expect(hasType, "\(place) names \(name), but \(file) has no \(parts[0])")
        let declared = source.declarations(of: parts[parts.count - 1])
        let isDeclared = !declared.isEmpty
        #expect(isDeclared, "\(place) names \(name), but \(file) declares no such function")
        let isNear = !isDeclared || declared.contains { abs($0 - line) <= Self.tolerance }
        let places = declared.map(String.init).joined(separator: ", ")
        #expect(
            isNear,
            "\(place) links to line \(line) of \(file) for \(name), which is declared in line \(places)")
    }

    // MARK: - What the repository has

    private static let swiftPaths: [String] = ["Packages", "Tools", "Tests"].flatMap { top in
        let folder = Fixtures.repository.appendingPathComponent(top).path
        let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.map { "\(top)/\($0)" }
    }

    private static let swiftFiles = Set(swiftPaths.map { String($0.split(separator: "/").last ?? "") })

    /// `Package` for the top of a package and `Package/Folder` below it.
    private static let sourceFolders: Set<String> = Set(
        swiftPaths.compactMap { path in
            guard let match = path.wholeMatch(of: /Packages\/(\w+)\/Sources\/(\w+)\/(.*?)[\w+]+\.swift/),
                match.1 == match.2
            else { return nil }
            let folder = match.3.split(separator: "/").joined(separator: "/")
            return folder.isEmpty ? String(match.1) : "\(match.1)/\(folder)"
        })

    /// The lines of the fenced block after a heading.
    private static func block(after heading: String, in page: DocumentationPage) -> (start: Int, end: Int)? {
        guard let top = page.lines.firstIndex(of: heading),
            let start = page.lines[top...].firstIndex(where: { $0.hasPrefix("```") }),
            let end = page.lines[(start + 1)...].firstIndex(where: { $0.hasPrefix("```") })
        else { return nil }
        return (start + 1, end)
    }
}
