// What a program writes about its run: lines, or a view that is drawn again after each step.
public import Terminal

/// How a run is shown.
public enum DisplayMode: Equatable, Sendable {
    /// Lines, for pipes, files and terminals that cannot move the cursor.
    case lines
    /// A view that is drawn in place.
    case live(isColored: Bool)

    /// Chooses by the output and the environment.
    ///
    /// - Parameters:
    ///   - isTerminal: Whether the output is a terminal.
    ///   - environment: `TERM` empty, absent or `dumb` means lines, a `NO_COLOR` that is not empty no colors
    ///     (no-color.org).
    public init(isTerminal: Bool, environment: [String: String]) {
        let terminal = environment["TERM"] ?? ""
        self =
            isTerminal && !["", "dumb"].contains(terminal)
            ? .live(isColored: (environment["NO_COLOR"] ?? "").isEmpty) : .lines
    }
}

/// Turns what a run reports into the characters to write, in order.
///
/// In the mode `lines`, each report is written as its line. In the mode `live`, curves replace the lines of the steps. The
/// view has the latest notices, cut to its width; a notice that leaves the view is written in full above it.
public struct RunDisplay: Sendable {
    private let mode: DisplayMode
    /// The run; nil before its steps begin and after its end.
    private var state: RunState?
    private var screen = LiveScreen()
    private var size = TerminalSize(columns: 80, rows: 24)

    /// A display that shows lines until `begin`.
    public init(_ mode: DisplayMode) { self.mode = mode }

    /// Begins to show a view.
    ///
    /// - Parameters:
    ///   - state: The run; a resumed one may have the steps of its records.
    ///   - size: The terminal.
    /// - Returns: The characters to write; none as lines.
    public mutating func begin(_ state: RunState, size: TerminalSize) -> String {
        guard mode != .lines else { return "" }
        self.state = state
        return draw(size)
    }

    /// Shows a completed step.
    ///
    /// - Parameters:
    ///   - numbers: The step.
    ///   - secondsLeft: The estimated seconds to the end of the run; nil when they are unknown.
    ///   - line: The step as a line, without a line break.
    ///   - size: The terminal.
    /// - Returns: The characters to write.
    public mutating func step(
        _ numbers: StepNumbers, secondsLeft: Double?, line: String, size: TerminalSize
    ) -> String {
        guard state != nil else { return line + "\n" }
        state?.add(numbers, secondsLeft: secondsLeft)
        return draw(size)
    }

    /// Shows any other line.
    ///
    /// - Parameters:
    ///   - line: The line, without a line break at its end.
    ///   - size: The terminal.
    /// - Returns: The characters to write.
    public mutating func note(_ line: String, size: TerminalSize) -> String {
        guard state != nil else { return line + "\n" }
        let oldest = state?.note(line)
        return draw(size, below: oldest.map { [$0] } ?? [])
    }

    /// Draws the view again if the terminal has another size than before.
    ///
    /// - Parameter size: The terminal.
    /// - Returns: The characters to write; none when nothing changed.
    public mutating func resize(_ size: TerminalSize) -> String { size == self.size ? "" : draw(size) }

    /// Ends the view: its curves stay on the screen, its notices are written in full above them, and what comes later is
    /// shown as lines.
    ///
    /// - Parameter size: The terminal.
    /// - Returns: The characters to write.
    public mutating func end(size: TerminalSize) -> String {
        let notices = state?.takeNotices() ?? []
        defer { (state, screen) = (nil, LiveScreen()) }
        return draw(size, below: notices)
    }

    private mutating func draw(_ size: TerminalSize, below lines: [String] = []) -> String {
        guard let state, case .live(let isColored) = mode else { return "" }
        self.size = size
        return screen.replace(with: LiveView(size).rows(state), below: lines, size, isColored: isColored)
    }
}
