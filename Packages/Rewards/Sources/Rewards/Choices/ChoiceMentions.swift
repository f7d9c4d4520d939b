// The letters that an answer mentions, and what it says of each: declared, called wrong, or only mentioned.

/// The letters in marked places of a text.
struct ChoiceMentions {
    /// Letters that belong together: "B", "A or B", "A, C".
    struct Group {
        /// The letters, from 0.
        var letters: [Int]
        /// Whether "or" or "/" is between them.
        var isAlternative = false
        /// The end of the last letter.
        var end: Int?
    }

    private enum Kind { case declared, leading, marked, refused, unmarked }

    let bytes: [UInt8]
    let words: [Word]
    /// The number of letters that name an option.
    let letterCount: Int

    /// The last declared group; else the letter that the answer begins with; else all marked letters.
    ///
    /// Marked letters are alternatives if they differ. Nil without any letter.
    var decision: Group? {
        var (declared, leading): (Group?, Group?) = (nil, nil)
        var marked = Group(letters: [])
        var (index, isRefused) = (0, false)
        while index < words.count {
            guard let first = letter(index) else {
                index += 1
                continue
            }
            var group = Group(letters: [first], end: words[index].range.upperBound)
            var last = index
            while let next = continuation(after: last, &group) { last = next }
            defer { index = last + 1 }
            let kind = kind(from: index, through: last, afterRefusal: isRefused)
            isRefused = kind == .refused
            switch kind {
            case .declared: declared = group
            case .leading: leading = group
            case .marked:
                marked.letters += group.letters
                marked.isAlternative = marked.isAlternative || group.isAlternative
            case .refused, .unmarked: continue
            }
        }
        if let declared { return declared }
        if let leading {
            // The letters of a list of all options do not answer.
            let others = Set(marked.letters).subtracting(leading.letters)
            if others.isEmpty || !hasLetteredLines { return leading }
            marked.letters += leading.letters
        }
        guard !marked.letters.isEmpty else { return nil }
        // Letters in several places exclude one another; a single list belongs together.
        marked.isAlternative = true
        return marked
    }

    // MARK: - Letters

    /// The letter that a word is, from 0; nil for an article or pronoun.
    ///
    /// A letter in lower case counts after a word that declares it: "the answer is b".
    private func letter(_ index: Int) -> Int? {
        let range = words[index].range
        guard range.count == 1 else { return nil }
        let byte = bytes[range.lowerBound]
        let upper = byte & ~0x20
        guard upper.isUppercase, Int(upper) - 0x41 < letterCount else { return nil }
        if byte != upper {
            guard index > 0, isAtSign(range.upperBound),
                bytes[range.lowerBound - 1] == 0x20 || isBracketed(index),
                ChoiceContext(bytes: bytes, words: words, before: range.lowerBound).isDeclared
            else { return nil }
        } else if isArticle(index) {
            return nil
        }
        return Int(upper) - 0x41
    }

    private func isArticle(_ index: Int) -> Bool {
        let byte = bytes[words[index].range.lowerBound]
        guard byte == UInt8(ascii: "A") || byte == UInt8(ascii: "I"), index + 1 < words.count else {
            return false
        }
        let next = words[index + 1].range
        let gap = words[index].range.upperBound..<next.lowerBound
        guard !gap.isEmpty, bytes[gap].allSatisfy(\.isSpace), !bytes[next.lowerBound].isUppercase else {
            return false
        }
        return next.count > 8 || !wordsAfterLetter.contains(bytes.text(next))
    }

    /// The next word of a list of letters after the one at `index`, which joins the group.
    private func continuation(after index: Int, _ group: inout Group) -> Int? {
        var next = index + 1
        guard next < words.count else { return nil }
        var isAlternative = false
        let between = words[next].range.count <= 3 ? bytes.text(words[next].range) : ""
        if ["and", "or", "&", "和", "或", "与"].contains(between) {
            guard joins(words[index].range.upperBound..<words[next].range.lowerBound) else { return nil }
            isAlternative = between == "or" || between == "或"
            next += 1
        }
        guard next < words.count, let letter = letter(next) else { return nil }
        let gap = words[next - 1].range.upperBound..<words[next].range.lowerBound
        guard joins(gap) else { return nil }
        group.letters.append(letter)
        group.isAlternative = group.isAlternative || isAlternative || bytes[gap].contains(UInt8(ascii: "/"))
        group.end = words[next].range.upperBound
        return next
    }

    /// Whether only separators of a list are in the range.
    private func joins(_ range: Range<Int>) -> Bool {
        range.count <= 6 && bytes[range].allSatisfy { " ,/&()[]+*".utf8.contains($0) }
    }

    // MARK: - What is said of them

    /// What the text says of a group of letters.
    private func kind(from first: Int, through last: Int, afterRefusal: Bool) -> Kind {
        let before = ChoiceContext(bytes: bytes, words: words, before: words[first].range.lowerBound)
        if before.isRefused { return .refused }
        let after = ChoiceAfterword(bytes: bytes, words: words, after: last)
        if after.isBlamed { return .refused }
        if before.isDeclared || after.isPraised || before.isTurn && afterRefusal { return .declared }
        if first > 0, first == last, isOwnLine(first) { return .declared }
        if first == 0 { return .leading }
        return before.isNoun || isBracketed(first) || startsLine(first) ? .marked : .unmarked
    }

    private func isBracketed(_ index: Int) -> Bool {
        let range = words[index].range
        guard range.lowerBound > 0, range.upperBound < bytes.count else { return false }
        switch (bytes[range.lowerBound - 1], bytes[range.upperBound]) {
        case (UInt8(ascii: "("), UInt8(ascii: ")")), (UInt8(ascii: "["), UInt8(ascii: "]")),
            (UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "\""), UInt8(ascii: "\"")):
            return true
        default: return false
        }
    }

    /// Whether the letter ends the line and begins a sentence, as the last one of "A or B? B" does.
    private func isOwnLine(_ index: Int) -> Bool {
        var end = words[index].range.upperBound
        while end < bytes.count, bytes[end] != 0x0A, !bytes[end].isWord { end += 1 }
        guard end == bytes.count || bytes[end] == 0x0A else { return false }
        var start = words[index].range.lowerBound
        while start > 0, " ([*\"".utf8.contains(bytes[start - 1]) { start -= 1 }
        return start > 0 && ".?!:;\n\r".utf8.contains(bytes[start - 1])
    }

    private func startsLine(_ index: Int) -> Bool {
        var start = words[index].range.lowerBound
        while start > 0, " \t([*\"#-".utf8.contains(bytes[start - 1]) { start -= 1 }
        let end = words[index].range.upperBound
        return (start == 0 || bytes[start - 1] == 0x0A) && isAtSign(end)
    }

    /// Whether another line begins with a letter, as lists of options do.
    private var hasLetteredLines: Bool {
        words.indices.dropFirst().contains { words[$0].range.count == 1 && startsLine($0) }
    }

    private func isAtSign(_ position: Int) -> Bool {
        position >= bytes.count
            || !bytes[position].isWord
                && !(bytes[position] == 0x20
                    && position + 1 < bytes.count && bytes[position + 1].isWord)
    }
}
