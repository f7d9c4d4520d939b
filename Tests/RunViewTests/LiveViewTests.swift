// The view as a value: what it shows at each size, and that it never exceeds the terminal.
import Terminal
import Testing

@testable import RunView

/// A GRPO run after some steps.
func exampleState(steps: Int = 8, tasks: [String] = ["yes_no", "chart"]) -> RunState {
    var state = RunState(of: 20)
    for step in 1...max(steps, 1) where steps > 0 {
        var metrics: [String: Double] = [
            "reward": Double(step) / 10, "rewards/accuracy/mean": 0.5, "rewards/format/mean": 1,
            "kl": 0.0001 * Double(step), "entropy": 2 - 0.1 * Double(step), "completions/mean_length": 40,
            "loss": 0.01, "clip_ratio/high_mean": 0,
        ]
        for task in tasks {
            metrics["rewards/\(task)/mean"] = 0.1 * Double(step)
            metrics["parse_fail/\(task)"] = 0
        }
        let timings = [
            "timing/rollout": 1.0, "timing/data": 0.1, "timing/update": 0.7, "timing/extra": 0.1,
            "step_time": 2, "memory/peak_bytes": 1e9,
        ]
        state.add(StepNumbers(step: step, metrics: metrics, timings: timings), secondsLeft: 205)
    }
    return state
}

@Suite("Live view")
struct LiveViewTests {
    private func texts(_ state: RunState, _ columns: Int, _ rows: Int = 24) -> [String] {
        LiveView(TerminalSize(columns: columns, rows: rows)).rows(state).map { $0.text(isColored: false) }
    }

    @Test("Header, curves and phases")
    func usual() {
        #expect(
            texts(exampleState(), 64) == [
                "step 8/20  █████████▋░░░░░░░░░░░░░░  40%  3:25 left  2.00 s/step",
                "reward   ▁▂▃▄▅▆▇█                      0.100 →   0.800    +0.700",
                "accuracy ▄▄▄▄▄▄▄▄                      0.500 →   0.500    +0.000",
                "  chart  ▁▂▃▄▅▆▇█                      0.100 →   0.800    +0.700",
                "  yes_no ▁▂▃▄▅▆▇█                      0.100 →   0.800    +0.700",
                "kl       ▁▂▃▄▅▆▇█                    1.0e-04 → 8.0e-04  +7.0e-04",
                "entropy  █▇▆▅▄▃▂▁                      1.900 →   1.200    -0.700",
                "length   ▄▄▄▄▄▄▄▄                      40.00 →   40.00    +0.000",
                "loss     ▄▄▄▄▄▄▄▄                      0.010 →   0.010    +0.000",
                "data    ██▏                                           5%  0.10 s",
                "rollout █████████████████████▌                       50%  1.00 s",
                "update  ███████████████                              35%  0.70 s",
                "extra   ██▏                                           5%  0.10 s",
                "other   ██▏                                           5%  0.10 s",
            ])
    }

    @Test("No row is wider than the terminal and all rows fit on it, at any size and with any names")
    func sizes() {
        var wide = exampleState(tasks: ["漢字の問題", "👩‍🔬", String(repeating: "long", count: 30), "a\nb\u{1B}[2J"])
        for text in ["短い", String(repeating: "漢字 notice ", count: 40), "with\ttab\r\nand \u{1B}[31mcodes"] {
            #expect(wide.note(text) == nil)
        }
        for state in [RunState(of: 0), exampleState(steps: 1), exampleState(tasks: []), exampleState(), wide]
        {
            for columns in Array(1...45) + [80, 120, 400] {
                for rows in [1, 2, 3, 6, 12, 24] {
                    let shown = texts(state, columns, rows)
                    #expect(shown.allSatisfy { columnCount($0) <= columns })
                    #expect(shown.count <= max(rows - 1, 1) && !shown.isEmpty)
                    #expect(shown.allSatisfy { !$0.unicodeScalars.contains { $0.value < 32 } })
                }
            }
        }
    }

    @Test("A narrow terminal keeps the values, a wide one has longer curves", arguments: [40, 80, 120])
    func widths(columns: Int) {
        let shown = texts(exampleState(steps: 150), columns)
        #expect(shown.count == 14)
        #expect(shown[1].hasPrefix("reward "))
        #expect(shown[1].hasSuffix("0.100 →  15.00  +14.90"))
        #expect(columnCount(shown[1]) == columns)
        #expect(shown[1].contains("▁") && shown[1].contains("█"))
        // What is cut first is the seconds of a step.
        #expect(shown[0].contains("  3:25 left  "))
        #expect(shown[0].hasSuffix("  2.00 s/step") == (columns > 40))
    }

    @Test("A run without a step has a header alone, one without tasks no task")
    func few() {
        #expect(texts(RunState(of: 20), 30) == ["step 0/20  ░░░░░░░░░░░░░░░  0%"])
        #expect(texts(RunState(of: 0), 30).count == 1)
        let one = texts(exampleState(steps: 1, tasks: []), 80)
        #expect(one[1].hasPrefix("reward   ▄ "))
        #expect(one[1].hasSuffix("0.100 →   0.100  +0.000"))
        #expect(!one.contains { $0.hasPrefix("  ") })
    }

    @Test("A task without answers in the first steps begins later; one that had some keeps its last value")
    func sparseTasks() {
        var state = exampleState(steps: 2, tasks: ["late"])
        state.add(
            StepNumbers(step: 3, metrics: ["rewards/other/mean": 1, "parse_fail/other": 0], timings: [:]))
        let shown = texts(state, 80)
        #expect(shown.contains { $0.hasPrefix("  late") && $0.contains("→   0.200") })
        #expect(shown.contains { $0.hasPrefix("  other") && $0.contains("▄ ") })
        // No seconds are known of this step.
        #expect(!shown[0].contains("s/step") && !shown.contains { $0.hasPrefix("rollout") })
    }

    @Test("The phases are in the order of the step, with the rest of its seconds")
    func phases() {
        let shown = texts(exampleState(), 80).suffix(5).map { $0.prefix { $0 != " " } }
        #expect(shown == ["data", "rollout", "update", "extra", "other"])
        #expect(texts(exampleState(), 80).contains { $0.hasPrefix("rollout") && $0.hasSuffix("50%  1.00 s") })
    }

    @Test("Where the height is short, phases share a row and the curves that are left out are named")
    func heights() {
        let nine = texts(exampleState(), 80, 11)
        #expect(nine.count == 10)
        #expect(nine.last == "data 5%, rollout 50%, update 35%, extra 5%, other 5%")
        let five = texts(exampleState(), 80, 6)
        #expect(five.map { $0.prefix(6) } == ["step 8", "reward", "accura", "and 6 ", "data 5"])
        #expect(five[3] == "and 6 more: chart, yes_no, kl, entropy, length, loss")
    }

    @Test("The last notices are below, cut; an older one is given back")
    func notices() {
        var state = exampleState()
        let long = "step 8: " + String(repeating: "漢字", count: 60)
        #expect(["one", long, "three"].map { state.note($0) } == [nil, nil, nil])
        #expect(state.note("four") == "one")
        let shown = texts(state, 40)
        #expect(shown.suffix(2) == ["three", "four"])
        #expect(shown[shown.count - 3].hasSuffix("…") && columnCount(shown[shown.count - 3]) >= 39)
    }

    @Test("A number that is not finite is shown as such")
    func notFinite() {
        var state = exampleState(steps: 3)
        state.add(StepNumbers(step: 4, metrics: ["loss": .nan, "kl": .infinity], timings: [:]))
        let shown = texts(state, 80)
        #expect(shown.contains { $0.hasPrefix("loss") && $0.contains(" nan ") })
        #expect(shown.contains { $0.hasPrefix("kl") && $0.contains(" inf ") })
    }

    @Test("Colors change no width, and rewards that fall are marked apart from those that rise")
    func colors() {
        var state = RunState(of: 3)
        for (step, reward) in [0.5, 0.25].enumerated() {
            state.add(StepNumbers(step: step + 1, metrics: ["reward": reward, "kl": reward], timings: [:]))
        }
        let rows = LiveView(TerminalSize(columns: 60, rows: 24)).rows(state)
        #expect(rows[1].text(isColored: true).hasSuffix("\u{1B}[31m-0.250\u{1B}[0m"))
        #expect(rows[2].text(isColored: true) == rows[2].text(isColored: false))
        #expect(rows[0].text(isColored: true).hasPrefix("\u{1B}[1mstep 2/3\u{1B}[0m"))
    }
}
