// The examples of a page: which are chosen, and their texts and pictures within the limits.
internal import Basics
internal import ReportPages
internal import StrictJSON

/// A question that may become an example.
struct ExampleCandidate {
    /// The set and the kind that a reader filters by.
    let set, kind: String
    /// The answers to show, each with its run.
    let answers: [(run: EvaluatedRun, answer: ScoredAnswer)]
}

/// The examples of a page for its script, and what is left out.
struct ExampleGallery {
    /// The examples, by set and kind.
    let examples: OrderedJSON
    /// How many there are of each set and kind, and how many are shown.
    let kinds: OrderedJSON
    /// The pictures.
    let shelf: PictureShelf
    /// The candidates, those shown, and those that were chosen but did not fit.
    let candidateCount, shownCount, droppedCount: Int
    /// The limits.
    private let limits: EvaluationPageLimits

    /// Chooses examples, evenly spaced among those of the same set and kind.
    ///
    /// The first of every set and kind come first, then the second, so that limits cut all of them alike.
    ///
    /// - Parameters:
    ///   - candidates: All candidates; sets and kinds keep their order.
    ///   - limits: How much the page may hold.
    /// - Throws: What the runs throw when they are asked for an example.
    init(_ candidates: [ExampleCandidate], _ limits: EvaluationPageLimits) throws {
        struct Key: Hashable { let set, kind: String }
        var order: [Key] = []
        var groups: [Key: [ExampleCandidate]] = [:]
        for candidate in candidates {
            let key = Key(set: candidate.set, kind: candidate.kind)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(candidate)
        }
        let chosen = order.map { evenlySpaced(groups[$0] ?? [], count: limits.examplesOfKind) }
        var shelf = PictureShelf(limit: limits.pictureBytes, folder: limits.pictureFolder)
        var (shown, room, dropped) = (chosen.map { _ in [OrderedJSON]() }, limits.textBytes, 0)
        for place in 0..<(chosen.map(\.count).max() ?? 0) {
            for (index, group) in chosen.enumerated() where place < group.count {
                let texts = try group[place].answers.map { try $0.run.example($0.answer) }
                let json = Self.json(group[place], texts, limits.textCharacters)
                let size = json { _ in 0 }.compact.utf8.count
                guard size <= room else {
                    dropped += 1
                    continue
                }
                room -= size
                shown[index].append(json { shelf.add($0) })
            }
        }
        examples = .array(Array(shown.joined()))
        kinds = .array(
            order.enumerated().map { index, key in
                .members([
                    "set": .string(key.set), "kind": .string(key.kind),
                    "count": .value(groups[key]?.count ?? 0), "shown": .value(shown[index].count),
                ])
            })
        (self.shelf, self.limits, candidateCount) = (shelf, limits, candidates.count)
        shownCount = shown.reduce(0) { $0 + $1.count }
        droppedCount = dropped
    }

    /// An example as a function of where its pictures are.
    private static func json(_ candidate: ExampleCandidate, _ texts: [AnswerExample], _ limit: Int)
        -> ((String) -> Int) -> OrderedJSON
    {
        let first = texts.first ?? AnswerExample(prompt: "", answer: "", gold: "")
        let answers = zip(candidate.answers, texts).map { given, text -> OrderedJSON in
            let answer = given.answer
            return .members([
                "run": .string(given.run.name), "text": .string(clipped(text.answer, limit)),
                "isRight": .bool(answer.isCorrect), "score": .value(answer.score),
                "status": .string(answer.status),
                "read": .value(answer.extracted.map { clipped($0, limit) }),
                "isCutOff": .bool(answer.isCutOff), "tokens": .value(answer.tokens),
                "boxes": boxes(text.readBoxes),
            ])
        }
        let row = candidate.answers.first?.answer
        return { place in
            .members([
                "set": .string(candidate.set), "kind": .string(candidate.kind), "id": .value(row?.id),
                "prompt": .string(clipped(first.prompt, limit)), "gold": .string(clipped(first.gold, limit)),
                "groups": .value(
                    (row?.categories ?? []).map { "\($0.axis): \($0.names.joined(separator: ", "))" }),
                "pictures": .array(first.pictures.map { .value(place($0)) }),
                "goldBoxes": boxes(first.goldBoxes),
                "answers": .array(answers),
            ])
        }
    }

    /// Boxes in pixels of the picture; null without any.
    private static func boxes(_ boxes: [[Double]]) -> OrderedJSON {
        let edges = boxes.filter { $0.count == 4 && $0.allSatisfy(\.isFinite) }
        guard !edges.isEmpty else { return .null }
        return .members(["edges": .array(edges.map { .array($0.map { .value($0) }) }), "plane": .null])
    }

    /// A text without its middle when it is longer than the limit.
    static func clipped(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit, text.count > limit else { return text }
        let end = limit / 4
        return text.prefix(limit - end) + "\n[... \(text.count - limit) characters left out ...]\n"
            + text.suffix(end)
    }

    /// The members of the page's data.
    var data: [OrderedJSON.Member] {
        [
            .init(key: "examples", value: examples), .init(key: "kinds", value: kinds),
            .init(key: "pictures", value: shelf.json),
        ]
    }

    /// The section; empty without examples.
    ///
    /// - Parameter note: How they are chosen.
    /// - Returns: The section without its script, which is `gallery.js`.
    func section(_ note: String) -> Markup {
        guard candidateCount > 0 else { return "" }
        return """
            <section id="examples" aria-labelledby="examples-title">
            <h2 id="examples-title">Examples</h2>
            <p class="note">\(note) \(shownText)</p>
            \(picturesText)
            <div class="tools">
            <label>Set <select id="example-set"></select></label>
            <label>Kind <select id="example-kind"></select></label>
            <label>Question <select id="example-question"></select></label>
            <span class="buttons"><button type="button" id="example-before" aria-label="Example before">‹</button>\
            <button type="button" id="example-after" aria-label="Example after">›</button></span>
            </div>
            <div id="example" aria-live="polite"></div>
            <noscript><p>The examples need JavaScript.</p></noscript>
            </section>
            """
    }

    private var shownText: String {
        "\(shownCount) of \(candidateCount) questions are shown: at most \(limits.examplesOfKind), evenly spaced, of each "
            + "kind of each set."
            + (droppedCount > 0
                ? " \(droppedCount) more did not fit: the page holds at most \(byteText(limits.textBytes)) of texts."
                : "")
    }

    private var picturesText: Markup {
        guard !shelf.leftOut.isEmpty else { return "" }
        return """
            <p class="note">Pictures left out: \(shelf.leftOut.count). The page holds at most \
            \(byteText(limits.pictureBytes)) of pictures.</p>
            """
    }
}
