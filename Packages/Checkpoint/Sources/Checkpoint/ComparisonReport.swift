// A comparison as text for a terminal of 100 columns, and as JSON.
import Foundation

extension CheckpointComparison {
    /// Text for people: structure first, then the `top` tensors with the largest distance.
    public func text(top: Int = 20) -> String {
        var lines = [line("A", a), line("B", b)]
        lines += list("only in A", removed, limit: top) + list("only in B", added, limit: top)
        lines += list("name differs", renamed.map { "\($0.nameA) -> \($0.nameB)" }, limit: min(top, 3))
        lines += list(
            "shape differs", reshaped.map { "\($0.name)  \($0.shapeA) -> \($0.shapeB)" }, limit: top)
        lines += list(
            "element type differs", retyped.map { "\($0.name)  \($0.dtypeA) -> \($0.dtypeB)" }, limit: top)
        lines += list("side file differs", sideFiles, limit: top)
        lines += list("config.json key differs", configurationKeys, limit: top)
        lines += table(top: top)
        let changed = tensors.filter(\.isDifferent).count
        lines.append(
            isSame
                ? "same: \(tensors.count) tensors and all side files" + toleranceText
                : "different: \(changed) of \(tensors.count) tensors that both have" + toleranceText
                    + extra("only in one", removed.count + added.count) + extra("renamed", renamed.count)
                    + extra("reshaped", reshaped.count)
                    + extra("side files", sideFiles.count))
        if a.trainingTensorCount + b.trainingTensorCount > 0 {
            lines.append(
                "training state is not compared (A \(a.trainingTensorCount) tensors, B \(b.trainingTensorCount))"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var toleranceText: String {
        tolerances.isExact
            ? "" : " (within \(number(tolerances.absolute)) + \(number(tolerances.relative)) * |b|)"
    }

    private func extra(_ label: String, _ count: Int) -> String { count == 0 ? "" : ", \(label): \(count)" }

    private func line(_ label: String, _ side: Side) -> String {
        "\(label)  \(side.location)  \(side.tensorCount) tensors, \(byteText(side.byteCount))"
            + (side.identity.map { ", identity \($0.prefix(12))" } ?? "")
    }

    private func list(_ label: String, _ items: [String], limit: Int) -> [String] {
        let shown = items.prefix(limit).map { "\(label): \($0)" }
        return items.count > limit ? shown + ["\(label): ... \(items.count - limit) more"] : shown
    }

    private func table(top: Int) -> [String] {
        let changed = tensors.filter { $0.changedCount > 0 || $0.nanCountA != $0.nanCountB }
            .sorted { $0.maximum > $1.maximum }
        guard !changed.isEmpty, top > 0 else { return [] }
        let shown = changed.prefix(top)
        let hasNaN = shown.contains { $0.nanCountA + $0.nanCountB > 0 }
        let width = max(6, shown.map { min($0.name.count, 56) }.max() ?? 6)
        let head = padded("tensor", width) + "    max|d|   mean|d|   changed" + (hasNaN ? "  NaN A/B" : "")
        let rows = shown.map { item in
            padded(shortened(item.name, width), width) + right(number(item.maximum), 10)
                + right(number(item.mean), 10) + right(percent(item.changedFraction), 10)
                + (hasNaN ? "  \(item.nanCountA)/\(item.nanCountB)" : "")
        }
        return [head] + rows + (changed.count > top ? ["... \(changed.count - top) more"] : [])
    }

    private func number(_ value: Double) -> String { String(format: "%.3g", value) }

    /// Never "0.00 %" for something that changed, nor "100 %" for something that did not change everywhere.
    private func percent(_ fraction: Double) -> String {
        if fraction > 0, fraction < 0.0001 { return "<0.01 %" }
        if fraction < 1, fraction > 0.9999 { return ">99.99 %" }
        return String(format: "%.2f %%", fraction * 100)
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private func shortened(_ name: String, _ width: Int) -> String {
        guard name.count > width else { return name }
        let front = width / 2 - 1
        return String(name.prefix(front)) + ".." + String(name.suffix(width - front - 2))
    }

    /// The whole comparison as JSON; infinities stand there as the strings "inf" and "-inf".
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try Array(encoder.encode(Report(isSame: isSame, comparison: self))) + [UInt8(ascii: "\n")]
    }

    private struct Report: Encodable {
        let isSame: Bool
        let comparison: CheckpointComparison

        enum Key: CodingKey { case isSame }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(isSame, forKey: .isSame)
            try comparison.encode(to: encoder)
        }
    }
}
