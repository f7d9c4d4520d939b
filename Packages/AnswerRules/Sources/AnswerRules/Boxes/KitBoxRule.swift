// VLMEvalKit's rule for RefCOCO, which guesses the space of a box. Source: VLMEvalKit, vlmeval/dataset/refcoco.py.

/// The rule `vlmevalkit.refcoco`.
enum KitBoxRule {
    /// The verdict; `extracted` is the box in pixels.
    ///
    /// Throws ``RuleError`` without the image's size.
    static func verdict(_ input: RuleInput) throws -> RuleVerdict {
        guard let size = input.imageSize else {
            throw RuleError.missing(
                rule: "vlmevalkit.refcoco", "the size of the image, imageSize [width, height]")
        }
        let box = numbers(in: PythonText(input.prediction)).flatMap { pixels($0, size) }
        guard let box, let gold = gold(input, size) else { return RuleVerdict(box: box, overlap: 0) }
        return RuleVerdict(box: box, overlap: RuleBoxes.overlap(box, gold))
    }

    /// The gold in pixels: as it is, in shares of the image if no edge is above 1.5, or read from a text.
    private static func gold(_ input: RuleInput, _ size: (width: Double, height: Double)) -> Edges? {
        if case .box(let box) = input.gold {
            let edges = RuleBoxes.edges(box)
            return RuleBoxes.largest(edges) <= 1.5
                ? zip(edges, [size.width, size.height, size.width, size.height]).map { $0 * $1 } : edges
        }
        return input.gold.texts.first.flatMap { numbers(in: PythonText($0)) }.flatMap { pixels($0, size) }
    }

    /// The first bracket of exactly four numbers, else the first four numbers anywhere.
    static func numbers(in text: PythonText) -> Edges? {
        let scanner = BoxScanner(text)
        for place in scanner.points.indices where scanner.has("[", place) {
            let start = scanner.skipSpace(place + 1)
            if let (box, end) = scanner.four(
                at: start, number: scanner.numberEnd, separator: { separatorEnd($0, scanner) }),
                scanner.has("]", scanner.skipSpace(end)), !box.contains(where: \.isNaN)
            {
                return box
            }
        }
        var found: Edges = []
        var place = 0
        while place < scanner.points.count, found.count < 4 {
            if let end = scanner.numberEnd(place), let value = scanner.value(place..<end) {
                found.append(value)
                place = end
            } else {
                place += 1
            }
        }
        return found.count == 4 ? found : nil
    }

    /// The end of a comma with or without white space around it, or of white space.
    private static func separatorEnd(_ place: Int, _ scanner: BoxScanner) -> Int? {
        let end = scanner.skipSpace(place)
        if scanner.has(",", end) { return scanner.skipSpace(end + 1) }
        return end > place ? end : nil
    }

    /// The box in pixels, inside the image and with its corners in order; the space is guessed from the largest edge.
    private static func pixels(_ box: Edges, _ size: (width: Double, height: Double)) -> Edges? {
        guard size.width > 0, size.height > 0 else { return nil }
        let limits = [size.width, size.height, size.width, size.height]
        let largest = RuleBoxes.largest(box)
        var edges = zip(box, limits).map { edge, limit in
            let scaled = largest <= 1.5 ? edge * limit : largest <= 1000 ? edge / 1000 * limit : edge
            return min(max(scaled, 0), limit)
        }
        if edges[2] < edges[0] { edges.swapAt(0, 2) }
        if edges[3] < edges[1] { edges.swapAt(1, 3) }
        return edges
    }
}
