// How each benchmark is summed up: its headline, its axes, the groups that its paper prints.

/// What a report prints of a benchmark.
struct BenchmarkTable {
    /// The number in the table of a paper.
    enum Headline: Equatable {
        /// The mean over questions.
        case questions
        /// The mean over questions that are right in every rotation.
        case circular
        /// The plain mean of the groups of an axis.
        case groups(of: String)
        /// The share of boxes with an overlap of half or more; with several splits their plain mean.
        case boxes
    }

    /// An axis with the groups that the paper lists; without any, groups are listed as they come.
    struct Axis: Equatable {
        let name: String
        var groups: [String] = []
        /// Whether the plain mean of its groups is printed, too.
        var hasMean = false
    }

    /// The title of a column.
    let title: String
    /// The headline.
    var headline = Headline.questions
    /// The axes, in the order of print.
    var axes: [Axis] = []
    /// The split that the headline and all groups are over when the set has rows of several; empty for all.
    var split: [String] = []

    /// The benchmarks in the order of the columns: the six of the paper, then those of the other two rewards.
    static let order = [
        "mathvista", "mathvision", "mmmu", "mmstar", "mmbench", "ai2d", "chartqa", "refcoco", "custom",
    ]

    /// The place of a benchmark among columns.
    static func place(_ benchmark: String) -> Int { order.firstIndex(of: benchmark) ?? order.count }

    /// The table of a benchmark; one that is not known has the mean over questions and its axes as they come.
    static func of(_ benchmark: String) -> BenchmarkTable {
        switch benchmark {
        case "mathvista":
            BenchmarkTable(
                title: "MathVista",
                axes: [
                    Axis(
                        name: "task",
                        groups: [
                            "figure question answering", "geometry problem solving", "math word problem",
                            "textbook question answering", "visual question answering",
                        ]),
                    Axis(
                        name: "skill",
                        groups: [
                            "algebraic reasoning", "arithmetic reasoning", "geometry reasoning",
                            "logical reasoning", "numeric commonsense", "scientific reasoning",
                            "statistical reasoning",
                        ]),
                    Axis(name: "answer type"), Axis(name: "question type"),
                ])
        case "mathvision":
            BenchmarkTable(
                title: "MathVision",
                axes: [
                    Axis(
                        name: "subject",
                        groups: [
                            "algebra", "analytic geometry", "arithmetic", "combinatorial geometry",
                            "combinatorics", "counting", "descriptive geometry", "graph theory", "logic",
                            "metric geometry - angle", "metric geometry - area", "metric geometry - length",
                            "solid geometry", "statistics", "topology", "transformation geometry",
                        ]), Axis(name: "level", groups: ["1", "2", "3", "4", "5"]),
                ])
        case "mmmu":
            BenchmarkTable(
                title: "MMMU",
                axes: [
                    Axis(name: "form", groups: ["choice", "open"]),
                    Axis(
                        name: "discipline",
                        groups: [
                            "Art & Design", "Business", "Science", "Health & Medicine",
                            "Humanities & Social Science", "Tech & Engineering",
                        ]), Axis(name: "subject"), Axis(name: "split"),
                ], split: ["validation", "val"])
        case "mmstar":
            BenchmarkTable(
                title: "MMStar",
                axes: [
                    Axis(
                        name: "category",
                        groups: [
                            "coarse perception", "fine-grained perception", "instance reasoning",
                            "logical reasoning", "science & technology", "math",
                        ]), Axis(name: "l2 category", hasMean: true),
                ])
        case "mmbench":
            BenchmarkTable(
                title: "MMBench", headline: .circular,
                axes: [
                    Axis(
                        name: "category",
                        groups: [
                            "coarse_perception", "finegrained_perception (instance-level)",
                            "finegrained_perception (cross-instance)", "logic_reasoning",
                            "relation_reasoning", "attribute_reasoning",
                        ]), Axis(name: "leaf"), Axis(name: "split"),
                ])
        case "ai2d": BenchmarkTable(title: "AI2D", axes: [Axis(name: "category"), Axis(name: "mask")])
        case "chartqa":
            BenchmarkTable(
                title: "ChartQA", headline: .groups(of: "half"),
                axes: [Axis(name: "half", groups: ["human", "augmented"])])
        case "refcoco":
            BenchmarkTable(title: "RefCOCO", headline: .boxes, axes: [Axis(name: "split")])
        case "custom": BenchmarkTable(title: "custom", axes: [Axis(name: "source"), Axis(name: "task")])
        default: BenchmarkTable(title: benchmark)
        }
    }

    /// The axes of a set, each with its groups: those that the paper lists, also without questions, then others.
    ///
    /// An axis of which the rows name no listed group has the groups of the rows: the set has other names.
    func groups(of questions: [Question]) -> [(axis: Axis, names: [String])] {
        var found: [String: [String]] = [:]
        var order: [String] = []
        var seen: [String: Set<String>] = [:]
        for question in questions {
            for category in question.base.categories {
                if found[category.axis] == nil { order.append(category.axis) }
                for name in category.names where seen[category.axis, default: []].insert(name).inserted {
                    found[category.axis, default: []].append(name)
                }
                if found[category.axis] == nil { found[category.axis] = [] }
            }
        }
        let known = axes.filter { found[$0.name] != nil }
        let others = order.filter { name in !axes.contains { $0.name == name } }.map { Axis(name: $0) }
        return (known + others).map { axis in
            let names = found[axis.name] ?? []
            let listed = axis.groups.map { group in
                names.first { Self.plain($0) == Self.plain(group) } ?? group
            }
            guard listed.contains(where: names.contains) else { return (axis, names.sorted()) }
            return (axis, listed + names.filter { !listed.contains($0) }.sorted())
        }
    }

    /// A name of a group without the differences between layouts: case, underscores, `and`.
    private static func plain(_ name: String) -> String {
        name.lowercased().map { $0 == "_" ? " " : String($0) }.joined()
            .split(separator: " ").map { $0 == "and" ? "&" : String($0) }.joined(separator: " ")
    }
}
