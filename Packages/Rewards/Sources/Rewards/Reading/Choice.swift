// The choice that a text makes, and the reader of yes and no.

/// The choice that a text makes.
enum Choice: Equatable {
    case none
    case one(String)
    case several([String])
}

/// Reads yes or no (true or false) as whole words.
///
/// The first word decides if it is one of them, unless its opposite follows directly ("yes/no", "yes or no").
/// Otherwise exactly one of the two must occur. "no" in "nothing" does not count.
func readYesNo(_ text: String) -> Choice {
    let bytes = Array(text.utf8)
    var (first, previous): (Bool?, Bool?) = (nil, nil)
    var (hasYes, hasNo, isHedged) = (false, false, false)
    for (index, word) in words(of: bytes).enumerated() {
        let spelling = word.count <= 5 ? bytes.text(word).lowercased() : ""
        switch spelling {
        case "yes", "true", "no", "false":
            let value = spelling == "yes" || spelling == "true"
            if index == 0 { first = value }
            if let previous, previous != value { isHedged = true }
            previous = value
            if value { hasYes = true } else { hasNo = true }
        case "or", "and": break
        default: previous = nil
        }
    }
    if let first, !isHedged { return .one(first ? "yes" : "no") }
    if hasYes && hasNo { return .several(["no", "yes"]) }
    return hasYes ? .one("yes") : hasNo ? .one("no") : .none
}
