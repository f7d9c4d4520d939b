// lmms-eval's two rules for RefCOCO. Sources: lmms-eval, tasks/refcoco/utils_rec.py and
// tasks/refcoco_grounding/utils.py.

/// The rules `lmms.refcoco-rec` and `lmms.refcoco-grounding`.
enum LmmsBoxRules {
    /// `lmms.refcoco-rec`: the first bracket of four numbers with commas, in shares of the image.
    ///
    /// The gold is in shares too; one in pixels is divided by the image's size. Throws ``RuleError`` for a gold in
    /// pixels without that size, and without a box.
    static func shares(_ input: RuleInput) throws -> RuleVerdict {
        let read = bracketed(BoxScanner(PythonText(input.prediction)))
        var gold = try goldBox(input, rule: "lmms.refcoco-rec")
        if RuleBoxes.largest(gold) > 1.5 {
            guard let size = input.imageSize else {
                throw RuleError.missing(
                    rule: "lmms.refcoco-rec",
                    "a gold in shares of the image, 0 to 1, or imageSize [width, height] beside one in pixels"
                )
            }
            gold = zip(gold, [size.width, size.height, size.width, size.height]).map { $0 / $1 }
        }
        let box = read ?? [0, 0, 0, 0]
        return RuleVerdict(
            box: box, overlap: RuleBoxes.overlap(gold, box), status: read == nil ? .unread : .ok)
    }

    private static func bracketed(_ scanner: BoxScanner) -> Edges? {
        for place in scanner.points.indices where scanner.has("[", place) {
            let start = scanner.skipSpace(place + 1)
            if let (box, end) = scanner.four(
                at: start, number: scanner.plainNumberEnd,
                separator: { scanner.has(",", $0) ? scanner.skipSpace($0 + 1) : nil }),
                scanner.has("]", scanner.skipSpace(end))
            {
                return box
            }
        }
        return nil
    }

    /// `lmms.refcoco-grounding`: of all boxes of the answer, each read as pixels and as thousandths, the one that
    /// overlaps the gold most.
    ///
    /// It looks at the gold: an upper bound, not a score to report.
    ///
    /// Throws ``RuleError`` without the image's size and without a box.
    static func best(_ input: RuleInput) throws -> RuleVerdict {
        guard let size = input.imageSize else {
            throw RuleError.missing(
                rule: "lmms.refcoco-grounding", "the size of the image, imageSize [width, height]")
        }
        let gold = try goldBox(input, rule: "lmms.refcoco-grounding")
        let text = PythonText(input.prediction)
        let listed = BoxJSON.boxes(in: text)
        let read = listed.isEmpty ? runs(BoxScanner(text)) : listed
        var best: (box: Edges, overlap: Double)?
        for box in read {
            let scaled = zip(box, [size.width, size.height, size.width, size.height]).map { $0 / 1000 * $1 }
            for candidate in [box, scaled] {
                let overlap = RuleBoxes.overlap(candidate, gold)
                if overlap > best?.overlap ?? -1 { best = (candidate, overlap) }
            }
        }
        guard let best else { return RuleVerdict(box: [0, 0, 0, 0], overlap: 0, status: .unread) }
        return RuleVerdict(box: best.box, overlap: best.overlap)
    }

    /// Every run of four numbers with a comma or white space between them.
    private static func runs(_ scanner: BoxScanner) -> [Edges] {
        var boxes: [Edges] = []
        var place = 0
        while place < scanner.points.count {
            guard scanner.isDigit(place) || scanner.has("-", place) && scanner.isDigit(place + 1) else {
                place += 1
                continue
            }
            if let (box, end) = scanner.four(
                at: place, number: scanner.plainNumberEnd,
                separator: { position in
                    let end = scanner.skipSpace(position)
                    if scanner.has(",", end) { return scanner.skipSpace(end + 1) }
                    return end > position ? end : nil
                })
            {
                boxes.append(box)
                place = end
            } else {
                // A later digit of the same run meets the same end.
                if scanner.has("-", place) { place += 1 }
                while scanner.isDigit(place) { place += 1 }
            }
        }
        return boxes
    }

    private static func goldBox(_ input: RuleInput, rule: String) throws -> Edges {
        if case .box(let box) = input.gold { return RuleBoxes.edges(box) }
        guard let text = input.gold.texts.first, let box = KitBoxRule.numbers(in: PythonText(text)) else {
            throw RuleError.missing(rule: rule, "a gold of four numbers x1, y1, x2, y2")
        }
        return box
    }
}
