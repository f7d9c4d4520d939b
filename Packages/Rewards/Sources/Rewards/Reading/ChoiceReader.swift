// Reads the letter of a multiple choice. Never a guess: articles do not count as letters, and two different
// letters are no answer.

/// Reads one lettered option from an answer.
///
/// It tries in this order: the whole answer is a letter (`B`, `(b)`, `\text{B}`); a letter with the text of
/// its option (`B. cat`); the whole text of an option; letters in marked places (first, in brackets, after
/// "answer is", "option", ...), which must agree; the only option whose text occurs in the answer as whole
/// words.
func readLetter(_ text: String, options: [String]?) -> Choice {
    let bytes = Array(text.utf8)
    let reader = ChoiceReader(bytes: bytes, words: words(of: bytes), options: options?.map(normalized))
    return reader.wholeAnswer ?? reader.letterWithText ?? reader.wholeText ?? reader.markedLetters
        ?? reader.textWithin ?? .none
}

private struct ChoiceReader {
    let bytes: [UInt8]
    let words: [Range<Int>]
    /// The option texts, normalized.
    let options: [[UInt8]]?

    /// The number of letters that name an option.
    private var letterCount: Int { min(options?.count ?? 26, 26) }

    private func name(_ index: Int) -> String { String(Unicode.Scalar(UInt8(0x41 + index))) }

    /// The option, from 0, that a one-letter word names.
    private func letter(_ word: Range<Int>, allowsLowercase: Bool = false) -> Int? {
        guard word.count == 1 else { return nil }
        let byte = bytes[word.lowerBound]
        let upper = allowsLowercase ? byte & ~0x20 : byte
        guard upper.isUppercase, Int(upper) - 0x41 < letterCount else { return nil }
        return Int(upper) - 0x41
    }

    // MARK: - The five readings

    /// The answer is one letter and otherwise only signs, or `\text` around it.
    var wholeAnswer: Choice? {
        guard let last = words.last, let letter = letter(last, allowsLowercase: true) else { return nil }
        let isCommand = words.count == 2 && isCommand(words[0])
        guard words.count == 1 || isCommand else { return nil }
        let signs = Array("()[]{}.,:;*$\\\"'` \t\r\n".utf8)
        let hasOnlySigns = bytes.indices.allSatisfy { position in
            words.contains { $0.contains(position) } || signs.contains(bytes[position])
        }
        return hasOnlySigns ? .one(name(letter)) : nil
    }

    /// `B. text`, `(B) text`, `B: text` with the text of option B.
    var letterWithText: Choice? {
        guard let options, let first = words.first, first.lowerBound < 8, let letter = letter(first) else {
            return nil
        }
        var rest = first.upperBound
        while rest < bytes.count, !bytes[rest].isWord, rest - first.upperBound < 8 { rest += 1 }
        return normalized(bytes.text(rest..<bytes.count)) == options[letter] ? .one(name(letter)) : nil
    }

    /// The answer is the text of one option.
    var wholeText: Choice? {
        guard let options else { return nil }
        let answer = normalized(bytes.text(0..<bytes.count))
        let matches = options.indices.filter { options[$0] == answer && !answer.isEmpty }
        return matches.count == 1 ? .one(name(matches[0])) : nil
    }

    /// The letters in marked places, if any.
    var markedLetters: Choice? {
        var letters: Set<Int> = []
        var lastMarked: Int?
        for index in words.indices {
            guard let letter = letter(words[index]), !isArticle(index) else { continue }
            guard isMarked(index) || follows(index, marked: lastMarked) else { continue }
            letters.insert(letter)
            lastMarked = index
        }
        guard let first = letters.first else { return nil }
        return letters.count == 1 ? .one(name(first)) : .several(letters.sorted().map(name))
    }

    /// The only option whose text occurs in the answer; an option inside a longer matching option is ignored.
    var textWithin: Choice? {
        guard let options else { return nil }
        let answer = normalized(bytes.text(0..<bytes.count))
        let found = options.indices.filter { occurs(options[$0], in: answer) }
        let longest = found.filter { index in
            !found.contains {
                options[$0].count > options[index].count && occurs(options[index], in: options[$0])
            }
        }
        if longest.count > 1 { return .several(longest.map(name)) }
        return longest.first.map { .one(name($0)) }
    }

    // MARK: - Places

    private static let leadWords: Set<String> = [
        "answer", "is", "option", "choice", "letter", "choose", "select", "pick",
    ]

    /// Before these words a leading "A" or "I" is a letter; before any other lowercase word it is an article
    /// or pronoun.
    private static let afterLetter: Set<String> = ["is", "and", "or", "because", "since", "as"]

    private func isCommand(_ word: Range<Int>) -> Bool {
        word.lowerBound > 0 && bytes[word.lowerBound - 1] == UInt8(ascii: "\\")
    }

    private func isMarked(_ index: Int) -> Bool {
        guard index > 0 else { return true }
        let before = bytes[words[index].lowerBound - 1]
        if before == UInt8(ascii: "(") || before == UInt8(ascii: "[") { return true }
        if before == UInt8(ascii: "{") { return isCommand(words[index - 1]) }
        let previous = words[index - 1]
        return previous.count <= 6 && Self.leadWords.contains(bytes.text(previous).lowercased())
    }

    /// Whether only separators, "and" or "or" are between this letter and the previous marked letter.
    private func follows(_ index: Int, marked: Int?) -> Bool {
        guard let marked else { return false }
        if index == marked + 1 { return true }
        let between = bytes.text(words[index - 1])
        return index == marked + 2 && (between == "and" || between == "or")
    }

    private func isArticle(_ index: Int) -> Bool {
        let byte = bytes[words[index].lowerBound]
        guard byte == UInt8(ascii: "A") || byte == UInt8(ascii: "I"), index + 1 < words.count else {
            return false
        }
        let next = words[index + 1]
        let gap = words[index].upperBound..<next.lowerBound
        guard bytes[gap].allSatisfy(\.isSpace), !bytes[next.lowerBound].isUppercase else { return false }
        return next.count > 7 || !Self.afterLetter.contains(bytes.text(next))
    }
}
