// Keys and values kept from one prompt to the next, and how much of a prompt they cover.
internal import ImageInput
internal import ModelFamilies
internal import TensorMath

/// Keys and values that a prompt and its answer left in a cache.
struct KeptRows {
    /// Row i holds token i.
    let cache: KeyValueCache
    private let ids: [Int32]
    private let visuals: [(rows: Range<Int>, name: ContentHash)]
    private let angles: RotaryAngles

    /// The rows of a prompt and of the answer tokens that were fed to the model: all but the last.
    init(_ cache: KeyValueCache, _ prompt: Prompt, answer: [Int32], _ sizes: TextConfiguration) {
        self.cache = cache
        ids = prompt.ids + answer.dropLast()
        visuals = prompt.placedVisuals
        angles = prompt.angles(sizes, answerCount: max(0, answer.count - 1))
    }

    /// How many tokens at the beginning of a prompt have their keys and values here.
    ///
    /// A key depends on its token or image, on everything before it, and on its angles, which encode its
    /// position and under some rules the prompt's length. The last token is not counted, since its logits are
    /// needed; an image or video counts only as a whole.
    func commonCount(_ prompt: Prompt, _ sizes: TextConfiguration) -> Int {
        var count = min(zip(ids, prompt.ids).prefix { $0 == $1 }.count, prompt.ids.count - 1)
        guard count > 0 else { return 0 }
        let theirs = prompt.angles(sizes)
        for (mine, other) in [(angles.cosine, theirs.cosine), (angles.sine, theirs.sine)] {
            let (a, b) = (mine.rows(0..<count).elements, other.rows(0..<count).elements)
            let equal = zip(a, b).prefix { $0 == $1 }.count
            if equal < a.count { count = equal / mine.columnCount }
        }
        for (number, visual) in prompt.placedVisuals.enumerated() where visual.rows.lowerBound < count {
            let isSame =
                number < visuals.count && visuals[number] == visual && visual.rows.upperBound <= count
            if !isSame { count = visual.rows.lowerBound }
        }
        return count
    }
}

extension Prompt {
    /// The rows and content of each image and video.
    fileprivate var placedVisuals: [(rows: Range<Int>, name: ContentHash)] {
        zip(visualRanges, visuals).map { ($0, $1.contentHash) }
    }

    /// The angles of the prompt's tokens and `answerCount` answer tokens, as the engine computes them.
    fileprivate func angles(_ sizes: TextConfiguration, answerCount: Int = 0) -> RotaryAngles {
        var all = Positions()
        all.append(positions)
        for offset in 0..<answerCount { all.append(at: positions.next + Int32(offset)) }
        return all.angles(sizes)
    }
}
