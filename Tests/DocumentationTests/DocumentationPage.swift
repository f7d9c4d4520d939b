// A page of the documentation: its links, its code blocks, and the file names that it mentions.
import Foundation
import TestKit
import Testing

/// One Markdown file.
struct DocumentationPage: CustomTestStringConvertible, Sendable {
    /// A link to a file of the repository.
    struct Link: Sendable {
        /// The target as it is written, without the part after `#`.
        let target: String
        /// The part after `#`; nil without one.
        let fragment: String?
        /// The line of the page, from 1.
        let line: Int
        /// The file or folder that it leads to.
        let url: URL

        /// The line number in `#L12`.
        var targetLine: Int? {
            fragment.flatMap { $0.hasPrefix("L") ? Int($0.dropFirst()) : nil }
        }
    }

    /// The path from the root of the repository.
    let path: String
    /// The lines of the file.
    let lines: [String]
    /// For each line, whether it is inside a fenced block.
    let isFenced: [Bool]

    var testDescription: String { path }

    /// Reads a page.
    init(_ path: String) throws {
        self.path = path
        lines = try String(contentsOf: Fixtures.repository.appendingPathComponent(path), encoding: .utf8)
            .components(separatedBy: "\n")
        var isInside = false
        isFenced = lines.map { line in
            let isFence = line.hasPrefix("```")
            if isFence { isInside.toggle() }
            return isInside || isFence
        }
    }

    /// README, CONTRIBUTING and everything in docs.
    static let all: [DocumentationPage] = {
        let docs = Fixtures.repository.appendingPathComponent("docs").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: docs)) ?? []
        let pages = names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
        return (["README.md", "CONTRIBUTING.md"] + pages).compactMap { try? DocumentationPage($0) }
    }()

    /// The page at a path of the repository.
    static func named(_ path: String) throws -> DocumentationPage { try DocumentationPage(path) }

    /// All links that lead to files or to places on a page, in order.
    var links: [Link] {
        lines.indices.flatMap { links(inLine: $0) }
    }

    /// The links of one line.
    func links(inLine index: Int) -> [Link] {
        guard !isFenced[index] else { return [] }
        let folder = Fixtures.repository.appendingPathComponent(path).deletingLastPathComponent()
        let here = Fixtures.repository.appendingPathComponent(path)
        return lines[index].matches(of: /\]\(([^)\s]+)\)/).compactMap { match in
            let text = String(match.1)
            guard !text.contains("://"), !text.hasPrefix("mailto:") else { return nil }
            let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let target = String(parts[0])
            return Link(
                target: target, fragment: parts.count > 1 ? String(parts[1]) : nil, line: index + 1,
                url: target.isEmpty ? here : folder.appendingPathComponent(target).standardizedFileURL)
        }
    }

    /// The anchors of the headings, as GitHub makes them.
    var anchors: Set<String> {
        Set(
            lines.indices.filter { !isFenced[$0] && lines[$0].hasPrefix("#") }.map { index in
                String(
                    lines[index].drop { $0 == "#" }.dropFirst().lowercased().compactMap { character in
                        character == " "
                            ? "-"
                            : character.isLetter || character.isNumber || "-_".contains(character)
                                ? character : nil
                    })
            })
    }
}

/// A source file that a page links to.
struct LinkedSource {
    /// The lines of the file.
    let lines: [String]

    /// Reads a file.
    init(_ url: URL) throws {
        let parts = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        lines = parts.last == "" ? parts.dropLast() : parts
    }

    /// The lines, from 1, in which a function of this name is declared.
    func declarations(of function: String) -> [Int] {
        lines.indices.filter { index in
            lines[index].matches(of: /\bfunc\s+`?(\w+)/).contains { $0.1 == function }
        }.map { $0 + 1 }
    }

    /// Whether a type of this name is declared or extended here.
    func mentions(type: String) -> Bool {
        lines.contains { line in
            line.matches(of: /\b(?:struct|class|enum|actor|protocol|extension)\s+(\w+)/).contains {
                $0.1 == type
            }
        }
    }
}
