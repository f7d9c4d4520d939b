// The table of layouts. A new one is a file in the folder Layouts and a line here.
internal import StrictJSON

extension Layout {
    /// All layouts; the first that matches a row reads it.
    public static let all: [Layout] = [
        .messages, .conversations, .prompt, .refCOCO, .phrase, .choiceTable, .problem, .query, .alpaca,
        .question,
        .caption,
    ]

    /// The layouts that a key may belong to: a bit for each place in `all`.
    private static let triggers = {
        var triggers: [String: UInt64] = [:]
        for (place, layout) in all.enumerated() {
            for key in layout.keys { triggers[key, default: 0] |= 1 << UInt64(place) }
        }
        return JSONKeyTable(triggers)
    }()

    /// The place in `all` of the first layout that matches a row.
    static func match(_ row: JSONObject) -> Int? {
        var candidates = row.bits(in: triggers)
        while candidates != 0 {
            let place = candidates.trailingZeroBitCount
            if all[place].matches(row) { return place }
            candidates &= candidates - 1
        }
        return nil
    }

    /// The name of rows that need no layout.
    static let recordName = "record"
}
