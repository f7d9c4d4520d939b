// A plan as text for people.
internal import Basics
internal import Foundation
internal import Rollouts

extension RunPlan {
    /// The plan as lines; the last one says whether it fits and, if not, what to change.
    public var text: String {
        let isShared = work.processes > 1
        var lines = [
            headline, "",
            isShared
                ? "memory of each of \(work.processes) processes" : "memory",
        ]
        lines += Self.table(memory.resident, indent: "  ")
        if !memory.largestPhase.isEmpty {
            lines.append("  and at the same time, in the largest phase (\(memory.phases.first?.name ?? ""))")
            lines += Self.table(memory.largestPhase, indent: "    ")
        }
        lines.append("  and beside these tensors of \(byteText(memory.tensors))")
        lines += Self.table(memory.beside, indent: "    ")
        lines.append(
            "  together \(byteText(memory.total)); \(byteText(memory.limit)) are \(memory.limitFrom)"
                + (memory.limitsCache
                    ? "; keys and values get what is left, so answers wait for one another" : ""))
        if let tensors = memory.usualStepTensors, let total = memory.usualTotal {
            lines.append(
                "  that is the largest step that can come; usual ones take \(byteText(tensors)) of tensors, together "
                    + byteText(total))
        }
        if memory.phases.count > 1 {
            lines.append("  phases, one at a time")
            lines += Self.table(memory.phases, indent: "    ")
        }
        lines += ["", "disk"] + Self.table(disk.parts, indent: "  ")
        lines.append("  together \(byteText(disk.total)); \(byteText(disk.free)) are free")
        if let time { lines += [""] + Self.lines(time) }
        lines += [""] + verdict
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        let data =
            "\(work.rows) rows with prompts of \(work.shortestPrompt) to \(work.longestPrompt) tokens, mean "
            + fixed(work.meanPrompt, 0)
            + (work.measuredRows < work.rows ? " (of \(work.measuredRows) rows)" : "")
        let step =
            work.method == "sft"
            ? "\(work.questions) rows"
            : "\(work.questions) questions, \(work.answers) answers each of at most \(work.mostAnswerTokens) tokens"
        let place = work.processes > 1 ? " on \(work.processes) processes" : ""
        let steps = work.steps == 1 ? "1 step" : "\(work.steps) steps"
        return "\(work.method) in \(work.dtype)\(place): \(steps) of \(step); \(data)"
    }

    private static func table(_ parts: [Part], indent: String) -> [String] {
        let width = max(24, parts.map(\.name.count).max() ?? 0)
        return parts.map { part in
            let size = byteText(part.bytes)
            let padded = String(repeating: " ", count: max(0, 11 - size.count)) + size
            let line = indent + part.name.padding(toLength: width, withPad: " ", startingAt: 0) + padded
            return part.from.isEmpty ? line : line + "  " + part.from
        }
    }

    private static func lines(_ time: Time) -> [String] {
        func row(_ part: Time.Part, _ total: Double) -> String {
            let number = fixed(total, 2)
            return part.name.padding(toLength: 14, withPad: " ", startingAt: 0)
                + String(repeating: " ", count: max(0, 11 - number.count)) + number + " s  " + part.from
        }
        var lines = ["time (trial of \(time.trial))"]
        lines += time.phases.map { "  " + row($0, $0.seconds) }
        lines.append("  a step takes \(fixed(time.step, 2)) s")
        lines += time.parts.map { part in
            var part = part
            let each = part.seconds
            if part.count != 1 { part.from = "\(part.count) times \(fixed(each, 2)) s; " + part.from }
            return "  " + row(part, each * Double(part.count))
        }
        lines.append(
            "  the run takes \(duration(time.total))"
                + (time.limit.map { "; the limit is \(duration($0))" } ?? ""))
        return lines
    }

    /// The last lines: whether it fits, and what to change.
    var verdict: [String] {
        if let solution { return [Self.line(solution)] }
        guard !fits else { return ["fits"] }
        var lines: [String] = []
        if !memory.fits {
            let largest = (memory.resident + memory.largestPhase + memory.beside).sorted {
                $0.bytes > $1.bytes
            }.prefix(3)
            lines.append(
                "does not fit: it needs \(byteText(memory.total)), but only \(byteText(memory.limit)) are "
                    + "\(memory.limitFrom); the largest parts are "
                    + largest.map { "\($0.name) (\(byteText($0.bytes)))" }.joined(separator: ", "))
            if advice.isEmpty {
                lines.append(
                    "no settings that the plan knows make it fit; use a smaller model or more memory")
            } else {
                lines.append(advice.count > 1 ? "each of these makes it fit:" : "this makes it fit:")
                lines += advice.map {
                    "  " + $0.settings.map { "--set \($0)" }.joined(separator: " ")
                        + "  (\(byteText($0.bytes))"
                        + ($0.changesNothing ? "; changes results only by rounding)" : ")")
                }
            }
        }
        if !disk.fits {
            lines.append(
                "does not fit the disk: it needs \(byteText(disk.total)), but only \(byteText(disk.free)) are free; "
                    + "lower checkpoints.keepLast or use another disk")
        }
        if let time, !time.fits, let limit = time.limit {
            let most = Int(((limit - time.total) / max(1e-9, time.step)).rounded(.down)) + work.steps
            lines.append(
                "does not fit the time: it takes \(duration(time.total)), the limit is \(duration(limit)); "
                    + (most > 0 ? "--set steps=\(most) fits" : "not even one step fits"))
        }
        return lines
    }

    private static func line(_ solution: Solution) -> String {
        func need(_ bytes: Int?, _ seconds: Double?) -> String {
            [bytes.map(byteText), seconds.map(duration)].compactMap { $0 }.joined(separator: ", ")
        }
        guard let value = solution.value else {
            return "no value of \(solution.setting) fits; the smallest needs "
                + need(solution.tooLargeBytes, solution.tooLargeSeconds)
        }
        let next =
            solution.tooLarge.map {
                let cost = need(solution.tooLargeBytes, solution.tooLargeSeconds)
                return cost.isEmpty ? "; \($0) is not allowed" : "; \($0) does not fit (\(cost))"
            } ?? ", the largest there is"
        return "\(solution.setting): \(value) fits (\(need(solution.bytes, solution.seconds)))" + next
    }
}

/// Seconds as hours, minutes and seconds.
private func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return fixed(seconds, 1) + " s"
}
