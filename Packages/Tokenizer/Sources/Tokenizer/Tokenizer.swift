// Converts text to token ids and back, in two schemes:
//   Qwen: added tokens (AddedTokens) -> NFC (CanonicalComposition) -> words (WordScanner) -> merges
//   (BytePairEncoder) InternLM2: added tokens -> SentencePiece (SentencePieceEncoder)
// TokenizerFiles reads the files, ChatTemplate lays out chats, Tokenizer+Chat encodes them.

/// Byte-level byte-pair encoding or SentencePiece, with the vocabulary of one checkpoint.
///
/// It does not change after loading, so any number of threads can share it.
public final class Tokenizer: Sendable {
    private let scheme: Scheme
    private let added: AddedTokens
    /// The token before every conversation; nil for models without one.
    let beginning: TokenID?

    private enum Scheme {
        case byteLevel(TokenTable, BytePairEncoder)
        case sentencePiece(SentencePieceVocabulary)
    }

    /// How to encode the text of a marker such as `<|im_end|>`.
    public enum SpecialTokens: Sendable {
        /// As the added token of that name. Use it only for text that the program wrote.
        case parsed
        /// As plain text. Use it for all text from users, files and models.
        case asText
    }

    /// Loads a tokenizer from a checkpoint's side files.
    ///
    /// Reads `tokenizer.model` (SentencePiece), else `tokenizer.json`, else `vocab.json` and `merges.txt`,
    /// and then the added tokens of `tokenizer_config.json` and `added_tokens.json`.
    ///
    /// - Parameter files: Returns the bytes of a file by name, or nil when the checkpoint has no such file.
    /// - Throws: ``TokenizerError`` with the file, the key or place, what was expected and what was found.
    public init(files: (String) throws -> [UInt8]?) throws {
        let parts = try TokenizerFiles(files)
        if let pieces = parts.sentencePieces {
            scheme = .sentencePiece(pieces)
        } else {
            let encoder = BytePairEncoder(byteTokens: parts.byteTokens, merges: parts.merges)
            scheme = .byteLevel(parts.vocabulary, encoder)
        }
        added = AddedTokens(parts.added)
        beginning = try parts.beginning.map { [added] text in
            guard let id = added.id(of: Array(text.utf8)) else { throw TokenizerError.missingToken(text) }
            return id
        }
    }

    // MARK: - The vocabulary

    /// One more than the largest id that has text; the model's embedding may have padding rows beyond it.
    public var vocabularyCount: Int {
        let rows =
            switch scheme {
            case .byteLevel(let vocabulary, _): vocabulary.rowCount
            case .sentencePiece(let pieces): pieces.rowCount
            }
        return max(rows, Int(added.largestID) + 1)
    }

    /// The ids that `decode` can omit, such as `<|im_end|>` and `<|image_pad|>`.
    var specialTokenIDs: Set<TokenID> { added.specialIDs }

    /// The id of an added token by its text, or of a vocabulary token as vocabulary files spell it (`Ġhello`,
    /// `▁hello`).
    public func id(ofToken token: String) -> TokenID? {
        let text = Array(token.utf8)
        if let id = added.id(of: text) { return id }
        switch scheme {
        case .byteLevel(let vocabulary, _):
            var bytes: [UInt8] = []
            guard text.withUnsafeBufferPointer({ ByteAlphabet.append($0, to: &bytes) }) else { return nil }
            return bytes.withUnsafeBufferPointer { vocabulary.id(of: $0) }
        case .sentencePiece(let pieces): return pieces.encoder.id(of: text)
        }
    }

    /// The bytes of a token, which may end inside a character; nil for a padding row.
    public func bytes(of id: TokenID) -> [UInt8]? {
        if let text = added.bytes(of: id) { return text }
        switch scheme {
        case .byteLevel(let vocabulary, _): return vocabulary.bytes(of: id).map(Array.init)
        case .sentencePiece(let pieces): return pieces.bytes(of: id)
        }
    }

    // MARK: - Text to ids

    /// The ids of a text.
    public func encode(_ text: String, specialTokens: SpecialTokens) -> [TokenID] {
        var text = text
        return text.withUTF8 { bytes in
            encode(bytes, parsed: specialTokens == .parsed ? [0..<bytes.count] : [])
        }
    }

    /// The ids of a text in which added tokens are matched only in the `parsed` ranges (ascending, disjoint).
    ///
    /// The text between added tokens is encoded as a whole.
    func encode(
        _ text: UnsafeBufferPointer<UInt8>, parsed: [Range<Int>],
        _ workspace: MergeWorkspace = MergeWorkspace()
    ) -> [TokenID] {
        var output: [TokenID] = []
        output.reserveCapacity(text.count / 3)
        var start = 0
        for range in parsed {
            var position = range.lowerBound
            while position < range.upperBound {
                guard let (id, end) = added.match(in: text, at: position, limit: range.upperBound) else {
                    position += 1
                    continue
                }
                encodePlain(UnsafeBufferPointer(rebasing: text[start..<position]), workspace, into: &output)
                output.append(id)
                (start, position) = (end, end)
            }
        }
        encodePlain(UnsafeBufferPointer(rebasing: text[start...]), workspace, into: &output)
        return output
    }

    private func encodePlain(
        _ text: UnsafeBufferPointer<UInt8>, _ workspace: MergeWorkspace, into output: inout [TokenID]
    ) {
        switch scheme {
        case .sentencePiece(let pieces): pieces.encoder.encode(text, workspace, into: &output)
        case .byteLevel(_, let encoder):
            guard CanonicalComposition.mayChange(text) else {
                return encoder.encode(text, workspace, into: &output)
            }
            CanonicalComposition.composed(text).withUnsafeBufferPointer {
                encoder.encode($0, workspace, into: &output)
            }
        }
    }

    // MARK: - Ids to text

    /// The text of ids.
    ///
    /// Invalid UTF-8 becomes U+FFFD: one per maximal invalid part, as with Python's `errors="replace"`; with
    /// SentencePiece one per byte. Ids without text (padding rows) are ignored. Encoding and decoding a text
    /// normalizes it to NFC in the byte-level scheme; SentencePiece does not normalize, but models may drop
    /// spaces.
    public func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String {
        var text = DecodedText(replacement)
        text.bytes.reserveCapacity(ids.count * 4)
        for id in ids { append(id, skipSpecialTokens: skipSpecialTokens, to: &text) }
        return text.take(text.bytes.count)
    }

    /// How `decode` shows bytes that are not UTF-8.
    var replacement: DecodedText.Replacement {
        switch scheme {
        case .byteLevel: .part
        case .sentencePiece: .byte
        }
    }

    /// Appends the bytes of one id for `decode`.
    func append(_ id: TokenID, skipSpecialTokens: Bool, to text: inout DecodedText) {
        if skipSpecialTokens, added.specialIDs.contains(id) { return }
        if let bytes = added.bytes(of: id) {
            text.bytes += bytes
            // Encoding treats the text after an added token as a separate text.
            text.isAtStart = true
            return
        }
        switch scheme {
        case .byteLevel(let vocabulary, _): text.bytes += vocabulary.bytes(of: id) ?? []
        case .sentencePiece(let pieces): pieces.append(id, to: &text)
        }
    }
}
