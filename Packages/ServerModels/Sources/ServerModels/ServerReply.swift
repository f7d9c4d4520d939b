// What a server with OpenAI's protocol answers to a chat request.
internal import BenchmarkRuns
internal import StrictJSON

/// The part of a chat completion that an evaluation needs.
struct ServerReply {
    /// The choices in the order of their index.
    let choices: [(text: String, finishReason: String)]
    /// Tokens of all choices together; nil when the server does not say.
    let completionTokens: Int?

    /// Reads the body of a reply.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - count: The choices that were asked for.
    /// - Throws: `BenchmarkRunError.badReply` that names the member.
    init(_ body: [UInt8], choices count: Int) throws {
        let reply: JSONValue
        do { reply = try JSONValue(parsing: String(decoding: body, as: UTF8.self)) } catch {
            throw BenchmarkRunError.badReply("expected a chat completion as JSON: \(error)")
        }
        guard let list = reply.members?["choices"]?.elements else {
            throw BenchmarkRunError.badReply("expected \"choices\", found \(reply.summary)")
        }
        guard list.count == count else {
            throw BenchmarkRunError.badReply(
                "asked for \(count) answers, found \(list.count) choices; the server may not know \"n\": use --samples 1"
            )
        }
        let read = try list.enumerated().map { place, choice in
            guard let message = choice.members?["message"]?.members, let content = message["content"],
                content.isNull || content.text != nil
            else {
                throw BenchmarkRunError.badReply(
                    "choices[\(place)]: expected \"message\" with a text as \"content\", found \(choice.summary)"
                )
            }
            guard let reason = choice.members?["finish_reason"]?.text, ["stop", "length"].contains(reason)
            else {
                throw BenchmarkRunError.badReply(
                    "choices[\(place)]: expected \"finish_reason\" stop or length, found "
                        + (choice.members?["finish_reason"]?.summary ?? "none"))
            }
            let index = choice.members?["index"]?.double.flatMap { Int(exactly: $0) } ?? place
            return (index: index, text: content.text ?? "", finishReason: reason)
        }
        guard Set(read.map(\.index)) == Set(0..<count) else {
            throw BenchmarkRunError.badReply("the indices of the choices are not 0 to \(count - 1)")
        }
        choices = read.sorted { $0.index < $1.index }.map { ($0.text, $0.finishReason) }
        completionTokens = reply.members?["usage"]?.members?["completion_tokens"]?.double
            .flatMap { Int(exactly: $0) }
    }
}
