// Encodes text with SentencePiece: spaces become U+2581, user-defined pieces are matched first, the rest is
// merged (BPE) or split along the most likely path (unigram), and characters without a piece become bytes.

/// A vocabulary of pieces and the method that splits text into them.
struct SentencePieceEncoder: Sendable {
    /// The character for a space in pieces.
    static let space = Array("\u{2581}".utf8)

    private let addsPrefixSpace, removesExtraSpaces: Bool
    /// Pieces that encoding can produce, as spelled in the file.
    private let pieces: TokenTable
    private let kinds: [SentencePieceFile.Kind]
    /// The tokens of the 256 bytes; empty if characters without a piece become `unknown`.
    private let byteTokens: [TokenID]
    private let unknown: TokenID
    /// The tokens of characters below U+0080, the most frequent lookups; -2 without a piece.
    private let asciiTokens: [TokenID]
    /// User-defined pieces, which are matched first.
    private let fixed: AddedTokens
    private let method: Method
    /// Whether no piece has a space after another character, so that words can be encoded one by one.
    private let cutsAtSpaces: Bool

    private enum Method: Sendable {
        case bytePairs(MergeTable)
        case unigram(UnigramScores)
    }

    /// The encoder of a model.
    ///
    /// - Parameters:
    ///   - file: The model.
    ///   - added: Ids of added tokens, which encoding never produces even if the file has pieces for them.
    /// - Throws: ``TokenizerError`` if pieces are missing or contradict each other.
    init(_ file: SentencePieceFile, added: Set<Int>) throws {
        (addsPrefixSpace, removesExtraSpaces) = (file.addsPrefixSpace, file.removesExtraSpaces)
        kinds = file.pieces.map(\.kind)
        var table = TokenTable()
        var fixed: [AddedToken] = []
        for (id, piece) in file.pieces.enumerated() where !added.contains(id) {
            guard [.normal, .userDefined].contains(piece.kind) else { continue }
            guard piece.text.withUnsafeBufferPointer({ table.insert($0, id: id) }) else {
                throw SentencePieceFile.unsupported(
                    "pieces[\(id)]", "a text of its own",
                    "\"\(String(decoding: piece.text, as: UTF8.self))\" twice")
            }
            if piece.kind == .userDefined {
                fixed.append(
                    AddedToken(
                        id: id, content: String(decoding: piece.text, as: UTF8.self), isSpecial: false))
            }
        }
        guard let unknown = kinds.firstIndex(of: .unknown) else {
            throw SentencePieceFile.unsupported("pieces", "one for what is unknown", "none")
        }
        self.unknown = TokenID(unknown)
        byteTokens = try file.bytesForUnknown ? Self.byteTokens(file) : []
        switch file.method {
        case .bytePairs:
            method = .bytePairs(try SentencePieceMerges.table(file, &table))
            self.fixed = AddedTokens(fixed)
            cutsAtSpaces = !file.pieces.contains { $0.kind == .normal && Self.holdsInnerSpace($0.text) }
        case .unigram:
            // User-defined pieces take part in the search with their own score, and sums of scores are
            // rounded, so only the whole text gives the published path.
            method = .unigram(UnigramScores(file))
            self.fixed = AddedTokens([])
            cutsAtSpaces = false
        }
        asciiTokens = (UInt8(0)..<0x80).map { character in
            withUnsafePointer(to: character) { table.id(of: UnsafeBufferPointer(start: $0, count: 1)) } ?? -2
        }
        pieces = table
    }

    private static func byteTokens(_ file: SentencePieceFile) throws -> [TokenID] {
        var ids = [TokenID](repeating: -1, count: 256)
        for (id, piece) in file.pieces.enumerated() where piece.kind == .byte {
            guard let byte = byte(ofPiece: piece.text) else {
                throw SentencePieceFile.unsupported(
                    "pieces[\(id)]", "a byte as <0x00>", String(decoding: piece.text, as: UTF8.self))
            }
            ids[Int(byte)] = TokenID(id)
        }
        if let missing = ids.firstIndex(of: -1) {
            throw SentencePieceFile.unsupported("pieces", "one for every byte", "none for byte \(missing)")
        }
        return ids
    }

    /// The byte of a piece such as `<0x0A>`.
    static func byte(ofPiece text: [UInt8]) -> UInt8? {
        let text = String(decoding: text, as: UTF8.self)
        guard text.utf8.count == 6, text.hasPrefix("<0x"), text.hasSuffix(">") else { return nil }
        return UInt8(text.dropFirst(3).dropLast(), radix: 16)
    }

    private static func holdsInnerSpace(_ text: [UInt8]) -> Bool {
        var sawOther = false
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if scalar != "\u{2581}" { sawOther = true } else if sawOther { return true }
        }
        return false
    }

    // MARK: - Encoding

    /// Appends the tokens of a text, which must be valid UTF-8.
    func encode(_ text: UnsafeBufferPointer<UInt8>, _ workspace: MergeWorkspace, into output: inout [TokenID])
    {
        prepared(text).withUnsafeBufferPointer { text in
            var start = 0
            var position = 0
            while position < text.count {
                // A match starts at a character boundary, because pieces are whole characters.
                if let (id, end) = fixed.match(in: text, at: position, limit: text.count) {
                    encodeFree(
                        UnsafeBufferPointer(rebasing: text[start..<position]), workspace, into: &output)
                    output.append(id)
                    (start, position) = (end, end)
                } else {
                    position += 1
                }
            }
            encodeFree(UnsafeBufferPointer(rebasing: text[start...]), workspace, into: &output)
        }
    }

    /// The text with spaces as spelled in pieces, without those that the model drops and with those that it
    /// adds.
    private func prepared(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 2 + 3)
        var source = text[...]
        if removesExtraSpaces {
            while source.first == 0x20 { source = source.dropFirst() }
        }
        if addsPrefixSpace, !source.isEmpty { result += Self.space }
        var afterSpace = false
        for byte in source {
            let isSpace = byte == 0x20
            if !isSpace {
                result.append(byte)
            } else if !(removesExtraSpaces && afterSpace) {
                result += Self.space
            }
            afterSpace = isSpace
        }
        // At the end U+2581 counts as a space even if the user typed it.
        while removesExtraSpaces, result.suffix(Self.space.count) == Self.space[...] {
            result.removeLast(Self.space.count)
        }
        return result
    }

    /// Text without user-defined pieces.
    private func encodeFree(
        _ text: UnsafeBufferPointer<UInt8>, _ workspace: MergeWorkspace, into output: inout [TokenID]
    ) {
        var starts: [Int] = []
        var start = 0
        while start < text.count {
            let end = cutsAtSpaces ? wordEnd(text, from: start) : text.count
            encodeWord(UnsafeBufferPointer(rebasing: text[start..<end]), workspace, &starts, into: &output)
            start = end
        }
    }

    /// The end of a run of spaces and the characters after it.
    private func wordEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        func isSpace(_ at: Int) -> Bool {
            text[at] == Self.space[0] && at + 2 < text.count && text[at + 1] == Self.space[1]
                && text[at + 2] == Self.space[2]
        }
        var end = start
        while end < text.count, isSpace(end) { end += 3 }
        while end < text.count, !isSpace(end) { end += 1 }
        return end
    }

    private func encodeWord(
        _ word: UnsafeBufferPointer<UInt8>, _ space: MergeWorkspace, _ starts: inout [Int],
        into output: inout [TokenID]
    ) {
        switch method {
        case .bytePairs(let merges):
            let count = symbols(of: word, space, &starts)
            merges.withView { BytePairEncoder.merge(count, $0, space) }
            var index = 0
            while index < count {
                let token = space.tokens[index], next = space.next[index]
                // A character without a piece never merges, so it is one symbol.
                if token < 0 || Int(token) >= kinds.count {
                    let end = next < count ? starts[next] : word.count
                    append(unknown: word[starts[index]..<end], &output)
                } else {
                    output.append(token)
                }
                index = next
            }
        case .unigram(let scores):
            for (range, id) in scores.path(over: word, pieces) {
                if let id { output.append(id) } else { append(unknown: word[range], &output) }
            }
        }
    }

    /// Writes the token of each character to the workspace and its offset to `starts`; without a piece it is
    /// -2.
    private func symbols(
        of word: UnsafeBufferPointer<UInt8>, _ space: MergeWorkspace, _ starts: inout [Int]
    ) -> Int {
        space.reserve(word.count)
        starts.removeAll(keepingCapacity: true)
        var start = 0
        while start < word.count {
            let end = min(word.count, start + utf8Length(word[start]))
            space.tokens[starts.count] =
                end == start + 1
                ? asciiTokens[Int(word[start])]
                : pieces.id(of: UnsafeBufferPointer(rebasing: word[start..<end])) ?? -2
            starts.append(start)
            start = end
        }
        return starts.count
    }

    /// Bytes, or one unknown token for a run of unknown characters.
    private func append(unknown text: Slice<UnsafeBufferPointer<UInt8>>, _ output: inout [TokenID]) {
        if !byteTokens.isEmpty {
            for byte in text { output.append(byteTokens[Int(byte)]) }
        } else if output.last != unknown {
            output.append(unknown)
        }
    }

    /// The id of the piece with this spelling, if encoding can produce it.
    func id(of spelling: [UInt8]) -> TokenID? {
        let id = spelling.withUnsafeBufferPointer { pieces.id(of: $0) }
        return id.flatMap { Int($0) < kinds.count ? $0 : nil }
    }
}
