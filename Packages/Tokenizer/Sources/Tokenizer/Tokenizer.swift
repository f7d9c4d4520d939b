// The tokenizer of the Qwen2 family: text to token ids and back. The pipeline is
//   added tokens (AddedTokens) -> NFC (CanonicalComposition) -> words (WordScanner) -> merges (BytePairEncoder);
// files are read in TokenizerFiles, chats are laid out in ChatTemplate and encoded in Tokenizer+Chat.

/// A row of the vocabulary.
public typealias TokenID = Int32

/// Byte-level byte-pair encoding with the vocabulary of one checkpoint.
///
/// All state is fixed at loading, so one tokenizer serves any number of threads.
public final class Tokenizer: Sendable {
    private let vocabulary: TokenTable
    private let encoder: BytePairEncoder
    private let added: AddedTokens

    /// What the text of a marker such as `<|im_end|>` becomes.
    public enum SpecialTokens: Sendable {
        /// The added token of that name. Only for text that the program itself wrote.
        case parsed
        /// Plain text like any other. For everything that comes from a user, a file or a model.
        case asText
    }

    /// Loads a tokenizer from a checkpoint's side files.
    ///
    /// `tokenizer.json` is preferred; without it `vocab.json` and `merges.txt` are read. The added tokens of
    /// `tokenizer_config.json` and `added_tokens.json` join either of them.
    ///
    /// - Parameter files: Returns the bytes of a file by name, or nil when the checkpoint has no such file.
    /// - Throws: ``TokenizerError`` with the file, the key or place, what was expected and what was found.
    public init(files: (String) throws -> [UInt8]?) throws {
        let parts = try TokenizerFiles(files)
        vocabulary = parts.vocabulary
        encoder = BytePairEncoder(byteTokens: parts.byteTokens, merges: parts.merges)
        added = AddedTokens(parts.added)
    }

    // MARK: - The vocabulary

    /// One more than the largest id that has text; the model's embedding may have padding rows beyond it.
    public var vocabularyCount: Int { max(vocabulary.rowCount, Int(added.largestID) + 1) }

    /// The ids that `decode` leaves out on request, such as `<|im_end|>` and `<|image_pad|>`.
    public var specialTokenIDs: Set<TokenID> { added.specialIDs }

    /// The id of an added token by its text, or of a vocabulary token as vocabulary files spell it (`Ġhello`).
    public func id(ofToken token: String) -> TokenID? {
        let text = Array(token.utf8)
        if let id = added.id(of: text) { return id }
        var bytes: [UInt8] = []
        guard text.withUnsafeBufferPointer({ ByteAlphabet.append($0, to: &bytes) }) else { return nil }
        return bytes.withUnsafeBufferPointer { vocabulary.id(of: $0) }
    }

    /// The bytes that a token stands for, not always whole characters; nil for a padding row.
    public func bytes(of id: TokenID) -> [UInt8]? {
        added.bytes(of: id) ?? vocabulary.bytes(of: id).map(Array.init)
    }

    // MARK: - Text to ids

    /// The ids of a text.
    public func encode(_ text: String, specialTokens: SpecialTokens) -> [TokenID] {
        var text = text
        return text.withUTF8 { bytes in
            encode(bytes, parsed: specialTokens == .parsed ? [0..<bytes.count] : [])
        }
    }

    /// The ids of a text in which added tokens count only inside the `parsed` ranges (ascending, disjoint).
    ///
    /// Between added tokens the text is encoded as one whole.
    func encode(_ text: UnsafeBufferPointer<UInt8>, parsed: [Range<Int>]) -> [TokenID] {
        var output: [TokenID] = []
        output.reserveCapacity(text.count / 3)
        let workspace = MergeWorkspace()
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
        guard CanonicalComposition.mayChange(text) else {
            return encoder.encode(text, workspace, into: &output)
        }
        CanonicalComposition.composed(text).withUnsafeBufferPointer {
            encoder.encode($0, workspace, into: &output)
        }
    }

    // MARK: - Ids to text

    /// The text of a row of ids.
    ///
    /// Invalid UTF-8 becomes U+FFFD, one for each maximal invalid part, as with Python's `errors="replace"`.
    /// Ids without text (padding rows) give nothing. Encoding and decoding gives the composed (NFC) text.
    public func decode(_ ids: [TokenID], skipSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * 4)
        for id in ids { append(id, skipSpecialTokens: skipSpecialTokens, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the bytes of one id as `decode` sees them.
    func append(_ id: TokenID, skipSpecialTokens: Bool, to bytes: inout [UInt8]) {
        if skipSpecialTokens, added.specialIDs.contains(id) { return }
        if let text = added.bytes(of: id) {
            bytes += text
        } else if let text = vocabulary.bytes(of: id) {
            bytes += text
        }
    }
}
