// One row of the table: a measurement, the limit that it is compared with, and the goal.
import Foundation

/// A measurement and its limit, both from the same run.
struct Row {
    let name: String
    let value: Double
    let unit: String
    let limit: Double
    let limitName: String
    /// The smallest acceptable ratio; nil for rows without a goal.
    let goal: Double?

    /// Value over limit: 1 means as fast as the machine (or the library called directly) can.
    var ratio: Double { value / limit }

    /// The row as one JSON object.
    func json(core: String) -> String {
        let fields: [(String, String)] = [
            ("name", "\"\(name)\""), ("value", number(value)), ("unit", "\"\(unit)\""),
            ("limit", number(limit)), ("limitName", "\"\(limitName)\""), ("ratio", number(ratio)),
            ("goal", goal.map(number) ?? "null"), ("core", "\"\(core)\""),
        ]
        return "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    /// The row as a line of the table.
    var line: String {
        let mark = goal.map { ratio >= $0 ? "" : "  below \(number($0))" } ?? ""
        return cell(name, 46) + cell("\(number(value)) \(unit)", 20)
            + cell(String(format: "%.2f", ratio) + " of \(number(limit))", 16) + limitName + mark
    }
}

private func number(_ value: Double) -> String { String(format: value < 10 ? "%.3g" : "%.1f", value) }

private func cell(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
