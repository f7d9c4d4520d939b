// One answer with its rewards, as samples.jsonl and the files of answers have it.

/// An answer of the model to a question.
struct GivenAnswer: Equatable {
    /// The text.
    let text: String
    /// The task reward.
    let accuracy: Double
    /// The format reward; nil when the line has none.
    let format: Double?
    /// The penalty for length; nil when the line has none.
    let overlong: Double?
    /// The total.
    let reward: Double
    /// How the reward read the answer: `ok`, `noAnswer`, `badParse`, `badGold` or `error`.
    let status: String
    /// What the reward understood.
    let detail: String?
    /// Why the answer ended.
    let finishReason: String?
    /// The advantage in training; nil in an evaluation.
    let advantage: Double?

    /// Whether the answer must not count, because its reward failed.
    var isExcluded: Bool { status == "badGold" || status == "error" }

    /// Reads the answer of a line.
    ///
    /// - Throws: `RunReportError` for a missing member or one of another kind.
    init(_ line: RecordLine) throws {
        text = try line.text("answer")
        accuracy = try line.number("accuracy")
        format = try line.optional("format", line.number)
        overlong = try line.optional("overlong", line.number)
        reward = try line.number("reward")
        status = try line.text("status")
        detail = try line.optional("detail", line.text)
        finishReason = try line.optional("finish_reason", line.text)
        advantage = try line.optional("advantage", line.number)
    }
}

/// A question, as each line with an answer to it has it.
struct AskedQuestion: Equatable {
    /// The identifier of the row.
    let id: String
    /// The task.
    let task: String
    /// The text.
    let text: String
    /// The golds.
    let golds: [String]
    /// The pictures: paths, or `data:` URIs.
    let pictures: [String]
    /// The gold boxes in pixels of the first picture; nil when the line has none.
    let goldBoxes: [Box]?
    /// The plane over the first picture in which the model writes boxes: width and height; nil for its pixels.
    let boxSpace: [Double]?

    /// Reads the question of a line.
    ///
    /// - Throws: `RunReportError` for a missing member or one of another kind.
    init(_ line: RecordLine) throws {
        (id, task, text) = (try line.text("id"), try line.text("task"), try line.text("question"))
        golds = try line.texts("gold")
        pictures = try line.optional("images", line.texts) ?? []
        goldBoxes = try line.optional("gold_boxes", line.boxes)
        boxSpace = try line.optional("box_space") { key in
            let size = try line.numbers(key)
            guard size.count == 2, size.allSatisfy({ $0 > 0 }) else {
                throw line.bad(key, expected: "a width and a height above 0")
            }
            return size
        }
    }

    /// A number for the question and its golds: equal contents have equal numbers.
    var content: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in [task, text] + golds {
            // FNV-1a; the byte after each text cannot occur in UTF-8.
            for byte in Array(text.utf8) + [0xFF] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        return hash
    }
}
