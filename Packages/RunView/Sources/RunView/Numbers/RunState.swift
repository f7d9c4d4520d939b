// What a view knows of a run.

/// A run at one moment: how far it is, its curves, its last step and its latest notices.
public struct RunState: Equatable, Sendable {
    /// How many notices are kept.
    static let noticeCount = 3

    /// The completed steps.
    private(set) var step: Int
    /// The steps of the whole run.
    let steps: Int
    /// The history of each number.
    private(set) var curves: [CurveName: Curve] = [:]
    /// The phases of the last step; empty when they are unknown.
    private(set) var phases: [Phase] = []
    /// The seconds of the last step; nil when they are unknown.
    private(set) var secondsPerStep: Double?
    /// The estimated seconds to the end; nil when they are unknown.
    private(set) var secondsLeft: Double?
    /// The latest notices, the newest one last.
    private(set) var notices: [String] = []

    /// A run that has completed `step` of `steps` steps.
    public init(step: Int = 0, of steps: Int) { (self.step, self.steps) = (step, steps) }

    /// Takes over a step.
    ///
    /// - Parameters:
    ///   - numbers: The step.
    ///   - secondsLeft: The estimated seconds to the end of the run; nil when they are unknown.
    public mutating func add(_ numbers: StepNumbers, secondsLeft: Double? = nil) {
        step = numbers.step
        (phases, secondsPerStep) = (numbers.phases, numbers.seconds)
        self.secondsLeft = secondsLeft
        for (name, value) in numbers.values {
            if curves[name]?.add(value) == nil { curves[name] = Curve(value) }
        }
    }

    /// Adds a notice.
    ///
    /// - Parameter text: A line for people.
    /// - Returns: The oldest notice if there is no place for it any more.
    public mutating func note(_ text: String) -> String? {
        notices.append(text)
        return notices.count > Self.noticeCount ? notices.removeFirst() : nil
    }

    /// Takes all notices away and returns them, the oldest one first.
    mutating func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }
}
