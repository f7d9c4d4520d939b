// One number of a report with its intervals.

/// A measure over some questions.
public struct Score: Sendable, Equatable {
    /// What is measured.
    public enum Measure: String, Sendable {
        /// The share of right questions; with several samples the mean of their shares (avg@n).
        case accuracy
        /// The mean score of graded answers.
        case meanScore = "mean score"
        /// The share of questions that are right in every rotation of their options.
        case circular
        /// The share of right base rows of circular groups.
        case singlePass = "single pass"
        /// The share of boxes that overlap the gold by half or more.
        case hits = "Acc@0.5"
        /// The mean overlap of boxes.
        case meanIoU = "mean IoU"
        /// The plain mean of the means of groups.
        case groupMean = "mean of groups"
        /// The chance that one of k answers is right.
        case passAtK = "pass@k"
    }

    /// The axis of the group; empty for the whole set.
    public let axis: String
    /// The group, or a name for the whole set.
    public let name: String
    /// What is measured.
    public let measure: Measure
    /// The questions; 0 for a group without any.
    public let count: Int
    /// The right questions; nil where questions are not simply right or wrong.
    public let right: Int?
    /// From 0 to 1; nil without questions.
    public let value: Double?
    /// The standard error over questions; nil without, and for the mean of a single question.
    public let standardError: Double?
    /// The 95% interval of Wilson; nil unless questions are right or wrong.
    public let wilson: Interval?
    /// The 95% percentile interval of the bootstrap over questions; nil without questions.
    public let bootstrap: Interval?

    /// The interval that tables print: Wilson's where there is one, else the bootstrap's.
    public var interval: Interval? { wilson ?? bootstrap }

    /// A score of questions.
    ///
    /// - Parameters:
    ///   - values: The value of each question; none is allowed.
    ///   - axis: The axis of the group; empty for the whole set.
    ///   - name: The group.
    ///   - measure: What the values are.
    init(_ values: [Double], axis: String = "", name: String, measure: Measure) {
        (self.axis, self.name, self.measure, count) = (axis, name, measure, values.count)
        guard !values.isEmpty else {
            (right, value, standardError, wilson, bootstrap) = (nil, nil, nil, nil, nil)
            return
        }
        guard measure != .meanIoU, measure != .passAtK, values.allSatisfy({ $0 == 0 || $0 == 1 }) else {
            let mean = clusteredMean(values)
            (right, wilson) = (nil, nil)
            (value, standardError) = (mean.mean, mean.standardError)
            bootstrap = Bootstrap.interval(values)
            return
        }
        let share = Proportion(right: values.count { $0 == 1 }, of: values.count)
        (right, value, standardError) = (share.right, share.value, share.standardError)
        (wilson, bootstrap) = (share.wilson, share.bootstrap)
    }

    /// The plain mean of the means of groups; groups without questions are left out.
    ///
    /// - Parameters:
    ///   - groups: The values of the questions of each group.
    ///   - axis: The axis of the groups.
    ///   - name: A name for the mean.
    init(groups: [[Double]], axis: String, name: String) {
        let groups = groups.filter { !$0.isEmpty }
        (self.axis, self.name, measure, right, wilson) = (axis, name, .groupMean, nil, nil)
        count = groups.reduce(0) { $0 + $1.count }
        guard !groups.isEmpty else {
            (value, standardError, bootstrap) = (nil, nil, nil)
            return
        }
        let scores = groups.map { values -> (mean: Double, standardError: Double?) in
            guard values.allSatisfy({ $0 == 0 || $0 == 1 }) else { return clusteredMean(values) }
            let share = Proportion(right: values.count { $0 == 1 }, of: values.count)
            return (share.value, share.standardError)
        }
        let mean = macroMean(scores)
        (value, standardError, bootstrap) = (
            mean.mean, mean.standardError, Bootstrap.interval(groups: groups)
        )
    }
}
