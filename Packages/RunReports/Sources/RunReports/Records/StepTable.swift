// The numbers of each step, by name: metrics.jsonl and timing.jsonl.
internal import StrictJSON

/// The values of one name in the order of the steps.
struct Series: Equatable {
    /// The steps that have a value, ascending.
    var steps: [Int] = []
    /// Their values.
    var values: [Double] = []

    /// The value of a step.
    subscript(step: Int) -> Double? {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle] < step { low = middle + 1 } else { high = middle }
        }
        return low < steps.count && steps[low] == step ? values[low] : nil
    }
}

/// All numbers of a file with one line for each step.
struct StepTable {
    /// The steps, ascending.
    private(set) var steps: [Int] = []
    /// The values by name.
    private(set) var series: [String: Series] = [:]

    /// A table without steps.
    init() {}

    /// Reads a file; one that does not exist gives an empty table.
    ///
    /// - Throws: `RunReportError` for a line without a step above that of the line before, or with a value that is not a
    ///   number.
    init(_ file: String) throws { try forEachRecord(in: file) { try add($0) } }

    private mutating func add(_ line: RecordLine) throws {
        let step = try line.integer("step")
        if let last = steps.last, step <= last {
            throw line.bad("a step above \(last)", "step \(step)")
        }
        steps.append(step)
        for (key, value) in line.values where key != "step" {
            guard let number = value.double else { throw line.bad(key, expected: "a number") }
            series[key, default: Series()].steps.append(step)
            series[key, default: Series()].values.append(number)
        }
    }

    /// The names that begin with a text, without it, sorted.
    func names(after prefix: String) -> [String] {
        series.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
}
