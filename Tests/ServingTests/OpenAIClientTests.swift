// The real `openai` client of Python against the server.
import ChildProcess
import Foundation
import Serving
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5))) struct OpenAIClientTests {
    /// Whether python3 has the package.
    private static let hasClient: Bool = {
        // Without python3 or the package the test is off.
        guard
            let child = try? ChildProcess(
                "/usr/bin/env", ["python3", "-c", "import openai"], hasInput: false, errorStream: .captured)
        else { return false }
        return (try? child.finish(until: .now + .seconds(60))) == .code(0)
    }()

    @Test(.enabled(if: hasClient, "python3 with the package openai is not installed (pip install openai)"))
    func `the openai client`() async throws {
        let server = try await TestServer { $0.apiKey = "key" }
        let script = Fixtures.url("serving/openai_client.py").path
        let arguments = ["python3", script, "http://127.0.0.1:\(server.port)/v1", try pictureURL(), "key"]
        let (output, errors) = try await onThread {
            let child = try ChildProcess("/usr/bin/env", arguments, hasInput: false, errorStream: .captured)
            let deadline = ContinuousClock.now + .seconds(90)
            let output = try child.read(upTo: 1 << 16, until: deadline)
            _ = try child.finish(until: deadline)
            return (String(decoding: output, as: UTF8.self), child.errorText)
        }
        #expect(output == "ok\n", "\(errors)")
    }
}
