// Reads the letter of a multiple choice. Never a guess: articles do not count as letters, letters that are called
// wrong do not either, and two different letters are no answer unless the last one is declared to be it.

/// Reads the lettered option, or the list of options, that an answer names.
///
/// It tries in this order: the whole answer is a letter (`B`, `(b)`, `\text{B}`) or a list of letters (`A, C`);
/// a letter with the text of its option (`B. cat`); the whole text of an option; letters in marked places
/// (ChoiceMentions.swift), the last declared one first; the only option of the same value (`0.5` for `1/2`);
/// the only option whose text occurs in the answer as whole words and is not refused ("not a dog").
///
/// Options may carry their own letters (`A. cat`).
public func readLetter(_ text: String, options: [String]?) -> Choice {
    let reader = ChoiceReader(plain(text), options: options.map(LetteredOptions.init))
    return reader.wholeAnswer ?? reader.letterWithText ?? reader.wholeText ?? reader.marked ?? reader
        .sameValue
        ?? reader.textWithin ?? .none
}

private struct ChoiceReader {
    let bytes: [UInt8]
    let words: [Word]
    let options: LetteredOptions?

    init(_ bytes: [UInt8], options: LetteredOptions?) {
        (self.bytes, self.options) = (bytes, options)
        words = Rewards.words(of: bytes)
    }

    /// The number of letters that name an option.
    private var letterCount: Int { min(options?.texts.count ?? 26, 26) }

    private func name(_ index: Int) -> String { String(Unicode.Scalar(UInt8(0x41 + index))) }

    /// The letter, from 0, that a byte is.
    private func letter(_ byte: UInt8, allowsLowercase: Bool = false) -> Int? {
        let upper = allowsLowercase ? byte & ~0x20 : byte
        guard upper.isUppercase, Int(upper) - 0x41 < letterCount else { return nil }
        return Int(upper) - 0x41
    }

    // MARK: - The readings

    /// The answer has letters and otherwise only signs and "and" or "or".
    var wholeAnswer: Choice? {
        guard !words.isEmpty, words.count <= 2 * 26 else { return nil }
        let signs = Array("()[]{}.,:;*&+/|>#$\\\"'`_- \t\r\n".utf8)
        var (letters, isAlternative, position): ([Int], Bool, Int) = ([], false, 0)
        for word in words {
            guard bytes[position..<word.range.lowerBound].allSatisfy(signs.contains) else { return nil }
            position = word.range.upperBound
            let text = word.range.count <= 6 ? bytes.text(word.range) : ""
            switch text {
            case "and", "和", "与", "與", "及": continue
            case "or", "或": isAlternative = true
            default:
                let run = bytes[word.range].map {
                    letter($0, allowsLowercase: words.count == 1 && word.range.count == 1)
                }
                guard word.range.count <= letterCount, run.allSatisfy({ $0 != nil }) else { return nil }
                letters += run.compactMap(\.self)
            }
        }
        guard bytes[position...].allSatisfy(signs.contains), let first = letters.first else { return nil }
        if letters.count == 1 { return .one(name(first)) }
        // "AC" is a list only if it is not the text of an option, and "BAB" is a word.
        guard Set(letters).count == letters.count, words.count > 1 || wholeText == nil else { return nil }
        let names = letters.sorted().map(name)
        return isAlternative || bytes.contains(UInt8(ascii: "/")) ? .several(names) : .all(names)
    }

    /// `B. text`, `(B) text`, `B: text` with the text of option B; the text of another option contradicts.
    var letterWithText: Choice? {
        guard let options, let first = words.first?.range, first.lowerBound < 8, first.count == 1,
            let letter = letter(bytes[first.lowerBound], allowsLowercase: true)
        else { return nil }
        return contradiction(letter, after: first.upperBound, options)
    }

    /// The letter if its option's text follows, both letters if that of another option does, else nil.
    private func contradiction(_ letter: Int, after end: Int, _ options: LetteredOptions) -> Choice? {
        var rest = end
        while rest < bytes.count, !bytes[rest].isWord, rest - end < 8, bytes[rest] != 0x0A { rest += 1 }
        guard rest > end, let index = options.letter(ofText: bytes[rest...]) else { return nil }
        if index == letter { return .one(name(letter)) }
        // Without a sign between them, as in "A cat", the letter may be an article.
        let hasSign = bytes[end..<rest].contains { !$0.isSpace }
        return hasSign ? .several([letter, index].sorted().map(name)) : nil
    }

    /// The answer is the text of one option.
    var wholeText: Choice? {
        guard let options, let index = options.letter(ofText: bytes[...]) else { return nil }
        return .one(name(index))
    }

    /// The letters in marked places, if any.
    var marked: Choice? {
        let mentions = ChoiceMentions(bytes: bytes, words: words, letterCount: letterCount)
        guard let group = mentions.decision else { return nil }
        if group.letters.count == 1, let options, let end = group.end,
            case .several(let names)? = contradiction(group.letters[0], after: end, options)
        {
            return .several(names)
        }
        let names = Set(group.letters).sorted().map(name)
        if names.count == 1 { return .one(names[0]) }
        return group.isAlternative ? .several(names) : .all(names)
    }

    /// The only option that has the value of the answer.
    var sameValue: Choice? {
        guard let options, bytes.count <= 200 else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let found = options.texts.indices.filter { index in
            MathRule.haveSameValue(text, String(decoding: options.texts[index], as: UTF8.self))
        }
        return found.count == 1 ? .one(name(options.letters[found[0]])) : nil
    }

    /// The only option whose text occurs in the answer.
    ///
    /// An option inside a longer matching option is ignored, and so are occurrences that are refused. The last
    /// declared text decides among several.
    var textWithin: Choice? {
        guard let options else { return nil }
        let answer = normalized(plain: bytes)
        let answerWords = Rewards.words(of: answer)
        var found: [(index: Int, isDeclared: Bool, last: Int)] = []
        for index in options.texts.indices
        where options.texts[index].count > 1 || !isLetterName(options.texts[index]) {
            var places = places(of: options.texts[index], in: answer).map { place in
                (place, ChoiceContext(bytes: answer, words: answerWords, before: place.lowerBound))
            }
            places.removeAll { $0.1.isRefused }
            guard let last = places.last else { continue }
            let declared = places.last { $0.1.isDeclared }
            found.append((index, declared != nil, (declared ?? last).0.lowerBound))
        }
        let longest = found.filter { one in
            !found.contains { other in
                options.texts[other.index].count > options.texts[one.index].count
                    && !places(of: options.texts[one.index], in: options.texts[other.index]).isEmpty
            }
        }
        if longest.count > 1 {
            let declared = longest.filter(\.isDeclared)
            guard let last = declared.max(by: { $0.last < $1.last }) else {
                return .several(longest.map { name(options.letters[$0.index]) }.sorted())
            }
            return .one(name(options.letters[last.index]))
        }
        return longest.first.map { .one(name(options.letters[$0.index])) }
    }

    /// Whether an option's text is itself a letter, as of options that are parts of a picture.
    private func isLetterName(_ text: [UInt8]) -> Bool { text.count == 1 && (text[0] & ~0x20).isUppercase }
}

/// The texts of options, and the letters that name them.
struct LetteredOptions {
    /// The normalized texts, without letters of their own.
    let texts: [[UInt8]]
    /// For each text its letter, from 0.
    let letters: [Int]

    /// Texts named A, B, ..., or by the letters that all of them carry: `A. cat`, `(B) dog`.
    init(_ options: [String]) {
        let plainTexts = options.map { plain($0) }
        let own = plainTexts.map(Self.ownLetter)
        let carried = own.compactMap { $0?.letter }
        let isLettered = carried.count == options.count && Set(carried) == Set(0..<options.count)
        letters = isLettered ? carried : Array(options.indices)
        texts = zip(plainTexts, own).map { text, own in
            normalized(plain: isLettered ? text[(own?.end ?? 0)...] : text[...])
        }
    }

    /// The letter of the only option with this plain text.
    func letter(ofText text: ArraySlice<UInt8>) -> Int? {
        // A text longer than all options is none of them.
        guard text.count <= 64 + (texts.map(\.count).max() ?? 0) * 2 else { return nil }
        let answer = normalized(plain: text)
        let matches = texts.indices.filter { texts[$0] == answer && !answer.isEmpty }
        return matches.count == 1 ? letters[matches[0]] : nil
    }

    /// A letter with a sign at the start of an option, and where the text begins.
    private static func ownLetter(_ bytes: [UInt8]) -> (letter: Int, end: Int)? {
        var position = 0
        while position < bytes.count, bytes[position].isSpace || "([".utf8.contains(bytes[position]) {
            position += 1
        }
        guard position + 1 < bytes.count, bytes[position].isASCIILetter,
            ".):],".utf8.contains(bytes[position + 1])
        else { return nil }
        let letter = Int(bytes[position] & ~0x20) - 0x41
        position += 1
        while position < bytes.count, bytes[position].isSpace || ".):],".utf8.contains(bytes[position]) {
            position += 1
        }
        return position < bytes.count ? (letter, position) : nil
    }
}
