// The outside bytes of servers: addresses and replies.
import BenchmarkRuns
import Foundation
import TestKit
import Testing

@testable import ServerModels

@Suite("Servers as models")
struct ServerTests {
    @Test("Only this machine and named hosts are asked")
    func addresses() throws {
        #expect(try ServerAddress("http://127.0.0.1:8080/v1/").text == "http://127.0.0.1:8080/v1")
        #expect(try ServerAddress("http://[::1]:8080/v1").text == "http://[::1]:8080/v1")
        #expect(try ServerAddress("https://gpu/v1", allowedHosts: ["gpu"]).text == "https://gpu/v1")
        for text in [
            "https://example.org/v1", "ftp://localhost/", "localhost:8080", "", "http://localhost/?a=b",
            "http://user@localhost/", "http://127.0.0.1.example.org/v1",
        ] {
            #expect(throws: BenchmarkRunError.self, "\(text)") { _ = try ServerAddress(text) }
        }
    }

    private func reply(_ text: String, choices: Int = 1) throws -> ServerReply {
        try ServerReply(Array(text.utf8), choices: choices)
    }

    @Test("Choices come in the order of their index")
    func replies() throws {
        let text = """
            {"choices": [{"index": 1, "message": {"content": "b"}, "finish_reason": "length"},
             {"index": 0, "message": {"content": null}, "finish_reason": "stop"}], "usage": {"completion_tokens": 6}}
            """
        let found = try reply(text, choices: 2)
        #expect(found.choices.map(\.text) == ["", "b"])
        #expect(found.choices.map(\.finishReason) == ["stop", "length"])
        #expect(found.completionTokens == 6)
        let error = #expect(throws: BenchmarkRunError.self) { _ = try reply(text, choices: 3) }
        #expect("\(error as Any)".contains("asked for 3 answers, found 2"))
    }

    @Test("Replies that are no completions are errors, whatever their bytes")
    func fuzz() {
        let good = #"{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}"#
        var numbers = SystemRandomNumberGenerator()
        var (read, refused) = (0, 0)
        for _ in 0..<3000 {
            var bytes = Array(good.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<bytes.count, using: &numbers)
                switch Int.random(in: 0..<3, using: &numbers) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: bytes[..<place].suffix(9), at: place)
                }
            }
            do {
                let found = try ServerReply(bytes, choices: 1)
                #expect(found.choices.count == 1)
                read += 1
            } catch {
                #expect(error is BenchmarkRunError)
                refused += 1
            }
        }
        #expect(read > 0 && refused > 0)
    }
}
