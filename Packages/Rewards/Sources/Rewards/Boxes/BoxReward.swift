// The grounding reward: the overlap of answer boxes with gold boxes, in pixels of the original image.
public import TrainingData

/// Intersection over union of two boxes, 0 to 1; 0 if either has no area.
public func overlap(_ a: Box, _ b: Box) -> Double {
    guard a.isWellFormed, b.isWellFormed else { return 0 }
    let width = min(a.x2, b.x2) - max(a.x1, b.x1)
    let height = min(a.y2, b.y2) - max(a.y1, b.y1)
    guard width > 0, height > 0 else { return 0 }
    let shared = width * height
    let area = (a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - shared
    return area.isFinite && area > 0 ? min(1, shared / area) : 0
}

/// The box with its corners in order and clipped to an image, whose size is in the box's coordinates.
public func tidied(_ box: Box, _ size: (width: Double, height: Double)) -> Box {
    func clip(_ value: Double, _ limit: Double) -> Double { min(max(value, 0), limit) }
    return Box(
        x1: clip(min(box.x1, box.x2), size.width), y1: clip(min(box.y1, box.y2), size.height),
        x2: clip(max(box.x1, box.x2), size.width), y2: clip(max(box.y1, box.y2), size.height))
}

/// The reward for grounding: intersection over union, one box or several.
struct BoxReward: Reward {
    /// Scoring, thresholds and pairing.
    let options: IoUOptions

    /// A box reward with these options.
    init(_ options: IoUOptions = IoUOptions()) { self.options = options }

    /// `iou`.
    var name: String { "iou" }

    /// The paired overlap.
    ///
    /// Inverted corners are swapped, and boxes are clipped to the image. `detail` has the answer boxes in
    /// original pixels. Throws ``RewardError/noBoxSpace`` if the context lacks the image size or the
    /// coordinates of the model.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        guard let size = context.imageSize else { throw RewardError.noBoxSpace(missing: "the image's size") }
        guard let space = context.answerBoxSpace else {
            throw RewardError.noBoxSpace(missing: "the coordinates the model writes boxes in")
        }
        let golds = goldSets(sample, size).map { $0.map { tidied($0, size) } }
        guard !golds.isEmpty, golds.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isWellFormed) }) else {
            return (0, .badGold, goldProblem(sample) ?? "a gold box is outside the image")
        }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        let read = readBoxes(in: answer.text).map { tidied(space.original($0, imageSize: size), size) }
        guard !read.isEmpty else { return (0, .badParse, nil) }
        let boxes = withoutPicture(read, golds, size)
        let threshold = options.threshold(at: context.progress)
        let value = golds.map { paired(boxes, $0, threshold: threshold) }.max() ?? 0
        return (value, .ok, detail(boxes))
    }

    /// Refuses a row without boxes and without a gold text that has one.
    func goldProblem(_ sample: Sample) -> String? {
        if let boxes = sample.boxes, !boxes.isEmpty {
            return boxes.allSatisfy(\.isWellFormed) ? nil : "a gold box has no area"
        }
        let isUsable = !sample.solutions.isEmpty && sample.goldTexts.allSatisfy { !readBoxes(in: $0).isEmpty }
        return isUsable ? nil : "neither \"objects.bbox\" nor a box in \"solution\""
    }

    /// The boxes of the row; without boxes each gold text, in the unit of the row, is an alternative.
    private func goldSets(_ sample: Sample, _ size: (width: Double, height: Double)) -> [[Box]] {
        var row = sample
        if let boxes = row.boxesInPixels(width: size.width, height: size.height), !boxes.isEmpty {
            return [boxes]
        }
        return sample.goldTexts.map { gold in
            row.boxes = readBoxes(in: gold)
            return row.boxesInPixels(width: size.width, height: size.height) ?? []
        }
    }

    /// The boxes without those that are the whole picture, which an answer names as the picture's size ("in an
    /// image of [0, 0, 640, 480]"), unless there is no other box or a gold is the whole picture.
    private func withoutPicture(
        _ boxes: [Box], _ golds: [[Box]], _ size: (width: Double, height: Double)
    ) -> [Box] {
        let picture = Box(x1: 0, y1: 0, x2: size.width, y2: size.height)
        guard boxes.count > 1, !golds.joined().contains(picture) else { return boxes }
        let others = boxes.filter { $0 != picture }
        return others.isEmpty ? boxes : others
    }

    private func paired(_ boxes: [Box], _ golds: [Box], threshold: Double) -> Double {
        let scores = golds.map { gold in
            boxes.map { box in
                let value = overlap(box, gold)
                switch options.scoring {
                case .continuous: return value
                case .threshold: return value >= threshold ? 1 : 0
                case .gated: return value >= threshold ? value : 0
                }
            }
        }
        let sum =
            switch options.assignment {
            case .optimal: optimalAssignment(scores)
            case .greedy: greedyAssignment(scores)
            }
        return sum / Double(options.penalizesCount ? max(boxes.count, golds.count) : golds.count)
    }

    private func detail(_ boxes: [Box]) -> String {
        let texts = boxes.prefix(4).map { box in
            "["
                + [box.x1, box.y1, box.x2, box.y2].map { "\(($0 * 10).rounded() / 10)" }.joined(
                    separator: ", ") + "]"
        }
        return texts.joined(separator: " ") + (boxes.count > 4 ? " and \(boxes.count - 4) more" : "")
    }
}
