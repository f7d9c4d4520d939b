// The table of layouts. A new one is a file in the folder Layouts and a line here.
internal import StrictJSON

extension Layout {
    /// All layouts; the first that matches a row reads it.
    public static let all: [Layout] = [
        .messages, .conversations, .prompt, .refCOCO, .phrase, .choiceTable, .problem, .query, .alpaca,
        .question,
        .caption,
    ]

    /// The layouts that a key may belong to, by their places in `all`.
    private static let triggers: [String: [Int]] = {
        var triggers: [String: [Int]] = [:]
        for (index, layout) in all.enumerated() {
            for key in layout.keys { triggers[key, default: []].append(index) }
        }
        return triggers
    }()

    /// The first layout that matches a row.
    static func match(_ row: JSONObject) -> Layout? {
        var candidates: [Int] = []
        for key in row.keys { if let places = triggers[key] { candidates += places } }
        candidates.sort()
        return candidates.first { all[$0].matches(row) }.map { all[$0] }
    }

    /// The name of rows that need no layout.
    static let recordName = "record"
}
