import Foundation
import ImageInput
import StrictJSON
import TestKit
import Testing

@testable import Benchmarks

/// Tables as VLMEvalKit's own classes read and ask them (`make_vlmevalkit_rows.py`).
@Suite struct ReferenceReaderTests {
    struct Table: Sendable, CustomTestStringConvertible {
        let file: String
        let rows: [JSONValue]
        var testDescription: String { file }

        static let all: [Table] = {
            do {
                let text = String(decoding: try Fixtures.bytes("evaluation/vlmevalkit.json"), as: UTF8.self)
                let tables = try JSONValue(parsing: text).members ?? JSONObject()
                // A text instead of rows is the error of a table that the reference cannot read.
                return tables.compactMap { file, rows in rows.elements.map { Table(file: file, rows: $0) } }
                    .sorted { $0.file < $1.file }
            } catch { fatalError("the reference's rows: \(error)") }
        }()
    }

    @Test("The reference read 16 of the 18 tables")
    func count() { #expect(Table.all.count == 16) }

    @Test("Rows, prompts and pixels are those of VLMEvalKit", arguments: Table.all)
    func rows(_ table: Table) throws {
        var options = BenchmarkOptions()
        options.pandasMissing = true
        if table.file.hasSuffix("pandas.tsv") { options.benchmark = .mmstar }
        let rows = try BenchmarkReader.read(Fixtures.url(table.file).path, options).rows
        #expect(rows.count == table.rows.count)
        for (row, wanted) in zip(rows, table.rows) {
            let wanted = try #require(wanted.members)
            if row.benchmark != .mmmu { #expect(row.id == wanted["index"]?.text) }
            // MathVista's and MMMU's open golds may be numbers to pandas, boxes are pixels here.
            if let letter = row.goldLetter, row.benchmark != .mathvista {
                #expect(letter == wanted["answer"]?.text)
            }
            let parts = try #require(wanted["parts"]?.elements)
            let prompt = try PromptStyle.vlmEvalKit.prompt(row)
            #expect(prompt.parts.count == parts.count { $0 != .string("") })
            for (part, wanted) in zip(prompt.parts, parts.filter { $0 != .string("") }) {
                switch part {
                case .text(let text): #expect(wanted.text == text)
                case .image(let index):
                    let picture = try row.picture(index)
                    let corners = [picture.pixels.prefix(3), picture.pixels.suffix(3)]
                    let known = wanted.members
                    #expect(
                        known?["size"]?.elements?.compactMap(\.double) == [
                            Double(picture.width), Double(picture.height),
                        ])
                    #expect(
                        known?["corners"]?.elements?.map { $0.elements?.compactMap(\.double) ?? [] }
                            == corners.map { $0.map(Double.init) })
                }
            }
        }
    }
}
