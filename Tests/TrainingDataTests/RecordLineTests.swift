// The bytes of a record: the order of its keys, and texts with every byte that needs an escape, at every place.
import Foundation
import StrictJSON
import Testing
import Tokenizer

@testable import TrainingData

@Suite struct RecordLineTests {
    @Test("Every byte below 128 at every place of a text comes back from another reader")
    func escapes() throws {
        for byte in UInt8(0)..<128 {
            for length in [1, 7, 8, 9, 20] {
                for place in 0..<length {
                    var bytes = Array(repeating: UInt8(ascii: "x"), count: length)
                    bytes[place] = byte
                    let text = String(decoding: bytes, as: UTF8.self)
                    var line: [UInt8] = []
                    appendJSON(text, to: &line)
                    #expect(try JSONDecoder().decode(String.self, from: Data(line)) == text)
                }
            }
        }
    }

    @Test("Texts outside ASCII, and several escapes in one text, come back")
    func longTexts() throws {
        for text in [
            "", "é\"题\\😀\n", String(repeating: "\"\\", count: 40), String(repeating: "ÿ\u{1F}", count: 9),
        ] {
            var line: [UInt8] = []
            appendJSON(text, to: &line)
            #expect(try JSONDecoder().decode(String.self, from: Data(line)) == text)
        }
    }

    @Test("The record's keys come first in their order, then the others by name; null is left out")
    func order() {
        let members: JSONObject = [
            "zeta": .integer(1), "solution": .string("4"), "alpha": .bool(true), "id": .string("a"),
            "license": .null,
            "messages": .array([.object(["content": .string("2+2?"), "role": .string("user")])]),
        ]
        let line = String(decoding: recordLine(members), as: UTF8.self)
        #expect(
            line
                == #"{"id":"a","messages":[{"role":"user","content":"2+2?"}],"solution":"4","alpha":true,"zeta":1}"#
        )
        #expect(String(decoding: recordLine(JSONObject()), as: UTF8.self) == "{}")
        #expect(
            String(decoding: recordLine(["b": .integer(2), "a": .null]), as: UTF8.self)
                == #"{"a":null,"b":2}"#)
    }

    @Test("Turns take the place of the key messages")
    func turns() {
        var bytes: [UInt8] = Array("before".utf8)
        let turns = [
            Sample.Message(role: .system, text: "Be brief."), Sample.Message(role: .user, text: "\"1\""),
            Sample.Message(role: .assistant, text: "one"),
        ]
        appendRecord(["solution": .string("1"), "task": .string("open")], turns: turns, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"before{"task":"open","messages":[{"role":"system","content":"Be brief."},"#
                + #"{"role":"user","content":"\"1\""},{"role":"assistant","content":"one"}],"solution":"1"}"#)
    }
}
