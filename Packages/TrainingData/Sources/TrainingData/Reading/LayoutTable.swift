// The table of layouts. A new one is a file in the folder Layouts and a line here.
internal import StrictJSON

extension Layout {
    /// All layouts; the first that matches a row reads it.
    public static let all: [Layout] = [
        .messages, .conversations, .prompt, .refCOCO, .phrase, .choiceTable, .problem, .query, .alpaca,
        .question,
        .caption,
    ]

    /// The name of rows that need no layout.
    static let recordName = "record"
}
