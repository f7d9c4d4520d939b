// A comparison as text for a terminal of 80 columns.
internal import Basics
internal import Checkpoint
import Foundation
internal import ModelFamilies

extension CheckpointComparison {
    /// Text for people: structure and side files, the `top` tensors with the largest distance, sums by part
    /// and layer, and a last line with the verdict.
    public func text(top: Int = 20) -> String {
        var lines = sideLines("A", a) + sideLines("B", b)
        lines += structureLines(limit: top) + sideFileLines(limit: top)
        lines += tensorTable(limit: top)
        if !changed.isEmpty { lines += partTable() + layerTable(limit: top) }
        lines += closing()
        return lines.joined(separator: "\n") + "\n"
    }

    private func sideLines(_ label: String, _ side: Side) -> [String] {
        let facts =
            [side.format, "\(side.tensorCount) tensors", byteText(side.byteCount)]
            + (side.identity.map { ["identity \($0.prefix(12))"] } ?? [])
        return ["\(label)  \(side.location)", "   " + facts.joined(separator: ", ")]
    }

    private func structureLines(limit: Int) -> [String] {
        func kind(_ info: TensorInfo) -> String { "\(info.dtype) \(info.shape)" }
        let names = naming.map {
            ["\(padded("naming", 11))\($0.a) -> \($0.b); B is compared under A's names"]
        }
        return (names ?? []) + list("only in A", removed.map { ($0.name, kind($0)) }, limit)
            + list("only in B", added.map { ($0.name, kind($0)) }, limit)
            + list("shape", reshaped.map { ($0.name, "\($0.shapeA) -> \($0.shapeB)") }, limit)
            + list("type", retypedGroups.map { ($0.name, $0.change) }, limit)
            + Renamed.Reason.all.flatMap { reason in
                list(
                    reason.title, renamed.filter { $0.reason == reason }.map { ($0.nameA, "-> \($0.nameB)") },
                    min(limit, 3))
            }
    }

    /// One line an item, or two when name and detail do not fit beside each other.
    private func list(_ label: String, _ items: [(String, String)], _ limit: Int) -> [String] {
        let start = padded(label, 11)
        let shown = items.prefix(limit).flatMap { name, detail in
            start.count + name.count + 2 + detail.count <= Self.columns
                ? ["\(start)\(name)  \(detail)"] : ["\(start)\(name)", padded("", 13) + detail]
        }
        return items.count > limit ? shown + ["\(start)... \(items.count - limit) more"] : shown
    }

    private func sideFileLines(limit: Int) -> [String] {
        sideFiles.flatMap { file -> [String] in
            let words =
                switch file.kind {
                case .onlyInA: "only in A"
                case .onlyInB: "only in B"
                case .notation: "same JSON, written in another way"
                case .content: "\(file.byteCountA ?? 0) -> \(file.byteCountB ?? 0) bytes"
                }
            let keys = file.keys.prefix(limit).flatMap { key -> [String] in
                let (old, new) = (shortened(key.a ?? "(none)"), shortened(key.b ?? "(none)"))
                let line = "  \(key.path): \(old) -> \(new)"
                return line.count <= Self.columns
                    ? [line] : ["  \(key.path):", "    \(old)", "    -> \(new)"]
            }
            let more = file.keys.count + file.omittedKeyCount - min(limit, file.keys.count)
            return ["side file  \(file.name)  \(words)"] + keys + (more > 0 ? ["  ... \(more) more"] : [])
        }
    }

    private static let columns = 80

    /// The heads of the number columns; tensors have no cosine column, which leaves space for their names.
    private func heads(_ name: String, withCosine: Bool) -> String {
        let heads =
            right("max|d|", 9) + right("relative", 9) + right("ulp", 8)
            + (withCosine ? right("cosine", 9) : "") + right("changed", 8)
        return padded(name, Self.columns - heads.count) + heads
    }

    /// One line, or two when the name leaves no space for the numbers.
    private func row(_ name: String, _ item: ElementStatistics, withCosine: Bool) -> [String] {
        let numbers =
            right(number(item.maximum), 9) + right(number(item.relative), 9)
            + right(item.largestULP.map(steps) ?? "-", 8)
            + (withCosine ? right(item.cosine.map(cosineText) ?? "-", 9) : "")
            + right(percent(item.changedFraction), 8)
        let width = Self.columns - numbers.count
        return name.count < width ? [padded(name, width) + numbers] : [name, padded("", width) + numbers]
    }

    private func tensorTable(limit: Int) -> [String] {
        let all = changed
        guard !all.isEmpty, limit > 0 else { return [] }
        var lines = ["", heads("tensor", withCosine: false)]
        for item in all.prefix(limit) {
            lines += row(item.name, item.statistics, withCosine: false)
            let it = item.statistics
            if it.nanCountA + it.nanCountB + it.infinityCountA + it.infinityCountB > 0 {
                lines.append(
                    "  NaN \(it.nanCountA) -> \(it.nanCountB), "
                        + "infinite \(it.infinityCountA) -> \(it.infinityCountB)")
            }
        }
        return all.count > limit ? lines + ["... \(all.count - limit) more"] : lines
    }

    private func partTable() -> [String] {
        ["", heads("part (different/all tensors)", withCosine: true)]
            + parts.flatMap { part in
                row(
                    "\(part.part.title) (\(part.differentCount)/\(part.tensorCount))", part.statistics,
                    withCosine: true)
            }
    }

    private func layerTable(limit: Int) -> [String] {
        let all = layers.filter { $0.statistics.changedCount > 0 }
        guard !all.isEmpty, limit > 0 else { return [] }
        let order = all.indices.sorted {
            let (x, y) = (all[$0].statistics.relative, all[$1].statistics.relative)
            return x != y ? x > y : $0 < $1
        }
        let shown = order.prefix(min(limit, 10)).flatMap { index in
            row(
                "\(all[index].part.title) \(all[index].layer ?? 0)", all[index].statistics, withCosine: true)
        }
        let rest = all.count - min(all.count, limit, 10)
        return ["", heads("layer, most changed first", withCosine: true)] + shown
            + (rest > 0 ? ["... \(rest) more"] : [])
    }

    private func closing() -> [String] {
        var lines = [""]
        let unread = tensors.count { !$0.wasRead }
        if unread > 0 { lines.append("\(unread) tensors taken as the same by their recorded hashes") }
        if a.trainingTensorCount + b.trainingTensorCount > 0 {
            lines.append(
                "training state is not compared (A \(a.trainingTensorCount) tensors, B \(b.trainingTensorCount))"
            )
        }
        if stoppedEarly { lines.append("stopped at the first difference; there may be more") }
        return lines + Self.filled(verdict)
    }

    /// A list with commas in lines of the terminal's width.
    private static func filled(_ text: String) -> [String] {
        var lines: [String] = []
        for part in text.components(separatedBy: ", ") {
            guard let last = lines.last else {
                lines.append(part)
                continue
            }
            // The comma that may follow takes a column, too.
            if last.count + 2 + part.count < columns {
                lines[lines.count - 1] = "\(last), \(part)"
            } else {
                lines[lines.count - 1] = "\(last),"
                lines.append("    \(part)")
            }
        }
        return lines
    }

    /// One line: same or different, and in how many things.
    var verdict: String {
        let within = tolerances.isExact ? "" : " (\(toleranceText))"
        guard !isSame else {
            return "same: \(tensors.count) tensors, and side files" + within
        }
        let more = [
            ("naming styles", naming == nil ? 0 : 2), ("only in one", removed.count + added.count),
            ("renamed", renamed.count),
            ("reshaped", reshaped.count), ("retyped", retyped.count), ("side files", sideFiles.count),
        ]
        // Tensors that a quick comparison did not reach are not counted.
        let values =
            stoppedEarly && tensors.isEmpty ? [] : ["\(different.count) of \(tensors.count) tensors" + within]
        return "different: "
            + (values + more.filter { $0.1 > 0 }.map { "\($0.0): \($0.1)" }).joined(separator: ", ")
    }

    /// The tolerances as a formula.
    var toleranceText: String {
        var terms: [String] = []
        if tolerances.absolute != nil || tolerances.relative != nil {
            let (absolute, relative) = (tolerances.absolute ?? 0, tolerances.relative ?? 0)
            terms.append("|d| <= \(number(absolute)) + \(number(relative)) |b|")
        }
        if let ulp = tolerances.ulp { terms.append("\(ulp) ulp") }
        return terms.joined(separator: " or ")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private func shortened(_ value: String) -> String {
        value.count <= 60 ? value : "\(value.prefix(40))...\(value.suffix(17))"
    }
}

extension CheckpointComparison.Renamed.Reason {
    static let all: [Self] = [.rule, .style, .content]

    /// A word for people.
    var title: String {
        switch self {
        case .style: "renamed"
        case .rule: "mapped"
        case .content: "moved"
        }
    }
}

/// Three digits.
func number(_ value: Double) -> String { String(format: "%.3g", value) }

/// A count of steps in at most seven characters.
func steps(_ count: Int) -> String { count < 10_000_000 ? "\(count)" : String(format: "%.1e", Double(count)) }

/// A cosine that is 1 only when it is.
func cosineText(_ value: Double) -> String {
    value < 1 && value > 0.9999995 ? "~1" : String(format: "%.6f", value)
}

/// Never "0.00%" for something that changed, nor "100%" for something that did not change everywhere.
func percent(_ fraction: Double) -> String {
    if fraction > 0, fraction < 0.0001 { return "<0.01%" }
    if fraction < 1, fraction > 0.9999 { return ">99.99%" }
    return String(format: "%.2f%%", fraction * 100)
}
