// The example of docs/engine.md, compiled and run.
import Foundation
import ImageInput
import TestKit
import Testing
import Tokenizer
import VisionLanguageModel

@Suite("The example of docs/engine.md")
struct EngineExampleTests {
    @Test("The page has the lines of this test")
    func page() throws {
        func lines(_ text: String) -> [String] {
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
        }
        let page = try String(
            contentsOf: Fixtures.repository.appendingPathComponent("docs/engine.md"), encoding: .utf8)
        let block = try #require(page.components(separatedBy: "```swift\n").dropFirst().first)
        let example = try #require(block.components(separatedBy: "```").first)
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let body = try #require(source.components(separatedBy: "// The example\n").dropFirst().first)
            .components(separatedBy: "// The end")[0]
            .replacingOccurrences(of: "answer += String(decoding: token.text, as: UTF8.self)", with: "print")
        let printed = example.replacingOccurrences(
            of: "print(String(decoding: token.text, as: UTF8.self), terminator: \"\")", with: "print")
        #expect(lines(printed) == lines(body))
    }

    @Test("It answers")
    func run() throws {
        var answer = ""
        // The example
        let loaded = try LoadedModel(path: "Checkpoints/small-qwen25vl.h5")
        let file = "Examples/handwritten/images/train-00003.png"
        let picture = try loaded.processor.image(loadImageBytes(file, relativeTo: "."), name: file)
        let question = ChatMessage(
            role: .user, content: [.image, .text("Locate the digit 3. Give its bounding box.")])
        var request = GenerationRequest(
            prompt: try loaded.processor.prompt([question], visuals: [picture]), number: 0)
        request.options.temperature = 0

        let engine = loaded.engine
        _ = try engine.submit(request)
        while engine.hasWork {
            for case .token(_, _, let token) in try engine.step() {
                answer += String(decoding: token.text, as: UTF8.self)
            }
        }
        // The end
        #expect(answer.hasPrefix("<think>"), "\(answer)")
    }
}
