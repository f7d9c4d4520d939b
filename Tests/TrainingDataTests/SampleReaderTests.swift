// Reading files of samples: what is kept, what is refused, and what the message says.
import Basics
import Foundation
import StrictJSON
import TestKit
import Testing
import Tokenizer

@testable import TrainingData

/// Writes `contents` to a fresh file and returns its path.
func temporaryFile(_ contents: some Sequence<UInt8>, name: String = "rows.jsonl") throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("samples-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent(name)
    try Data(contents).write(to: file)
    return file.path
}

/// A good row; `changes` replaces or adds members, given as JSON text.
func row(_ changes: [String: String] = [:]) -> String {
    var members = [
        "id": #""r1""#, "task": #""yorn""#, "images": #"["a.png"]"#, "solution": #""yes""#,
        "messages": #"[{"role":"user","content":"<image>Is it?"}]"#,
    ]
    members.merge(changes) { $1 }
    return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        + "}"
}

@Suite struct SampleReaderTests {
    @Test("The example set is read whole", arguments: [("train", 1000, 1000), ("test", 200, 400)])
    func exampleSet(name: String, count: Int, charts: Int) throws {
        let path = Fixtures.repository.appendingPathComponent("Examples/handwritten/\(name).jsonl").path
        let (samples, rejects) = try SampleReader.read(path)
        #expect(samples.count == 4 * count + charts && rejects.isEmpty)
        let counts = Dictionary(grouping: samples, by: \.task).mapValues(\.count)
        #expect(
            counts == [.yorn: count, .mcq: count, .chart: charts, .grounding: count, .open: count])
        #expect(samples[2].location == "\(path):3")
        #expect(samples.allSatisfy { $0.rationale != nil && $0.license != nil && $0.extra.isEmpty })
        try checkImages(samples)
    }

    @Test("Every known key reaches the sample and unknown keys are kept")
    func allKeys() throws {
        let text = row([
            "id": "7", "task": #""grounding""#, "source": #""s""#, "license": #""CC0""#,
            "solution": "[1, 2.5, 3, 4]",
            "objects": #"{"ref":["cat"],"bbox":[[1,2.5,3,4]],"bbox_type":"norm1000","image_id":[0]}"#,
            "rationale": #""look""#, "options": "null", "difficulty": "0.5",
        ])
        let path = try temporaryFile("\u{FEFF}\r\n\(text)\r\n\n".utf8)
        let sample = try #require(try SampleReader.read(path).samples.first)
        #expect(
            sample.id == "7" && sample.task == .grounding && sample.source == "s" && sample.license == "CC0")
        #expect(sample.solutions == ["[1, 2.5, 3, 4]"])
        #expect(sample.boxes == [Box(x1: 1, y1: 2.5, x2: 3, y2: 4)] && sample.boxType == .norm1000)
        #expect(sample.boxesInPixels(width: 2000, height: 1000) == [Box(x1: 2, y1: 2.5, x2: 6, y2: 4)])
        #expect(sample.references == ["cat"] && sample.rationale == "look" && sample.options == nil)
        #expect(sample.extra == ["difficulty": .number(0.5), "objects.image_id": .array([.integer(0)])])
        #expect(sample.line == 2 && sample.file == path)
    }

    @Test("Several golds, bare numbers and a missing id are read")
    func golds() throws {
        let text = [
            row(["id": "null", "solution": #"["yes", "true"]"#]),
            row(["id": "\"b\"", "task": #""chart""#, "solution": "3.5"]),
        ].joined(separator: "\n")
        let samples = try SampleReader.read(try temporaryFile(text.utf8)).samples
        #expect(samples.map(\.solutions) == [["yes", "true"], ["3.5"]])
        #expect(samples.first?.id == "rows.jsonl:1")
    }

    @Test("Without golds a row is read only when none is asked for")
    func noSolution() throws {
        let path = try temporaryFile(row(["solution": "null", "task": "null"]).utf8)
        #expect(throws: SampleError.self) { try SampleReader.read(path) }
        let sample = try #require(try SampleReader.read(path, requireSolution: false).samples.first)
        #expect(sample.solutions.isEmpty && sample.task == .open)
        #expect(throws: SampleError.self) { try supervisedAnswer(sample) }
    }

    static let faults: [(changes: [String: String], words: [String])] = [
        (["task": "3"], ["\"task\"", "expected a text", "the number 3"]),
        (["task": "\"\""], ["\"task\"", "expected yorn, mcq"]),
        (["solution": "null"], ["\"solution\"", "found null"]),
        (["solution": "[]"], ["\"solution\"", "at least one gold"]),
        (["solution": "\" \""], ["\"solution\"", "not empty"]),
        (["images": "[]"], ["\"images\"", "expected 1, one for each <image>", "found 0"]),
        (["images": "[\"a\", 3]"], ["\"images[1]\"", "expected a path"]),
        (
            [
                "videos": "[\"v\", \"w\"]",
                "messages": #"[{"role":"user","content":"<image><video>Is it?"}]"#,
            ], ["\"videos\"", "expected 1, one for each <video>", "found 2"]
        ),
        (["videos": #"{"path":"v","fps":0}"#], ["\"videos[0].fps\"", "a number above 0", "the number 0"]),
        (["videos": #"["v",{"path":"w","fps":"2"}]"#], ["\"videos[1].fps\"", "a number above 0"]),
        (["messages": "[]"], ["\"messages\"", "a list of turns"]),
        (["messages": "[3]"], ["\"messages[0]\"", "the number 3"]),
        (["messages": #"[{"role":"system","content":"x"}]"#], ["turn of the user"]),
        (
            ["messages": #"[{"role":"tool","content":"x"}]"#],
            ["\"messages[0].role\"", "system, user or assistant"]
        ),
        (["messages": #"[{"role":"user"}]"#], ["\"messages[0].content\"", "found nothing"]),
        (
            [
                "messages":
                    #"[{"role":"user","content":"a"},{"role":"assistant"},{"role":"user","content":"b"}]"#
            ],
            ["\"messages[1].content\"", "a text"]
        ),
        (["objects": "[]"], ["\"objects\"", "expected an object"]),
        (["objects": #"{"bbox":[1,2,3,4]}"#], ["\"objects.bbox[0]\"", "four numbers"]),
        (["objects": #"{"bbox":[[3,2,1,4]]}"#], ["\"objects.bbox[0]\"", "x2 > x1", "[3.0, 2.0, 1.0, 4.0]"]),
        (["objects": #"{"bbox":[[0,0,1,2]],"bbox_type":"norm1"}"#], ["norm1: 0 to 1"]),
        (["objects": #"{"bbox_type":"xywh"}"#], ["\"objects.bbox_type\"", "real, norm1 or norm1000"]),
        (["options": "[]"], ["\"options\"", "1 to 26 texts"]),
        (["id": "1.5"], ["\"id\"", "the number 1.5"]),
    ]

    @Test("A bad row is refused with file, line, key, expected and found", arguments: faults.indices)
    func badRows(_ index: Int) throws {
        let (changes, words) = Self.faults[index]
        let path = try temporaryFile((row(["id": "\"first\""]) + "\n" + row(changes)).utf8)
        let error = #expect(throws: SampleError.self) { try SampleReader.read(path) }
        let message = error?.description ?? ""
        for word in ["\(path):2: "] + words { #expect(message.contains(word), "\(message)") }
        let (samples, rejects) = try SampleReader.read(path, rejects: .collect)
        #expect(
            samples.count == 1 && rejects == [Reject(file: path, line: 2, key: error?.key, reason: message)])
    }

    @Test("Files that hold no usable rows are refused in words")
    func badFiles() throws {
        let cases: [([UInt8], String)] = [
            ([], "no rows"), (Array("\n \r\n".utf8), "no rows"),
            (Array("{\"id\":".utf8), ":1: not a JSON object: column 7"),
            (Array("[1]\n".utf8), "found the number 1"), ([0x7B, 0x22, 0xFF, 0x22, 0x7D], "not UTF-8"),
        ]
        for (bytes, words) in cases {
            let path = try temporaryFile(bytes)
            let error = #expect(throws: SampleError.self) { try SampleReader.read(path) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        }
        #expect(throws: SampleError.unreadable(file: "/no/such", reason: "no such file")) {
            try SampleReader.read("/no/such")
        }
        let folder = URL(fileURLWithPath: try temporaryFile([], name: "notes.txt"))
            .deletingLastPathComponent().path
        let error = #expect(throws: SampleError.self) { try SampleReader.read(folder) }
        #expect(error?.description.contains("the folder has no file of rows (.parquet") == true)
    }

    @Test("An id may be used once; every later use names the first")
    func duplicates() throws {
        let path = try temporaryFile([row(), row(), row()].joined(separator: "\n").utf8)
        let (samples, rejects) = try SampleReader.read(path, rejects: .collect)
        #expect(samples.count == 1 && rejects.map(\.line) == [2, 3])
        #expect(rejects.allSatisfy { $0.reason.contains("already used in line 1") })
    }

    @Test("Rejects are written as JSON lines")
    func rejectFile() throws {
        let path = try temporaryFile([])
        let rejects = [
            Reject(file: "a.jsonl", line: 3, reason: "x\ny"), Reject(file: "a.jsonl", line: 9, reason: "z"),
        ]
        try writeRejects(rejects, to: path)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(try lines.map { try JSONDecoder().decode(Reject.self, from: Data($0.utf8)) } == rejects)
        #expect(throws: SampleError.self) { try writeRejects(rejects, to: "/no/such/folder/file") }
    }

    @Test("Damaged files never crash the reader, and every line is a sample, a reject or blank")
    func fuzz() throws {
        var random = Seeded(11)
        let good = [
            row(),
            row([
                "id": "\"g\"", "task": "\"grounding\"", "solution": "[1,2,3,4]",
                "objects": #"{"ref":["é"],"bbox":[[1,2,3,4]]}"#,
            ]), row(["id": "\"m\"", "task": "\"mcq\"", "options": "[\"x\",\"y\"]", "solution": "\"B\""]),
        ].joined(separator: "\n")
        for _ in 0..<300 {
            let bytes = random.damaged(Array(good.utf8))
            let path = try temporaryFile(bytes)
            defer {
                try? FileManager.default.removeItem(
                    at: URL(fileURLWithPath: path).deletingLastPathComponent())
            }
            guard let (samples, rejects) = try? SampleReader.read(path, rejects: .collect) else { continue }
            let lines = bytes.split(separator: 0x0A).filter {
                !$0.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
            }
            #expect(samples.count + rejects.count == lines.count)
        }
    }
}
