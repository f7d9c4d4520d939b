// Replies key by key, over a socket.
import Foundation
import StrictJSON
import TestKit
import Testing
import VisionLanguageModel

@testable import Serving

@Suite(.timeLimit(.minutes(5))) struct ReplyTests {
    private func keys(_ value: OrderedJSON?) -> [String] {
        guard case .object(let members)? = value else { return [] }
        return members.map(\.key)
    }

    private func first(_ value: OrderedJSON?) -> OrderedJSON? {
        guard case .array(let items)? = value else { return nil }
        return items.first
    }

    @Test func `a whole reply`() async throws {
        let server = try await TestServer()
        let reply = try await server.chat()
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == "application/json")
        let json = try reply.json()
        #expect(keys(json) == ["id", "object", "created", "model", "choices", "usage", "system_fingerprint"])
        #expect(json["object"]?.text == "chat.completion" && json["model"]?.text == "small")
        #expect(json["id"]?.text?.hasPrefix("chatcmpl-") == true)
        #expect(abs((json["created"]?.integer ?? 0) - Int(Date().timeIntervalSince1970)) < 100)
        #expect(json["system_fingerprint"]?.text?.hasPrefix("r1-") == true)
        let choice = first(json["choices"])
        #expect(keys(choice) == ["index", "message", "logprobs", "finish_reason"])
        #expect(
            choice?["message"]?.compact == #"{"role":"assistant","content":"Hello, world!","refusal":null}"#)
        #expect(choice?["logprobs"] == .null && choice?["finish_reason"]?.text == "stop")
        let usage = json["usage"]
        let prompt = usage?["prompt_tokens"]?.integer ?? 0
        #expect(prompt > 5)
        #expect(
            usage?.compact
                == #"{"prompt_tokens":\#(prompt),"completion_tokens":5,"total_tokens":\#(prompt + 5),"prompt_tokens_details":{"cached_tokens":3}}"#
        )
    }

    @Test func `a stream`() async throws {
        let server = try await TestServer()
        server.script.change { $0.answer = { _ in [[0xC3], [0xA9, 0x61], [0xF0, 0x9F], [0x98], [0x80]] } }
        let reply = try await server.chat(#""stream":true,"stream_options":{"include_usage":true}"#)
        #expect(reply.status == 200 && reply.headers["content-type"] == "text/event-stream")
        #expect(reply.events.last == "[DONE]")
        let chunks = try reply.events.dropLast().map { try OrderedJSON(parsing: Array($0.utf8)) }
        for chunk in chunks {
            #expect(
                keys(chunk) == ["id", "object", "created", "model", "choices", "usage", "system_fingerprint"])
            #expect(chunk["object"]?.text == "chat.completion.chunk" && chunk["id"] == chunks[0]["id"])
        }
        let deltas = chunks.map { first($0["choices"])?["delta"]?.compact ?? "" }
        #expect(
            deltas == [
                #"{"role":"assistant","content":""}"#, #"{"content":"éa"}"#, #"{"content":"😀"}"#, "{}", "",
            ])
        #expect(chunks.map { first($0["choices"])?["finish_reason"]?.text } == [nil, nil, nil, "stop", nil])
        #expect(chunks.dropLast().allSatisfy { $0["usage"] == .null })
        #expect(
            chunks.last?["choices"] == .array([]) && chunks.last?["usage"]?["completion_tokens"]?.integer == 6
        )
        let plain = try await server.chat(#""stream":true"#)
        let last = try OrderedJSON(parsing: Array((plain.events.dropLast().last ?? "").utf8))
        #expect(keys(last) == ["id", "object", "created", "model", "choices", "system_fingerprint"])
    }

    @Test func `several answers with log-probabilities`() async throws {
        let server = try await TestServer()
        let reply = try await server.chat(
            #""n":2,"logprobs":true,"top_logprobs":2,"seed":5,"stop":["x"],"max_tokens":2"#)
        let json = try reply.json()
        guard case .array(let choices)? = json["choices"] else { throw TestServer.NotListening() }
        #expect(choices.map { $0["index"]?.integer } == [0, 1])
        #expect(choices.map { $0["finish_reason"]?.text } == ["length", "length"])
        guard case .array(let entries)? = choices[1]["logprobs"]?["content"] else {
            throw TestServer.NotListening()
        }
        #expect(entries.count == 2 && keys(entries[0]) == ["token", "logprob", "bytes", "top_logprobs"])
        #expect(entries[0]["logprob"]?.compact == "-0.25")
        let request = try #require(server.script.now.requests.first)
        #expect(
            request.options.seed == 5 && request.options.stop == ["x"] && request.options.maxNewTokens == 2)
        #expect(request.options.alternatives == 2 && request.answerCount == 2)
    }

    @Test func `boxes in pixels of the picture that was sent`() async throws {
        let server = try await TestServer()
        server.script.change {
            $0.answer = { _ in [Array(#"[{"bbox_2d": [28, 56, 84, 112], "label": "cat"}]"#.utf8)] }
        }
        // 280 x 224 is resized by the shipped model's own limits; boxes are in pixels after that.
        let url = try pictureURL(width: 70, height: 56)
        let plan = try await server.send(
            "POST", "/v1/vision/plan", body: Array(#"{"image_url":{"url":"\#(url)"}}"#.utf8))
        #expect(plan.status == 200)
        let resized = try plan.json()["resized"]
        let width = Double(resized?["width"]?.integer ?? 0)
        #expect(try plan.json()["original"]?.compact == #"{"width":70,"height":56}"#)
        let tokens = try plan.json()["tokens"]?.integer ?? 0
        #expect(width > 0 && tokens > 0)
        let json = try await server.chat(content: content([url])).json()
        let box = first(json["r1"]?["boxes"])
        #expect(keys(box) == ["choice", "image", "original", "resized", "normalized", "label"])
        #expect(box?["label"]?.text == "cat" && box?["image"]?.integer == 0)
        guard case .array(let edges)? = box?["original"], case .number(let left) = edges[0] else {
            throw TestServer.NotListening()
        }
        #expect(abs((Double(left) ?? 0) - 28 * 70 / width) < 1e-9)
        let stream = try await server.chat(#""stream":true"#, content: content([url]))
        #expect(stream.events.contains { $0.contains(#""r1":{"boxes":[{"choice":0"#) })
    }

    @Test(arguments: [
        #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"integer","minimum":1,"maximum":9},"b":{"enum":["x","y"]}},"required":["a","b"],"additionalProperties":false}}}"#,
        #""response_format":{"type":"json_object"}"#,
    ]) func `replies inside a schema`(format: String) async throws {
        let server = try await TestServer()
        let json = try await server.chat("\(format),\"max_tokens\":500").json()
        let choice = first(json["choices"])
        #expect(choice?["finish_reason"]?.text == "stop")
        guard
            case .object = try OrderedJSON(parsing: Array((choice?["message"]?["content"]?.text ?? "").utf8))
        else {
            throw TestServer.NotListening()
        }
    }

    @Test func `models, health, metrics and the page`() async throws {
        let server = try await TestServer()
        let models = try await server.send("GET", "/v1/models").json()
        #expect(models["object"]?.text == "list" && first(models["data"])?["id"]?.text == "small")
        #expect(try await server.send("GET", "/v1/models/small").status == 200)
        #expect(try await server.send("GET", "/v1/models/other").status == 404)
        let health = try await server.send("GET", "/health")
        #expect(try health.status == 200 && health.json()["model"]?.text == "small")
        _ = try await server.chat()
        let metrics = try await server.send("GET", "/metrics").text
        for name in [
            "vllm:num_requests_running 0", "vllm:time_to_first_token_seconds_count 1",
            "process_resident_memory_bytes",
        ] {
            #expect(metrics.contains(name))
        }
        let page = try await server.send("GET", "/")
        #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
        #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(try await server.send("GET", "/../etc/passwd").status == 404)
    }

    @Test func `every file of the page is served`() throws {
        let folder = Fixtures.repository.appendingPathComponent("Packages/Serving/Sources/Serving/Page")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter {
                !folder.appendingPathComponent($0).hasDirectoryPath && $0.contains(".")
                    && !$0.hasSuffix(".swift")
            }
        #expect(Set(paths) == Set(PageFile.all.map(\.path)))
    }

    @Test func `characters are never split`() {
        let bytes = Array("aé€😀".utf8) + [0xFF, 0xC3]
        var text = ReplyText()
        let pieces = bytes.map { text.append([$0]) }
        #expect(pieces.filter { !$0.isEmpty } == ["a", "é", "€", "😀", "\u{FFFD}"])
        #expect(text.finish() == "\u{FFFD}" && text.whole == "aé€😀\u{FFFD}\u{FFFD}")
    }
}
