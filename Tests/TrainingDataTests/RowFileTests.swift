// Files of rows of every kind: tables, archives, lists, compressed files; found by their bytes.
import Foundation
import StrictJSON
import TestKit
import Testing
import Tokenizer

@testable import TrainingData

@Suite struct RowFileTests {
    /// All rows of a file, or the reasons why they cannot be read.
    private func found(_ path: String) throws -> [Result<ConvertedRow, SampleError>] {
        var stream = RowStream(try RowFiles.find([path]))
        var all: [Result<ConvertedRow, SampleError>] = []
        while let batch = try stream.next() {
            for index in batch.rows.indices { all += RowConverter().rows(batch, at: index).map(\.row) }
        }
        return all
    }

    private func samples(_ path: String) throws -> [Sample] {
        var options = RowOptions()
        options.needs = .nothing
        return try SampleReader.read(path, options).samples
    }

    /// A benchmark's file, the number of its rows, and the first one.
    private struct Benchmark: CustomTestStringConvertible {
        let name: String
        let layout: String
        let count: Int
        let task: Sample.Task
        let golds: [String]
        let pictures: Int
        /// The text of the first user turn.
        let question: String
        var testDescription: String { name }

        static let all: [Benchmark] = [
            .init(
                name: "AI2D_TEST.tsv", layout: "choice table", count: 1, task: .mcq, golds: ["B"],
                pictures: 1,
                question: "<image>Which letter marks the root?\nA. A\nB. B\nC. C\nD. D"),
            .init(
                name: "ChartQA_TEST.tsv", layout: "question", count: 3, task: .chart, golds: ["20%"],
                pictures: 1,
                question: "<image>What share is red?"),
            .init(
                name: "MMBench_DEV_EN_V11.tsv", layout: "choice table", count: 6, task: .mcq, golds: ["A"],
                pictures: 1,
                question:
                    "<image>Look closely.\nWhich colour\nfills the \"picture\"?\nA. red\nB. blue\nC. green\nD. None"
            ),
            .init(
                name: "MMMU_DEV_VAL.tsv", layout: "choice table", count: 3, task: .mcq, golds: ["A"],
                pictures: 2,
                question: "Compare <image> with <image>.\nA. image 1\nB. image 2"),
            .init(
                name: "MMStar.tsv", layout: "choice table", count: 2, task: .mcq, golds: ["A"], pictures: 1,
                question: "<image>How many circles?\nA. None\nB. Two\nC. 1\nD. 2.50"),
            .init(
                name: "MathVision.tsv", layout: "question", count: 2, task: .math, golds: ["\\frac{1}{2}"],
                pictures: 1,
                question: "How many? <image>"),
            .init(
                name: "MathVista_MINI.tsv", layout: "question", count: 2, task: .mcq, golds: ["2"],
                pictures: 1,
                question: "<image>Hint: own words.\nQuestion: Find x.\nChoices:\n(A) 1\n(B) 2"),
            .init(
                name: "RefCOCO.tsv", layout: "question", count: 2, task: .grounding,
                golds: ["[0.0, 0.0, 0.5, 1.0]"],
                pictures: 1, question: "<image>Where is the left half?"),
            .init(
                name: "ai2d-test.parquet", layout: "question", count: 1, task: .mcq, golds: ["C"],
                pictures: 1,
                question: "<image>Which is the root?\nA. a\nB. b\nC. c\nD. d"),
            .init(
                name: "chartqa-test.parquet", layout: "question", count: 2, task: .chart, golds: ["20%"],
                pictures: 1,
                question: "<image>What share?"),
            .init(
                name: "chartqa-test_human.json", layout: "question", count: 1, task: .chart, golds: ["20%"],
                pictures: 1, question: "<image>What share?"),
            .init(
                name: "mathv-test.jsonl", layout: "question", count: 1, task: .chart, golds: ["60"],
                pictures: 1,
                question: "How many?\n<image>"),
            .init(
                name: "mathvision-test.parquet", layout: "question", count: 2, task: .math,
                golds: ["\\frac{1}{2}"],
                pictures: 1, question: "How many? <image>"),
            .init(
                name: "mathvista-testmini.json", layout: "question", count: 1, task: .chart, golds: ["1.2"],
                pictures: 1, question: "<image>How wide?"),
            .init(
                name: "mathvista-testmini.parquet", layout: "question", count: 3, task: .mcq, golds: ["2"],
                pictures: 1,
                question: "<image>Hint: own words.\nQuestion: Find x.\nChoices:\n(A) 1\n(B) 2"),
            .init(
                name: "mmbench-dev.parquet", layout: "choice table", count: 1, task: .mcq, golds: ["A"],
                pictures: 1,
                question: "<image>Which?\nA. red\nB. blue"),
            .init(
                name: "mmmu-validation.parquet", layout: "question", count: 2, task: .mcq, golds: ["A"],
                pictures: 2,
                question: "Compare <image> with <image>.\nA. image 1\nB. the artist's image 2"),
            .init(
                name: "mmstar-val.parquet", layout: "question", count: 1, task: .mcq, golds: ["A"],
                pictures: 1,
                question: "<image>Which colour?\nOptions: A: red, B: blue, C: green, D: None"),
            .init(
                name: "refcoco-testA.parquet", layout: "refcoco", count: 1, task: .grounding,
                golds: ["[0, 0, 32, 48]"], pictures: 1,
                question: "<image>Locate <ref-object>. Give its bounding box."),
            .init(
                name: "refcoco_val.jsonl", layout: "phrase", count: 1, task: .grounding,
                golds: ["[0, 0, 32, 48]"],
                pictures: 1, question: "<image>Locate <ref-object>. Give its bounding box."),
        ]
    }

    @Test("Files of benchmarks read as rows", arguments: Benchmark.all)
    private func benchmarks(_ wanted: Benchmark) throws {
        let path = Fixtures.url("benchmark-layouts/\(wanted.name)").path
        let layouts = try found(path).map { try $0.get().layout }
        #expect(layouts.first == wanted.layout)
        let samples = try samples(path)
        #expect(samples.count == wanted.count)
        let first = try #require(samples.first)
        #expect(
            first.task == wanted.task && first.solutions == wanted.golds
                && first.imageCount == wanted.pictures)
        #expect(first.messages.first { $0.role == .user }?.text == wanted.question)
        if !wanted.name.contains("json") {
            for sample in samples {
                for index in 0..<sample.imageCount {
                    #expect(try sample.imageData(index).starts(with: [0x89, 0x50]))
                }
            }
        }
    }

    @Test("A picture cell that is an index is that row's picture, before or after it")
    func sharedPictures() throws {
        let picture = try Data(Fixtures.bytes("layouts/a.png")).base64EncodedString()
        let table =
            "index\timage\tquestion\tanswer\n5\t6\tWhich?\t1\n6\t\(picture)\tWhere?\t2\n7\t6\tWho?\t3\n"
        let samples = try samples(try temporaryFile(table.utf8, name: "t.tsv"))
        #expect(
            Set(samples.map { $0.images }) == [["data:image/png;base64,\(picture)"]] && samples.count == 3)
        let broken = try temporaryFile(
            "index\timage\tquestion\tanswer\n5\t9\tWhich?\t1\n".utf8, name: "t.tsv")
        let error = #expect(throws: SampleError.self) { try self.samples(broken) }
        #expect(error?.description.contains("t.tsv:2: \"image\": expected a picture, or the index") == true)
    }

    @Test("Tables keep quotes, line breaks and commas, and refuse rows of another width")
    func tables() throws {
        let table = "\u{FEFF}question,answer,note\r\n\"a \"\"b\"\",\nc\",3,\"\"\r\nx,y\r\n"
        let path = try temporaryFile(table.utf8, name: "t.csv")
        let rows = try found(path)
        #expect(rows.count == 2)
        let first = try rows[0].get()
        #expect(first.members["solution"] == .string("3"))
        #expect(
            first.members["messages"]
                == .array([.object(["role": .string("user"), "content": .string("a \"b\",\nc")])]))
        guard case .failure(let error) = rows[1] else { return #expect(Bool(false)) }
        #expect(
            error.description.contains("t.csv:4: ") && error.description.contains("2 cells; the header has 3")
        )
        let open = try temporaryFile("question\tanswer\n\"a\t3\n".utf8, name: "t.tsv")
        let message = #expect(throws: SampleError.self) { try found(open) }
        #expect(message?.description.contains("a quote without an end") == true)
    }

    @Test("A WebDataset shard gives a row for each name")
    func shard() throws {
        let picture = try Fixtures.bytes("layouts/a.png")
        var archive: [UInt8] = []
        func add(_ name: String, _ bytes: [UInt8]) {
            var header = [UInt8](repeating: 0, count: 512)
            header.replaceSubrange(0..<name.utf8.count, with: name.utf8)
            let size = String(bytes.count, radix: 8)
            header.replaceSubrange(
                124..<135, with: (String(repeating: "0", count: 11 - size.count) + size).utf8)
            header.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
            header[156] = UInt8(ascii: "0")
            header.replaceSubrange(257..<262, with: "ustar".utf8)
            let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
            header.replaceSubrange(
                148..<155, with: (String(repeating: "0", count: 6 - sum.count) + sum + "\0").utf8)
            archive += header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        }
        add("d/0001.png", picture)
        add("d/0001.json", Array(#"{"question": "How many?", "answer": 3, "image": "gone.png"}"#.utf8))
        add("d/0002.png", picture)
        add("d/0002.txt", Array("A pattern.\n".utf8))
        add("d/0003.json", Array("[]".utf8))
        let path = try temporaryFile(archive + [UInt8](repeating: 0, count: 1024), name: "s.tar")
        let rows = try found(path)
        #expect(rows.count == 3)
        let (first, second) = (try rows[0].get(), try rows[1].get())
        #expect(first.layout == "question" && first.members["id"] == .string("d/0001"))
        #expect(first.members["solution"] == .integer(3) && first.members["images"]?.elements?.count == 1)
        #expect(second.layout == "caption")
        #expect(
            second.members["messages"]?.elements?.last
                == .object(["role": .string("assistant"), "content": .string("A pattern.")]))
        guard case .failure(let error) = rows[2] else { return #expect(Bool(false)) }
        #expect(error.description.contains("s.tar:3: ") && error.description.contains("a list of 0"))
        let cut = try temporaryFile(archive.prefix(700), name: "s.tar")
        let message = #expect(throws: SampleError.self) { try found(cut) }
        #expect(message?.description.contains("cut off") == true)
    }

    @Test("JSON lists read element by element and say what is wrong")
    func lists() throws {
        let row = #"{"question": "a, [b] \"c\" {", "answer": "]"}"#
        let good = try temporaryFile("\n [ \(row) ,\n\(row)\n]\n".utf8)
        #expect(try found(good).map { try $0.get().members["solution"] } == [.string("]"), .string("]")])
        for (text, words) in [
            ("[\(row)", "cut off"), ("[\(row) \(row)]", "expected ','"), ("[\(row),]", "after ','"),
            ("[,\(row)]", "found ','"), ("[\(row)] x", "nothing after"),
        ] {
            let error = #expect(throws: SampleError.self) { try found(try temporaryFile(text.utf8)) }
            #expect(error?.description.contains(words) == true, "\(text): \(String(describing: error))")
        }
        let wrapped = try temporaryFile("{\n \"version\": 1,\n \"data\": [\n\(row),\n\(row)\n]\n}".utf8)
        #expect(try found(wrapped).count == 2)
    }

    @Test("Files that hold no rows are refused with advice")
    func otherFiles() throws {
        for (bytes, words) in [
            (Array("version https://git-lfs.github.com/spec/v1\noid".utf8), "git lfs pull"),
            (Array("PK\u{3}\u{4}abc".utf8), "unpack"), ([0xFF, 0xFE, 0x7B, 0], "UTF-16"),
            (Array("ARROW1\0\0".utf8), "Parquet"),
        ] {
            let error = #expect(throws: SampleError.self) { try found(try temporaryFile(bytes)) }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("Compressed lines read as plain ones do", arguments: ["rows.jsonl.gz", "rows.jsonl.zst"])
    func compressed(name: String) throws {
        let path = Fixtures.url("rows/\(name)").path
        #expect(try samples(path).map(\.id) == (1...300).map { "r\($0)" })
        let cut = try temporaryFile(Fixtures.bytes("rows/\(name)").dropLast(20), name: name)
        let error = #expect(throws: SampleError.self) { try samples(cut) }
        #expect(error?.description.contains("cut off") == true, "\(String(describing: error))")
    }

    @Test("A folder is read in the order of its files, a pattern likewise")
    func folders() throws {
        let first = try temporaryFile(#"{"id": "b", "question": "q", "answer": "3"}"#.utf8, name: "b.jsonl")
        let folder = URL(fileURLWithPath: first).deletingLastPathComponent().path
        try Data(#"{"id": "a", "question": "q", "answer": "3"}"#.utf8).write(
            to: URL(fileURLWithPath: "\(folder)/a.jsonl"))
        try Data("notes".utf8).write(to: URL(fileURLWithPath: "\(folder)/notes.txt"))
        #expect(try samples(folder).map(\.id) == ["a", "b"])
        #expect(try samples("\(folder)/*.jsonl").map(\.id) == ["a", "b"])
        #expect(throws: SampleError.self) { try samples("\(folder)/*.parquet") }
    }

    @Test("A map renames keys and sets texts")
    func map() throws {
        let place = RowPlace(file: "f", line: 1)
        let row: JSONObject = [
            "text": .string("Which?"), "meta": .object(["gold": .string("B")]), "more": .integer(1),
        ]
        let map = try RowMap(["question=text", "solution=meta.gold", "task=mcq", "source=\"my set\""])
        let found = try RowConverter(map: map).convert(row, at: place)
        #expect(found.layout == "question" && found.members["task"] == .string("mcq"))
        #expect(found.members["source"] == .string("my set") && found.members["solution"] == .string("B"))
        #expect(found.members["more"] == .integer(1))
        let file = try temporaryFile("question: text\nsolution: \"3\"\ntask: chart\n".utf8, name: "map.yaml")
        #expect(
            try RowConverter(map: RowMap([file])).convert(row, at: place).members["solution"] == .string("3"))
        for words in [["solution"], ["soluton=a"], ["task="], ["task=a", "task=b"], ["/no/such.yaml"]] {
            #expect(throws: (any Error).self) { try RowMap(words) }
        }
        let error = #expect(throws: SampleError.self) {
            try RowConverter(map: RowMap(["question=words"])).convert(row, at: place)
        }
        #expect(error?.description.contains("the row's key \"words\"") == true)
    }

    @Test("Damaged files of every kind give rows or reasons and never crash")
    func damage() throws {
        var random = Seeded(5)
        for name in [
            "benchmark-layouts/MMBench_DEV_EN_V11.tsv", "layouts/c27-llava.json", "layouts/c35-verl.jsonl",
            "layouts/c31-parts.jsonl",
        ] {
            let bytes = try Fixtures.bytes(name)
            for _ in 0..<60 {
                let path = try temporaryFile(random.damaged(bytes), name: "damaged")
                defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover file harms nothing
                do {
                    for row in try found(path) {
                        if case .failure(let error) = row { #expect(error.description.contains("damaged:")) }
                    }
                } catch let error as SampleError { #expect(error.description.contains("damaged")) }
            }
        }
    }
}

@Suite struct TaskGuessTests {
    @Test(
        "A row without a task gets one by its gold",
        arguments: [
            ("B", .mcq), ("(B)", .mcq), ("B. a cat", .mcq), ("yes", .yorn), ("No.", .yorn), ("是", .yorn),
            ("3", .chart),
            ("-1,234.5", .chart), ("20%", .chart), ("$5", .chart), ("2.3 million", .chart), ("5 cm", .chart),
            ("\\frac{1}{2}", .math), ("1/2", .math), ("x^2+1", .math), ("(1, 2)", .math), ("√3", .math),
            ("$\\sqrt{2}$", .math), ("#### 42", .chart), ("\\boxed{7}", .chart),
            ("<answer> C </answer>", .mcq),
            ("[1, 2, 3, 4]", .grounding), ("[[1,2,3,4],[5,6,7,8]]", .grounding),
            ("<box>[[1,2,3,4]]</box>", .grounding),
            ("A pattern.", .open), ("Bob", .open), ("12 men sat in the boat", .open), ("", .open),
            ("A cat", .open),
            ("TRUE", .yorn), ("false.", .yorn), ("yes。", .yorn), ("不对。", .yorn), ("nope", .open),
            ("noé", .open),
            ("€5", .chart), ("sin(2)", .math), ("word(2)", .open), ("a=3", .math), ("e\u{301}=3", .open),
        ] as [(String, Sample.Task)])
    func guess(gold: String, task: Sample.Task) {
        #expect(Sample.Task.guess(golds: [gold], options: false, boxes: false) == task)
    }

    @Test("Options and boxes come before the gold's text, and golds must agree")
    func order() {
        #expect(Sample.Task.guess(golds: ["3"], options: true, boxes: false) == .mcq)
        #expect(Sample.Task.guess(golds: ["3"], options: false, boxes: true) == .grounding)
        #expect(Sample.Task.guess(golds: ["7/2", "3.5"], options: false, boxes: false) == .math)
        #expect(Sample.Task.guess(golds: ["3", "three"], options: false, boxes: false) == .open)
    }
}

@Suite struct PlaceholderTests {
    private let writing = PlaceWriting(
        box: { box, image in "\(image):\(Int(box.x1)),\(Int(box.y1))" },
        point: { x, y, _ in "(\(Int(x)) \(Int(y)))" },
        reference: { "<\($0)>" }, size: { _ in (200, 100) })

    @Test("Placeholders take the entries of objects in order, in pixels")
    func filled() throws {
        let text = row([
            "task": "null", "solution": "null",
            "messages":
                #"[{"role":"user","content":"<image>Is <ref-object> at <bbox>?"},{"role":"assistant","content":"At <bbox>, <bbox>."}]"#,
            "objects":
                #"{"ref":["cat"],"bbox":[[10,20,30,40],[50,60],[1,2,3,4]],"bbox_type":"norm1000","image_id":[0,0,1]}"#,
        ])
        var options = RowOptions()
        options.needs = .target
        let sample = try #require(try SampleReader.read(try temporaryFile(text.utf8), options).samples.first)
        #expect(sample.hasPlaceholders && sample.boxes == nil)
        let filled = sample.filled(writing)
        #expect(filled.messages.map(\.text) == ["<image>Is <cat> at 0:2,2?", "At (10 6), 1:0,0."])
    }
}
