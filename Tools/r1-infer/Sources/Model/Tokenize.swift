// r1-infer tokenize: converts text to token ids and pieces, and back.
import ArgumentParser
import Checkpoint
import Foundation
import Tokenizer
import ToolKit

/// `r1-infer tokenize MODEL [TEXT]`.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show the tokens of a text, or the text of tokens.",
        discussion: """
            The text is TEXT or, without it, all of stdin, including line breaks. Each token becomes one line: its \
            id and its text as a JSON string. A token that is not whole characters is shown as bytes, \\xNN.

              r1-infer tokenize model.h5 "How many cats?"
              printf 'no line break' | r1-infer tokenize model.h5 --json
              r1-infer tokenize model.h5 --decode "72 78 87"
            """)

    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.", transform: paths.argument)
    var model: String

    @Argument(help: "The text. (default: stdin)")
    var text: String?

    @Flag(help: "Read markers such as <|im_end|> as special tokens; otherwise they are plain text.")
    var special = false

    @Flag(help: "Print one JSON object with ids and pieces.")
    var json = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Print the text of these ids instead.", valueName: "ids"))
    var decode: String?

    /// Checks that the options make sense together.
    func validate() throws {
        guard decode == nil || text == nil && !special && !json else {
            throw ValidationError("--decode takes no text, --special or --json")
        }
    }

    /// Prints ids and pieces, or the text.
    func run() throws {
        let checkpoint = try openCheckpoint(model)
        let tokenizer = try Tokenizer(files: checkpoint.sideFile)
        if let decode {
            return try console.write(
                tokenizer.decode(try ids(decode, tokenizer), skipSpecialTokens: false) + "\n")
        }
        let ids = tokenizer.encode(try text ?? input(), specialTokens: special ? .parsed : .asText)
        let pieces = ids.map { Self.piece(tokenizer.bytes(of: $0) ?? []) }
        if json {
            let line = try JSONEncoder.forLines().line(Tokens(ids: ids, pieces: pieces))
            return try console.write(String(decoding: line, as: UTF8.self))
        }
        try console.write(zip(ids, pieces).map { "\($0)\t\(Self.quoted($1))\n" }.joined())
    }

    private struct Tokens: Encodable {
        let ids: [TokenID]
        let pieces: [String]
    }

    private func input() throws -> String {
        let bytes = FileHandle.standardInput.readDataToEndOfFile()
        guard let text = String(validating: bytes, as: UTF8.self) else { throw InferError.notUTF8 }
        return text
    }

    private func ids(_ list: String, _ tokenizer: Tokenizer) throws -> [TokenID] {
        try list.split(whereSeparator: { $0.isWhitespace || $0 == "," }).map { word in
            guard let id = TokenID(word), (0..<tokenizer.vocabularyCount).contains(Int(id)) else {
                throw InferError.badIDs(
                    "--decode: expected ids from 0 to \(tokenizer.vocabularyCount - 1), found \"\(word)\"")
            }
            return id
        }
    }

    /// The text of a token's bytes, or the bytes as `\xNN` when they are not whole characters.
    private static func piece(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? bytes.map { String(format: "\\x%02X", $0) }.joined()
    }

    private static func quoted(_ piece: String) -> String {
        guard !piece.hasPrefix("\\x") else { return piece }
        var result = "\""
        for scalar in piece.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.properties.generalCategory == .control:
                result += String(format: "\\u%04x", scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
