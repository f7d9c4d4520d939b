// What a check remembers of earlier rows: hashes and counts, no texts.
internal import Basics
internal import TrainingData

/// The memory of a check.
struct CheckState {
    var summary = CheckSummary()
    var units = BoxUnits()
    var tokens: [Int32] = []
    private var pictures: [Digest: CheckedPicture] = [:]
    private var (longer, shorter): ([Int32], [Int32]) = ([], [])
    private var lineOfID: [Digest: UInt32] = [:]
    private var questions: [Digest: (line: UInt32, gold: Digest)] = [:]

    /// Checks the pictures of several rows on all threads, each once.
    mutating func check(
        _ rows: [[NamedPicture]], decodes: Bool
    ) throws -> [[(NamedPicture, CheckedPicture)]] {
        var wanted: [(key: Digest, picture: NamedPicture)] = []
        var seen: Set<Digest> = []
        for picture in rows.joined() {
            let key = Digest(picture.path)
            if pictures[key] == nil, seen.insert(key).inserted { wanted.append((key, picture)) }
        }
        let checked = try parallelMap(wanted.count) { [wanted] in wanted[$0].picture.checked(decodes: decodes)
        }
        for (item, picture) in zip(wanted, checked) {
            pictures[item.key] = picture
            if let size = picture.size {
                longer.append(Int32(max(size.width, size.height)))
                shorter.append(Int32(min(size.width, size.height)))
            }
        }
        return rows.map { row in
            row.compactMap { named in pictures[Digest(named.path)].map { (named, $0) } }
        }
    }

    /// Counts a row.
    mutating func count(_ sample: Sample) {
        summary.tasks[sample.task.rawValue, default: 0] += 1
        summary.sources[sample.source, default: 0] += 1
        summary.scripts[Script(of: sample.question).rawValue, default: 0] += 1
        if sample.imageCount > 1 { summary.rowsWithSeveralPictures += 1 }
    }

    /// The earlier line with the same id.
    mutating func firstLine(ofID sample: Sample) -> Int? {
        let key = Digest(sample.id)
        if let line = lineOfID[key] { return Int(line) }
        lineOfID[key] = UInt32(sample.line)
        return nil
    }

    /// The earlier line with the same question, and whether its gold is the same.
    mutating func firstQuestion(
        _ sample: Sample, _ pictures: [CheckedPicture]
    ) -> (line: Int, hasSameGold: Bool)? {
        let contents = pictures.map { picture in
            if case .usable(_, _, let content) = picture { content } else { nil as Digest? }
        }
        // A picture that cannot be read, or a video, tells nothing about sameness.
        guard !contents.contains(nil) else { return nil }
        let key = Digest(of: [Digest(sample.comparedText)] + contents.compactMap { $0 })
        let boxes = (sample.boxes ?? []).map { "\($0.x1) \($0.y1) \($0.x2) \($0.y2)" }
        let golds = sample.solutions + [sample.assistantTurn ?? ""] + boxes
        let gold = Digest(of: golds.map { Digest(normalized($0)) })
        if let first = questions[key] { return (Int(first.line), first.gold == gold) }
        questions[key] = (UInt32(sample.line), gold)
        return nil
    }

    /// The summary with its ranges.
    var finished: CheckSummary {
        var summary = summary
        summary.pictures = longer.count
        summary.longerSide = CheckSummary.Range(longer)
        summary.shorterSide = CheckSummary.Range(shorter)
        summary.tokens = CheckSummary.Range(tokens)
        return summary
    }
}
