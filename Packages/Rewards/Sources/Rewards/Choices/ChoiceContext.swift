// What the words before and after a letter, or before an option's text, say of it.

/// What the words before a place say of what follows there.
struct ChoiceContext {
    /// "the answer is", "so", "I choose", "答案是".
    private(set) var isDeclared = false
    /// "not", "rather than", "不是".
    private(set) var isRefused = false
    /// "option", "choice".
    private(set) var isNoun = false
    /// "but", as after "not A".
    private(set) var isTurn = false

    /// Reads back from `place`, at most eight words and not beyond the sentence.
    init(bytes: [UInt8], words: [Word], before place: Int) {
        var index = words.endIndex(before: place)
        var (end, steps, isBeforeName) = (place, 0, false)
        // An option's text may be inside a run without spaces.
        if index < words.count, words[index].range.lowerBound < place, words[index].script == .unspaced {
            readRun(bytes, words[index].range.lowerBound..<place)
            return
        }
        while index > 0, steps < 8 {
            index -= 1
            steps += 1
            let word = words[index]
            let gap = bytes[word.range.upperBound..<end]
            guard Self.isOneClause(gap, isDirect: steps == 1) else { break }
            end = word.range.lowerBound
            if word.script == .unspaced {
                readRun(bytes, word.range)
                break
            }
            let text = word.range.count <= 24 ? bytes.text(word.range).lowercased() : ""
            if steps == 1, choiceCorrections.contains(text), gap.contains(UInt8(ascii: ",")) {
                isDeclared = true
                break
            }
            if choiceWrongs.contains(text), gap.contains(UInt8(ascii: ":")) || isBeforeName {
                // "wrong: A", "the wrong option is A".
                (isRefused, isDeclared) = (true, false)
                break
            }
            if choiceRefusals.contains(text) {
                // "not" may also be before the verb: "should not choose B".
                (isRefused, isDeclared) = (true, false)
                break
            }
            if steps == 1 { isTurn = choiceTurns.contains(text) }
            isBeforeName = choiceNouns.contains(text) || text == "answer"
            if choiceLeads.contains(text) {
                isDeclared = true
            } else if choiceNouns.contains(text) {
                isNoun = true
                // Only a word for wrong may come before it.
                let adjective = index > 0 ? words[index - 1].range : nil
                if isDeclared, !choiceWrongs.contains(adjective.map { bytes.text($0).lowercased() } ?? "") {
                    break
                }
            } else if choiceFillers.contains(text) {
                continue
            } else if isDeclared, steps <= 4,
                ["should", "would", "must", "will", "do", "could"].contains(text)
            {
                continue
            } else {
                break
            }
        }
    }

    /// Reads the end of a run without spaces directly before the place.
    private mutating func readRun(_ bytes: [UInt8], _ range: Range<Int>) {
        let text = bytes.text(max(range.lowerBound, range.upperBound - 32)..<range.upperBound)
        isNoun = choiceUnspacedNouns.contains(where: text.hasSuffix)
        if choiceUnspacedRefusals.contains(where: text.hasSuffix) {
            isRefused = !isDeclared
        } else if choiceUnspacedLeads.contains(where: text.hasSuffix) {
            isDeclared = true
        }
    }

    /// Whether a gap has no sign that ends a sentence or clause; directly before a letter a colon is none.
    private static func isOneClause(_ gap: ArraySlice<UInt8>, isDirect: Bool) -> Bool {
        gap.count <= 12
            && gap.allSatisfy { byte in
                byte == 0x20 || "([{*\"'`_$\\)".utf8.contains(byte)
                    || isDirect && (":=,->".utf8.contains(byte) || byte.isSpace)
            }
    }
}

/// What the words after a letter say of it.
struct ChoiceAfterword {
    /// "is correct", "it is", "正确".
    private(set) var isPraised = false
    /// "is wrong", "has no", "不对".
    private(set) var isBlamed = false

    /// Reads on from the word at `index`, at most six words and not beyond the clause.
    init(bytes: [UInt8], words: [Word], after index: Int) {
        var (position, end) = (index + 1, words[index].range.upperBound)
        while position < words.count, position <= index + 6 {
            let word = words[position]
            let gap = bytes[end..<word.range.lowerBound]
            guard gap.count <= 6, gap.allSatisfy({ $0 == 0x20 || ")]}*\"'`".utf8.contains($0) }) else {
                return
            }
            end = word.range.upperBound
            if word.script == .unspaced {
                let text = bytes.text(
                    word.range.lowerBound..<min(word.range.upperBound, word.range.lowerBound + 32))
                isBlamed = choiceUnspacedBlame.contains(where: text.hasPrefix)
                isPraised = !isBlamed && choiceUnspacedPraise.contains(where: text.hasPrefix)
                return
            }
            let text = word.range.count <= 24 ? bytes.text(word.range).lowercased() : ""
            if choiceBlame.contains(text) {
                isBlamed = true
                return
            }
            if choicePraise.contains(text) {
                isPraised =
                    position > index + 1 || text != "it" || isFollowed(bytes, words, position, by: "is")
                if text == "it", position > index + 1 { isPraised = false }
                return
            }
            guard choiceVerbs.contains(text) else { return }
            position += 1
        }
    }

    private func isFollowed(_ bytes: [UInt8], _ words: [Word], _ index: Int, by text: String) -> Bool {
        index + 1 < words.count && bytes.text(words[index + 1].range) == text
    }
}

extension Array where Element == Word {
    /// The number of words that end at or before `place`.
    func endIndex(before place: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].range.upperBound <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
