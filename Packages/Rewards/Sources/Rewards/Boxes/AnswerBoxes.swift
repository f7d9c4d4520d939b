// The boxes in a text, in every form that models write: JSON with or without a fence, tags and tokens, lists,
// pairs of corners, named edges. BoxTokens.swift finds the numbers; this file decides which four are a box.
public import TrainingData

/// All boxes of a text, in its order and coordinates.
///
/// The first of these that the text has is read:
///
/// 1. four numbers in brackets, `[1, 2, 3, 4]` or `(1, 2, 3, 4)`, alone or as the value of any JSON key, as
///    text or not; two pairs side by side, `(1, 2), (3, 4)`, also in `<box>` and `<|box_start|>`; named edges,
///    `x1`, `y1`, `x2`, `y2` (or `xmin`, `left`, ...), and `x`, `y`, `w`, `h` where the width and height are
///    named so. The key `xywh` gives corner and size.
/// 2. two pairs with words between them: "from (1, 2) to (3, 4)";
/// 3. a short text with four bare numbers and no other: `1, 2, 3, 4`.
///
/// Three or five numbers are no box, nor are points and sizes that are named so. Edges may be inverted; all
/// are finite. The time is linear in the text.
public func readBoxes(in text: String) -> [Box] {
    var reader = BoxReader(tokens: BoxTokens(folded(text)))
    // The sum of a corner and a size may overflow.
    return reader.read().filter { [$0.x1, $0.y1, $0.x2, $0.y2].allSatisfy(\.isFinite) }
}

private struct BoxReader {
    let tokens: BoxTokens
    private var boxes: [(place: Int, box: Box)] = []
    /// Pairs that have no partner beside them.
    private var singles: [(place: Int, pair: [Double])] = []
    /// Pairs side by side.
    private var run: [BoxTokens.Group] = []
    private var named = NamedEdges()

    init(tokens: BoxTokens) { self.tokens = tokens }

    mutating func read() -> [Box] {
        for group in tokens.groups where !group.isOther {
            switch group.numbers.count {
            case 4:
                closeRun()
                boxes.append((group.range.lowerBound, group.box))
            case 2:
                if let last = run.last, !tokens.areBeside(last, group) { closeRun() }
                run.append(group)
            default: closeRun()
            }
        }
        closeRun()
        for (place, name, value) in tokens.named {
            if let box = named.add(name, value, at: place) { boxes.append(box) }
        }
        if let box = named.close() { boxes.append(box) }
        if !boxes.isEmpty {
            return boxes.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
                .map(\.element.box)
        }
        if singles.count == 2 { return [Self.box(singles[0].pair, singles[1].pair)] }
        return tokens.bareNumbers.map { [Box(x1: $0[0], y1: $0[1], x2: $0[2], y2: $0[3])] } ?? []
    }

    /// Pairs side by side are boxes two by two; the four corners of a rectangle are one box.
    private mutating func closeRun() {
        defer { run = [] }
        guard let first = run.first else { return }
        let place = first.range.lowerBound
        if run.count == 1 { return singles.append((place, first.numbers)) }
        guard run.count.isMultiple(of: 2) else { return }
        let (xs, ys) = (Set(run.map { $0.numbers[0] }), Set(run.map { $0.numbers[1] }))
        if run.count == 4, xs.count == 2, ys.count == 2, Set(run.map(\.numbers)).count == 4 {
            boxes.append(
                (place, Box(x1: xs.min() ?? 0, y1: ys.min() ?? 0, x2: xs.max() ?? 0, y2: ys.max() ?? 0)))
            return
        }
        for index in stride(from: 0, to: run.count, by: 2) {
            boxes.append(
                (run[index].range.lowerBound, Self.box(run[index].numbers, run[index + 1].numbers)))
        }
    }

    private static func box(_ a: [Double], _ b: [Double]) -> Box {
        Box(x1: a[0], y1: a[1], x2: b[0], y2: b[1])
    }
}

/// Edges given by name, until four of them make a box.
private struct NamedEdges {
    private var values: [String: Double] = [:]
    private var start = 0

    /// Adds a value; a name that occurs again begins the next box.
    mutating func add(_ name: String, _ value: Double, at place: Int) -> (place: Int, box: Box)? {
        let finished = values[name] == nil ? nil : close()
        if values.isEmpty { start = place }
        values[name] = value
        return finished
    }

    /// The box of the names so far, which are forgotten.
    mutating func close() -> (place: Int, box: Box)? {
        defer { values = [:] }
        func all(_ names: String) -> [Double]? {
            let found = names.split(separator: " ").compactMap { values[String($0)] }
            return found.count == 4 ? found : nil
        }
        for corners in ["x0 y0 x1 y1", "x1 y1 x2 y2", "left top right bottom"] {
            if let e = all(corners) { return (start, Box(x1: e[0], y1: e[1], x2: e[2], y2: e[3])) }
        }
        for sized in ["x y w h", "left top w h", "x1 y1 w h"] {
            if let e = all(sized) {
                return (start, Box(x1: e[0], y1: e[1], x2: e[0] + e[2], y2: e[1] + e[3]))
            }
        }
        guard let e = all("cx cy w h") else { return nil }
        return (
            start,
            Box(x1: e[0] - e[2] / 2, y1: e[1] - e[3] / 2, x2: e[0] + e[2] / 2, y2: e[1] + e[3] / 2)
        )
    }
}
