// Reads yes or no in several languages. The words are data (YesNoWords.swift).

/// Reads yes or no (true or false, correct or wrong) as whole words.
///
/// The last declared word decides ("so the answer is no"). Otherwise the first word of the answer does if it is
/// yes or no and its opposite does not follow directly ("yes/no", "yes or no"). Otherwise exactly one of the
/// two must occur. A negation reverses the next word ("not true"). "no" in "nothing" does not count.
public func readYesNo(_ text: String) -> Choice {
    let bytes = plain(text)
    var reader = YesNoReader(bytes: bytes)
    return reader.read()
}

private let knownWords: [String: (isYes: Bool, place: YesNoPlace)] = {
    var words: [String: (isYes: Bool, place: YesNoPlace)] = [:]
    for language in yesNoLanguages {
        for (text, isYes) in [(language.yes, true), (language.no, false)] {
            // The first entry of a word stays: English before others.
            for word in text.split(separator: " ") where words[String(word)] == nil {
                words[String(word)] = (isYes, language.place)
            }
        }
    }
    return words
}()

/// The longest word of a script without spaces, in characters.
private let longestUnspaced =
    (Array(knownWords.keys) + yesNoNeutral + yesNoLeads.keys).map(\.unicodeScalars.count).max() ?? 0

private struct YesNoReader {
    let bytes: [UInt8]
    private var events: [(isYes: Bool, isDeclared: Bool, isFirst: Bool)] = []
    private var weak: Set<Bool> = []
    /// The last event that directly follows its opposite.
    private var lastHedge: Int?
    /// The value of the word directly before, or nil.
    private var previous: Bool?
    private var tokenCount = 0
    /// How many of the next words are declared to be the answer.
    private var leadWindow = 0
    /// Tokens since the last negation.
    private var sinceNegation = Int.max
    private var previousToken = ""
    private var wordCount = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func read() -> Choice {
        let words = words(of: bytes)
        wordCount = words.count
        for word in words {
            if word.script == .unspaced {
                readUnspaced(word.range)
            } else {
                let text = word.range.count <= 40 ? bytes.text(word.range).lowercased() : ""
                take(text, end: word.range.upperBound)
            }
        }
        return decision
    }

    private var decision: Choice {
        if let index = events.lastIndex(where: { $0.isDeclared }), index > lastHedge ?? -1 {
            return name(events[index].isYes)
        }
        if lastHedge == nil, let first = events.first, first.isFirst { return name(first.isYes) }
        let values = events.isEmpty ? weak : Set(events.map(\.isYes))
        guard let value = values.first else { return .none }
        return values.count == 1 ? name(value) : .several(["no", "yes"])
    }

    private func name(_ isYes: Bool) -> Choice { .one(isYes ? "yes" : "no") }

    /// Cuts a run without spaces into known words, the longest first.
    private mutating func readUnspaced(_ range: Range<Int>) {
        let scalars = Array(bytes.text(range).unicodeScalars)
        var (index, position) = (0, range.lowerBound)
        while index < scalars.count {
            var taken = 1
            for length in stride(from: min(longestUnspaced, scalars.count - index), through: 1, by: -1) {
                let text = scalars[index..<(index + length)].map(String.init).joined()
                let isKnown = knownWords[text] != nil || yesNoNeutral.contains(text)
                guard isKnown || yesNoLeads[text] != nil else { continue }
                taken = length
                let end = position + scalars[index..<(index + length)].reduce(0) { $0 + UTF8.width($1) }
                take(yesNoNeutral.contains(text) ? "" : text, end: end)
                break
            }
            if taken == 1, knownWords[String(scalars[index])] == nil { take("", end: 0) }
            for scalar in scalars[index..<(index + taken)] { position += UTF8.width(scalar) }
            index += taken
        }
    }

    private mutating func take(_ text: String, end: Int) {
        defer {
            tokenCount += 1
            leadWindow = max(0, leadWindow - 1)
            sinceNegation = sinceNegation == .max ? .max : sinceNegation + 1
            previousToken = text
        }
        if let window = yesNoLeads[text] {
            leadWindow = window + 1
            previous = nil
            return
        }
        if yesNoNegators.contains(text) {
            sinceNegation = -1
            previous = nil
            return
        }
        guard let word = knownWords[text], counts(word.place, end: end) else {
            if text != "or" && text != "and" { previous = nil }
            return
        }
        let isYes = sinceNegation <= 2 ? !word.isYes : word.isYes
        sinceNegation = .max
        if word.place == .weak, tokenCount > 0, leadWindow == 0 {
            weak.insert(isYes)
            return
        }
        if let previous, previous != isYes { lastHedge = events.count }
        previous = isYes
        events.append((isYes, leadWindow > 0, tokenCount == 0))
    }

    private func counts(_ place: YesNoPlace, end: Int) -> Bool {
        switch place {
        case .anywhere, .weak: return true
        case .whole: return wordCount == 1 || leadWindow > 0 && isAtSign(end)
        case .start: return tokenCount == 0 || leadWindow > 0
        case .predicate:
            let verbs: Set<String> = ["is", "are", "was", "be", "seems", "that's", "it's"]
            return tokenCount == 0 && isAtSign(end) || leadWindow > 0 || sinceNegation <= 2
                || verbs.contains(previousToken)
        }
    }

    /// Whether a sign or the end follows.
    private func isAtSign(_ end: Int) -> Bool {
        var position = end
        while position < bytes.count, bytes[position] == 0x20 { position += 1 }
        return position == bytes.count || !bytes[position].isWord
    }
}
