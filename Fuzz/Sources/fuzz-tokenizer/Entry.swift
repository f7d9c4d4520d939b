// libFuzzer's entry point for text: decoding returns the encoded text in NFC, as a whole and as a stream.
import Foundation
import Tokenizer

/// The tokenizer of the tests' tiny model; the fuzzer runs in the repository's root.
private let tokenizer: Tokenizer = {
    let folder = "Tests/Fixtures/tokenizer/tiny"
    do {
        return try Tokenizer { name in
            (try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))).map(Array.init)
        }
    } catch {
        fatalError("\(folder): \(error)")
    }
}()

/// Called for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let ids = tokenizer.encode(text, specialTokens: .asText)
    guard ids.allSatisfy({ !tokenizer.specialTokenIDs.contains($0) }) else { fatalError("a special token") }
    let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
    // The standard library does not know the canonical order of these three.
    let isOrdered = !text.unicodeScalars.contains { [0xF73, 0xF75, 0xF81].contains($0.value) }
    // Strings are equal if their NFC forms are.
    guard decoded == text || !isOrdered else { fatalError("another text came back") }
    guard tokenizer.encode(decoded, specialTokens: .asText) == ids else {
        fatalError("what came back is not composed")
    }
    var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: false)
    let streamed = ids.map { decoder.append($0) }.joined() + decoder.finish()
    guard Array(streamed.utf8) == Array(decoded.utf8) else { fatalError("the stream differs") }
    // If markers are parsed, they are those in the text or part of a longer one.
    let parsed = tokenizer.decode(tokenizer.encode(text, specialTokens: .parsed), skipSpecialTokens: false)
    guard parsed == text || !isOrdered else { fatalError("another text came back from markers") }
    return 0
}
