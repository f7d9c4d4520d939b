// Measures encoding and decoding on one core: tokenizer-benchmark FOLDER FILE...
//
// FOLDER has merges.txt, tokenizer_config.json and added_tokens.json of Qwen2.5; the FILEs are joined into
// one English text. The other rows are a megabyte each of potentially slow texts. Medians of 5 independent
// runs.
import Foundation
import PublishedVocabulary
import Tokenizer

let arguments = CommandLine.arguments.dropFirst()
guard let folder = arguments.first, arguments.count > 1 else {
    fatalError("tokenizer-benchmark FOLDER FILE...")
}

func bytes(_ path: String) -> [UInt8]? { (try? Data(contentsOf: URL(fileURLWithPath: path))).map(Array.init) }

let merges = String(decoding: bytes(folder + "/merges.txt") ?? [], as: UTF8.self)
let vocabulary = publishedVocabulary(merges: merges.split(separator: "\n"))
let tokenizer = try Tokenizer { $0 == "vocab.json" ? vocabulary : bytes(folder + "/" + $0) }

/// CPU seconds of this thread, which other programs on a busy machine do not affect.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The median of five runs after a warm-up run.
func median(_ body: () -> Void) -> Double {
    body()
    return (0..<5).map { _ in
        let start = cpuSeconds()
        body()
        return cpuSeconds() - start
    }.sorted()[2]
}

func row(_ name: String, _ text: String) {
    var text = text
    text.makeContiguousUTF8()
    let size = Double(text.utf8.count) / 1e6
    var ids: [TokenID] = []
    let encoding = median { ids = tokenizer.encode(text, specialTokens: .asText) }
    let decoding = median { _ = tokenizer.decode(ids, skipSpecialTokens: false) }
    func cell(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func speed(_ seconds: Double) -> String {
        String(format: "%.1f MB/s (%.1f ms)", size / seconds, seconds * 1000)
    }
    print(
        name.padding(toLength: 20, withPad: " ", startingAt: 0) + cell(String(format: "%.2f MB", size), 9)
            + cell("\(ids.count) tokens", 16) + cell("encode " + speed(encoding), 34)
            + cell("decode " + speed(decoding), 34))
}

let english = arguments.dropFirst().map { String(decoding: bytes($0) ?? [], as: UTF8.self) }.joined()
guard !english.isEmpty else { fatalError("no text in \(arguments.dropFirst())") }
row("English", english)
let megabyte = 1_000_000
row("one letter", String(repeating: "a", count: megabyte))
row("spaces", String(repeating: " ", count: megabyte))
var random = SystemRandomNumberGenerator()
row("random bytes", String(decoding: (0..<megabyte / 2).map { _ in random.next() as UInt8 }, as: UTF8.self))
row("random letters", String((0..<megabyte).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement() ?? " " }))
row("combining marks", "a" + String(repeating: "\u{301}\u{323}", count: megabyte / 4))
row(
    "Tibetan marks",
    String(repeating: "x", count: megabyte / 2) + "\u{F73}" + String(repeating: "漢é", count: megabyte / 10))
row("Chinese", String(repeating: "今天天气很好，我们一起去公园散步吧。", count: megabyte / 54))
