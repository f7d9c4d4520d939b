// How pandas reads the cells of a table with `read_csv(sep="\t")`, as VLMEvalKit calls it: some words are missing, and the
// texts of a column of numbers are rewritten.
internal import StrictJSON
internal import TrainingData

/// What pandas would make of the columns of a table that reach a prompt or a gold.
///
/// Two effects are not imitated: types that pandas finds for each quarter of a megabyte of a large file by itself, and the
/// last digit of numbers, which its fast parser may round the other way.
struct PandasCells {
    /// Cells that pandas reads as missing (pandas 2 and 3, `na_values` of `read_csv`).
    private static let missing: Set<String> = [
        "None", "NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", "-NaN", "-nan", "<NA>", "#N/A", "#NA",
        "#N/A N/A",
        "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
    ]
    /// The columns that reach a prompt or a gold.
    private static let watched =
        ["question", "hint", "answer", "choices", "answer_option"] + (0..<26).map(letter)

    /// What the cells of a column were so far.
    private struct Column {
        var isInteger = true
        var isNumber = true
        var hasMissing = false
        var hasValue = false
    }

    /// A row whose cells differ, by bits for the watched columns.
    private struct Change {
        /// Whether a cell is a word for missing.
        var isCertain = false
        /// Columns whose cell differs if the column is one of whole numbers.
        var asInteger: UInt32 = 0
        /// Columns whose cell differs if the column is one of numbers.
        var asNumber: UInt32 = 0
    }

    private let places: [Int]
    private var columns = [Column](repeating: Column(), count: watched.count)
    private var changes: [Change] = []

    /// The cells of a table with a header.
    init(header: [String]) {
        places = Self.watched.indices.filter { header.contains(Self.watched[$0]) }
    }

    /// Looks at a row.
    mutating func add(_ members: JSONObject) {
        var change = Change()
        for place in places {
            guard let cell = members[Self.watched[place]]?.text, !cell.isEmpty else {
                columns[place].hasMissing = true
                continue
            }
            if Self.missing.contains(cell) {
                columns[place].hasMissing = true
                change.isCertain = true
                continue
            }
            columns[place].hasValue = true
            guard columns[place].isNumber else { continue }
            guard let number = Self.number(cell) else {
                (columns[place].isNumber, columns[place].isInteger) = (false, false)
                continue
            }
            let whole = Self.integer(cell)
            if whole == nil { columns[place].isInteger = false }
            if whole != cell { change.asInteger |= 1 << UInt32(place) }
            if number != cell { change.asNumber |= 1 << UInt32(place) }
        }
        if change.isCertain || change.asInteger | change.asNumber != 0 { changes.append(change) }
    }

    /// The number of rows, of those looked at, that pandas reads otherwise.
    var differenceCount: Int {
        var (integers, numbers): (UInt32, UInt32) = (0, 0)
        for place in places {
            switch kind(place) {
            case .integer: integers |= 1 << UInt32(place)
            case .number: numbers |= 1 << UInt32(place)
            case .text: break
            }
        }
        return changes.count { $0.isCertain || $0.asInteger & integers | $0.asNumber & numbers != 0 }
    }

    /// A row as pandas reads it, after `add` has seen all rows.
    func applied(to members: JSONObject) -> JSONObject {
        var members = members
        for place in places {
            let key = Self.watched[place]
            guard let cell = members[key]?.text else { continue }
            if Self.missing.contains(cell) {
                members[key] = nil
                continue
            }
            switch kind(place) {
            case .integer: members[key] = Self.integer(cell).map(JSONValue.string)
            case .number: members[key] = Self.number(cell).map(JSONValue.string)
            case .text: break
            }
        }
        return members
    }

    private enum Kind { case integer, number, text }

    /// The type of a column; whole numbers with a missing cell become doubles.
    private func kind(_ place: Int) -> Kind {
        let column = columns[place]
        guard column.isNumber, column.hasValue else { return .text }
        return column.isInteger && !column.hasMissing ? .integer : .number
    }

    /// A whole number as Python prints it; nil for other cells.
    private static func integer(_ cell: String) -> String? { Int(cell.trimmingSpace()).map { "\($0)" } }

    /// A number as Python prints a double; nil for other cells.
    private static func number(_ cell: String) -> String? {
        let text = cell.trimmingSpace()
        guard let first = text.utf8.first, !text.lowercased().contains("x"), first != UInt8(ascii: "n"),
            let value = Double(text)
        else { return nil }
        return "\(value)"
    }
}
