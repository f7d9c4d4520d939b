// What the filter keeps: rows whose rewards spread, as many as asked for, with their bytes unchanged.
import Foundation
import Outputs
import Rollouts
import TestKit
import Testing

@testable import TrainingRuns

@Suite("The filter of rows")
struct RowFilterTests {
    private func filter(
        _ tiny: TinyRun, epsilon: Double, limits: [String: Int] = [:]
    ) throws -> (counts: [String: FilterCount], lines: [Data]) {
        let output = tiny.folder.path("kept.jsonl")
        let counts = try RowFilter(tiny.configuration, interruption: Interruption())
            .run(to: OutputClaim(output, existing: .replaced), epsilon: epsilon, limits: limits) { _ in }
        let data = try Data(contentsOf: URL(fileURLWithPath: output))
        #expect(data.last == UInt8(ascii: "\n"))
        return (counts, data.split(separator: UInt8(ascii: "\n")).map { Data($0) })
    }

    private func lines(_ tiny: TinyRun) throws -> [Data] {
        try Data(contentsOf: tiny.folder.url("rows.jsonl")).split(separator: UInt8(ascii: "\n")).map {
            Data($0)
        }
    }

    @Test("Rows are kept whose rewards spread by more than epsilon, unchanged and in order")
    func spread() throws {
        let tiny = try TinyRun(.grpo)
        let (all, rows) = (try filter(tiny, epsilon: 0), try lines(tiny))
        #expect(all.counts.values.reduce(0) { $0 + $1.rows } == 8)
        #expect(all.counts.values.reduce(0) { $0 + $1.kept } == all.lines.count && all.lines.count > 1)
        let places = all.lines.compactMap { rows.firstIndex(of: $0) }
        #expect(places.count == all.lines.count && places == places.sorted())

        // The rewards of rows that an epsilon between them tells apart.
        let fewer = try filter(tiny, epsilon: 0.02)
        #expect(fewer.lines.count < all.lines.count && fewer.lines.allSatisfy(all.lines.contains))
        let error = #expect(throws: RunError.self) { try filter(tiny, epsilon: 0.999) }
        #expect(try #require(error).description.contains("nothing written"))
    }

    @Test("A limit keeps the first rows of a task")
    func limits() throws {
        let tiny = try TinyRun(.grpo)
        let all = try filter(tiny, epsilon: 0)
        let one = try filter(tiny, epsilon: 0, limits: ["open": 1])
        let others = all.counts.filter { $0.key != "open" }.values.reduce(0) { $0 + $1.kept }
        #expect(one.counts["open"]?.kept == 1 && one.lines.count == others + 1)
        #expect(
            all.lines.first { String(decoding: $0, as: UTF8.self).contains("\"open\"") } == one.lines.last)
    }

    @Test("A file with a byte-order mark, blank lines and CRLF gives the same rows, with their own line ends")
    func crlf() throws {
        let tiny = try TinyRun(.grpo)
        let plain = try filter(tiny, epsilon: 0)
        let text = try tiny.folder.text("rows.jsonl")
        try tiny.folder.write(
            "rows.jsonl", "\u{FEFF}" + text.replacingOccurrences(of: "\n", with: "\r\n\r\n"))
        let found = try filter(tiny, epsilon: 0)
        #expect(found.counts == plain.counts)
        #expect(found.lines == plain.lines.map { $0 + Data("\r".utf8) })
    }
}
