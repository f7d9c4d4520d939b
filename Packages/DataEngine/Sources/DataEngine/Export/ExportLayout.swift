// The layouts of other trainers that rows are written in.
internal import StrictJSON

/// A layout of rows.
public enum ExportLayout: String, Sendable, CaseIterable {
    /// The record of docs/data.md.
    case record
    /// ms-swift: `messages`, `images`, `objects`, and every other key as a column.
    case msSwift = "ms-swift"
    /// EasyR1: `problem`, `answer`, `images`.
    case easyR1 = "easyr1"
    /// LLaVA: `conversations`, `image`.
    case llava
    /// EasyR1's keys and the bytes of the pictures in one Parquet file.
    case parquet
}

/// What an export wrote, and what its layout cannot hold.
public struct ExportReport: Sendable, Equatable {
    /// Rows written.
    public var rows = 0
    /// How many rows had a key, or a part of one, that is not in the output.
    public var lost: [String: Int] = [:]
    /// How many rows were left out, by reason.
    public var leftOut: [String: Int] = [:]

    /// Counts what a row lost, or why it is left out.
    mutating func add(_ row: ExportedRow) {
        for key in Set(row.lost) { lost[key, default: 0] += 1 }
        if let reason = row.reason { leftOut[reason, default: 0] += 1 }
    }

    /// The report, one line a subject.
    public var text: String {
        func lines(_ counts: [String: Int], _ words: String) -> [String] {
            counts.sorted { $0.key < $1.key }.map { "\(words): \($0.key): \($0.value) rows" }
        }
        return (["wrote \(rows) rows"] + lines(lost, "not in this layout") + lines(leftOut, "left out"))
            .joined(separator: "\n") + "\n"
    }
}

/// One row in another layout.
struct ExportedRow {
    /// The row; nil when it is left out.
    var json: OrderedJSON?
    /// Keys, or parts of keys, that are not in it.
    var lost: [String] = []
    /// Why it is left out.
    var reason: String?
}
