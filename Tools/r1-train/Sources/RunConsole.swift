// What a run tells, on stderr: a view that is drawn in place on a terminal, else lines.
import Foundation
import RunView
import Terminal
import ToolKit
import TrainingRuns

/// Shows a run on stderr; a stderr that cannot be written changes nothing.
final class RunConsole {
    private var display: RunDisplay

    init() {
        display = RunDisplay(
            DisplayMode(
                isTerminal: Console.errorIsTerminal, environment: ProcessInfo.processInfo.environment))
    }

    /// Shows what a run tells.
    func show(_ progress: RunProgress) {
        let size = TerminalSize.of(STDERR_FILENO)
        let text =
            switch progress {
            case .line(let line): display.note(line, size: size)
            case .began(let steps, let completed):
                display.begin(Self.state(steps: steps, completed), size: size)
            case .step(let step):
                display.step(
                    StepNumbers(step: step.step, metrics: step.metrics, timings: step.timings),
                    secondsLeft: step.secondsLeft, line: step.line, size: size)
            case .ended: display.end(size: size)
            }
        if !text.isEmpty { console.aside(text) }
    }

    private static func state(steps: Int, _ completed: [[String: Double]]) -> RunState {
        var state = RunState(of: steps)
        for (index, metrics) in completed.enumerated() {
            state.add(StepNumbers(step: index + 1, metrics: metrics, timings: [:]))
        }
        return state
    }
}
