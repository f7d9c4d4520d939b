// What is written: lines on a pipe, rows that replace one another on a terminal.
import Terminal
import Testing

@testable import RunView

/// A terminal of some size that understands the codes of the display.
struct SmallTerminal {
    var lines: [String] = [""]
    var row = 0
    let columns: Int

    init(columns: Int) { self.columns = columns }

    /// Shows characters; a character behind the last column goes to the next line.
    mutating func write(_ text: String) {
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "\n" || character == "\r\n" {
                newLine()
            } else if character == "\u{1B}" {
                let end = rest.firstIndex { $0.isLetter } ?? rest.endIndex
                let (parameter, code) = (rest.dropFirst().prefix { $0.isNumber }, rest[end])
                apply(code, Int(parameter))
                rest = rest[rest.index(after: end)...]
            } else if character != "\r" {
                if columnCount(lines[row]) + columnCount(String(character)) > columns { newLine() }
                lines[row].append(character)
            }
        }
    }

    private mutating func newLine() {
        row += 1
        if row == lines.count { lines.append("") }
        // Characters are written over what was there; the display erases before.
    }

    private mutating func apply(_ code: Character, _ parameter: Int?) {
        switch code {
        case "A": row -= parameter ?? 1
        case "K": lines[row] = ""
        case "J": lines = lines[..<row] + [""]
        default: break
        }
    }
}

@Suite("Run display")
struct RunDisplayTests {
    private let size = TerminalSize(columns: 60, rows: 24)

    private func numbers(_ step: Int) -> StepNumbers {
        StepNumbers(step: step, metrics: ["reward": Double(step)], timings: ["timing/rollout": 1])
    }

    @Test("Live on a terminal alone, without colors where they are not wanted")
    func modes() {
        func mode(_ isTerminal: Bool, _ environment: [String: String]) -> DisplayMode {
            DisplayMode(isTerminal: isTerminal, environment: environment)
        }
        #expect(mode(true, ["TERM": "xterm-256color"]) == .live(isColored: true))
        #expect(mode(true, ["TERM": "xterm", "NO_COLOR": ""]) == .live(isColored: true))
        #expect(mode(true, ["TERM": "xterm", "NO_COLOR": "1"]) == .live(isColored: false))
        #expect(mode(true, ["TERM": "dumb"]) == .lines)
        #expect(mode(true, [:]) == .lines)
        #expect(mode(false, ["TERM": "xterm"]) == .lines)
    }

    @Test("On a pipe, each report is its line and nothing else")
    func lines() {
        var display = RunDisplay(.lines)
        var text = display.note("evaluating", size: size)
        text += display.begin(RunState(of: 2), size: size)
        text += display.step(numbers(1), secondsLeft: 5, line: "step 1/2  reward 1.000", size: size)
        text += display.resize(TerminalSize(columns: 10, rows: 10))
        text += display.note("step 1: a notice", size: size)
        text += display.end(size: size)
        text += display.note("written", size: size)
        #expect(text == "evaluating\nstep 1/2  reward 1.000\nstep 1: a notice\nwritten\n")
    }

    @Test("A view replaces itself in place; earlier lines stay, later ones come below")
    func inPlace() {
        var (display, terminal) = (RunDisplay(.live(isColored: true)), SmallTerminal(columns: 60))
        terminal.write("$ r1-train\n")
        terminal.write(display.note("loading", size: size))
        terminal.write(display.begin(RunState(of: 3), size: size))
        for step in 1...3 {
            terminal.write(display.step(numbers(step), secondsLeft: nil, line: "unused", size: size))
        }
        terminal.write(display.note("saved", size: size))
        #expect(
            terminal.lines.map { $0.prefix(6) } == [
                "$ r1-t", "loadin", "step 3", "reward", "rollou", "saved", "",
            ])
        terminal.write(display.end(size: size))
        terminal.write(display.note("written", size: size))
        #expect(
            terminal.lines.map { $0.prefix(6) } == [
                "$ r1-t", "loadin", "saved", "step 3", "reward", "rollou", "writte", "",
            ])
    }

    @Test("A notice that leaves the view stays above it in full")
    func scrolling() {
        var (display, terminal) = (RunDisplay(.live(isColored: false)), SmallTerminal(columns: 60))
        terminal.write(display.begin(RunState(of: 3), size: size))
        let long = String(repeating: "0123456789", count: 13)
        for text in [long, "two", "three", "four", "five"] { terminal.write(display.note(text, size: size)) }
        #expect(
            terminal.lines.dropLast() == [
                String(long.prefix(60)), String(long.prefix(60)), "0123456789", "two",
                "step 0/3  " + String(repeating: "░", count: 46) + "  0%", "three", "four", "five",
            ])
    }

    @Test("After a resize the cursor goes up by the lines that the wrapped rows take, never above the screen")
    func resizes() {
        var display = RunDisplay(.live(isColored: false))
        let wide = TerminalSize(columns: 60, rows: 24)
        #expect(display.begin(RunState(of: 3), size: wide).hasPrefix("\r\u{1B}[2Kstep"))
        #expect(display.step(numbers(1), secondsLeft: 1, line: "", size: wide).hasPrefix("\u{1B}[1A\r"))
        #expect(display.resize(wide) == "")
        // Three rows of 60 columns wrap into three lines each.
        #expect(display.resize(TerminalSize(columns: 25, rows: 24)).hasPrefix("\u{1B}[9A\r"))
        #expect(display.resize(TerminalSize(columns: 120, rows: 24)).hasPrefix("\u{1B}[3A\r"))
        #expect(display.resize(TerminalSize(columns: 20, rows: 5)).hasPrefix("\u{1B}[4A\r"))
    }

    @Test("A view takes the place of the wrapped rows of a wider one")
    func narrower() {
        var display = RunDisplay(.live(isColored: false))
        let wide = TerminalSize(columns: 60, rows: 24)
        var terminal = SmallTerminal(columns: 30)
        terminal.write("before\n")
        // The terminal wraps what was written when it was wider.
        terminal.write(display.begin(RunState(of: 3), size: wide))
        terminal.write(
            display.step(numbers(1), secondsLeft: 1, line: "", size: TerminalSize(columns: 30, rows: 24)))
        #expect(terminal.lines.map { $0.prefix(6) } == ["before", "step 1", "reward", "rollou", ""])
        #expect(terminal.lines.allSatisfy { columnCount($0) <= 30 })
    }

    @Test("An end without a beginning writes nothing")
    func noView() {
        var display = RunDisplay(.live(isColored: false))
        #expect(display.end(size: size) == "")
        #expect(display.resize(TerminalSize(columns: 5, rows: 5)) == "")
        #expect(display.step(numbers(1), secondsLeft: nil, line: "step", size: size) == "step\n")
    }
}
