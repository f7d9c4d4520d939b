import Foundation
import ImageInput
import TestKit
import Testing
import TrainingData

@testable import Benchmarks

/// The rows of a set of the fixtures.
func rows(_ path: String, _ options: BenchmarkOptions = BenchmarkOptions()) throws -> [BenchmarkRow] {
    try BenchmarkReader.read(Fixtures.url(path).path, options).rows
}

/// A row without what names its file, with the bytes of its pictures.
struct NeutralRow: Equatable, CustomStringConvertible {
    var row: BenchmarkRow
    let pictures: [[UInt8]]

    /// A row; `hasID` says whether its layout has ids that its other layouts share.
    init(_ row: BenchmarkRow, hasID: Bool, without axis: String?) throws {
        pictures = try row.pictures.indices.map { try row.pictureBytes($0) }
        self.row = row
        self.row.pictures = []
        (self.row.place, self.row.set) = (RowPlace(file: "", line: 0), "")
        if !hasID { (self.row.id, self.row.group) = ("", "") }
        self.row.categories.removeAll { $0.axis == axis }
    }

    var description: String { "\(row)" }
}

@Suite struct LayoutTests {
    /// A benchmark's rows in all layouts (`make_benchmark_rows.py`).
    struct Forms: Sendable, CustomTestStringConvertible {
        let benchmark: Benchmark
        let paths: [(path: String, layout: String)]
        var count: Int
        var hasID = true
        /// An axis that only one layout has.
        var axis: String?
        var testDescription: String { benchmark.title }

        static let all: [Forms] = [
            Forms(
                benchmark: .mathvista,
                paths: [
                    ("mathvista/MathVista_MINI.tsv", "mathvista-tsv"), ("mathvista/data", "mathvista"),
                    ("mathvista/testmini.json", "mathvista"),
                ], count: 5),
            Forms(
                benchmark: .mathvision,
                paths: [
                    ("mathvision/MathVision.tsv", "mathvision-tsv"), ("mathvision/data", "mathvision"),
                    ("mathvision/data/test-*.parquet", "mathvision"),
                    ("mathvision/mathv-test.jsonl", "mathvision"),
                ], count: 3),
            Forms(
                benchmark: .mmmu,
                paths: [
                    ("mmmu/MMMU_DEV_VAL.tsv", "mmmu-tsv"), ("mmmu/validation-00000-of-00001.parquet", "mmmu"),
                ], count: 3),
            Forms(
                benchmark: .mmstar,
                paths: [
                    ("mmstar/MMStar.tsv", "mmstar-tsv"), ("mmstar/val-00000-of-00001.parquet", "mmstar"),
                    ("local/MMStar_local.tsv", "mmstar-tsv"),
                ], count: 2),
            Forms(
                benchmark: .mmbench,
                paths: [("mmbench/MMBench_DEV_EN_V11.tsv", "mmbench-tsv"), ("mmbench/en", "mmbench")],
                count: 5),
            Forms(
                benchmark: .ai2d, paths: [("ai2d/AI2D_TEST.tsv", "ai2d-tsv"), ("ai2d/data", "ai2d")],
                count: 2,
                axis: "category"),
            Forms(
                benchmark: .chartqa,
                paths: [
                    ("chartqa/ChartQA_TEST.tsv", "chartqa-tsv"), ("chartqa/data", "chartqa"),
                    ("chartqa/test", "chartqa-json"),
                ], count: 4, hasID: false),
            Forms(
                benchmark: .refcoco,
                paths: [
                    ("refcoco/RefCOCO.tsv", "refcoco-tsv"), ("refcoco/RefCOCOplus", "refcoco"),
                    ("refcoco/refcoco+_testA.jsonl", "refcoco-jsonl"),
                ], count: 3, hasID: false),
        ]
    }

    @Test("Every layout of a benchmark gives the same rows", arguments: Forms.all)
    func sameRows(_ forms: Forms) throws {
        var first: [NeutralRow]?
        for (path, layout) in forms.paths {
            let input = Fixtures.url("benchmark-rows/\(path)").path
            let (rows, _, reader) = try BenchmarkReader.read(input)
            #expect(reader.benchmark == forms.benchmark && reader.layout?.id == layout, "\(path)")
            #expect(rows.count == forms.count && reader.rowCount == forms.count, "\(path)")
            var neutral = try rows.map { try NeutralRow($0, hasID: forms.hasID, without: forms.axis) }
            // The official files of ChartQA are one for each half.
            if layout == "chartqa-json" { neutral = Array(neutral[1...] + neutral[..<1]) }
            if let first { #expect(neutral == first, "\(path)") } else { first = neutral }
            for style in PromptStyle.all { for row in rows { #expect(try !style.prompt(row).text.isEmpty) } }
        }
    }

    @Test("MathVista's golds are texts, its choices have a letter, too")
    func mathVista() throws {
        let rows = try rows("benchmark-rows/mathvista/MathVista_MINI.tsv")
        #expect(rows.map(\.gold) == ["None", "12", "1.2", "3.14", "[2007, 2008]"].map(BenchmarkGold.text))
        #expect(rows[0].goldLetter == "B" && rows[0].options == ["Yes", "None", "the artist's"])
        #expect(rows.map(\.precision) == [nil, nil, 1, 2, nil])
        #expect(rows.map(\.unit) == [nil, "m", nil, "cm", nil])
        #expect(rows[0].question == "Is the red one\nlarger?" && rows[1].question == "How many?")
        #expect(rows[1].names(on: "skill") == ["statistical reasoning", "arithmetic reasoning"])
        #expect(rows[1].categories.map(\.axis) == ["task", "skill", "answer type", "question type"])
        #expect(rows[3].categories.map(\.axis) == ["task", "answer type", "question type"])
    }

    @Test("A unit in MathVista's question is the row's unit; a query that is made has no space at its end")
    func units() throws {
        #expect(MathVistaQuery("Hint: h\nQuestion: How much? (Unit: $)").unit == "$")
        #expect(MathVistaQuery("How much?").question == "How much?")
        let folder = TemporaryFolder()
        let row = #""question_type": "free_form", "answer_type": "integer", "answer": "3", "image": "1.png""#
        let path = try folder.write(
            "mathvista.json",
            #"{"1": {"question": "How much? (Unit: $)", "unit": null, \#(row)}, "2": {"question": "How many?\r\n", \#(row)}}"#
        )
        var options = BenchmarkOptions()
        options.pictures = .optional
        let rows = try BenchmarkReader.read(path, options).rows
        #expect(rows[0].question == "How much?" && rows[0].unit == "$")
        #expect(rows[0].query?.hasSuffix("at the end.\nQuestion: How much? (Unit: $)") == true)
        #expect(rows[1].query?.hasSuffix("\nQuestion: How many?") == true)
    }

    @Test("MathVision has one picture, whatever its text names; options A to E are options")
    func mathVision() throws {
        let rows = try rows("benchmark-rows/mathvision/data")
        #expect(rows.allSatisfy { $0.pictures.count == 1 })
        #expect(rows[0].isOpen && rows[0].gold == .text("\\frac{1}{2}"))
        #expect(rows[1].options == ["A", "B", "C", "D", "E"] && rows[1].gold == .text("C"))
        #expect(rows[2].options == ["$x^2$", "nan", "it's", "\\\\", "2.50"] && rows[2].goldOption == "nan")
        #expect(
            try PromptStyle.r1.prompt(rows[0]).parts == [.image(0), .text("How many <image1> fit <image2>?")])
        #expect(
            rows[0].categories == [
                .init(axis: "subject", names: ["counting"]), .init(axis: "level", names: ["2"]),
            ])
    }

    @Test("MMMU's pictures take the place of their marks, in options, too")
    func mmmu() throws {
        let rows = try rows("benchmark-rows/mmmu/validation-00000-of-00001.parquet")
        #expect(rows.map(\.pictures.count) == [2, 1, 1] && rows.map(\.isOpen) == [false, true, true])
        #expect(rows[1].gold == .texts(["7/2", "3.5"]) && rows[2].gold == .text("9"))
        #expect(
            rows[0].names(on: "subject") == ["Art_Theory"]
                && rows[0].names(on: "discipline") == ["Art and Design"])
        #expect(rows.map { $0.names(on: "split") } == [["validation"], ["validation"], ["dev"]])
        #expect(rows.map { $0.names(on: "form") } == [["choice"], ["open"], ["open"]])
        #expect(
            try PromptStyle.r1.prompt(rows[0]).parts == [
                .text("Compare "), .image(0), .text(" with "), .image(1), .text(".\nA. "), .image(0),
                .text("\nB. the artist's "), .image(1),
                .text("\nC. None\nAnswer with the option's letter from the given choices directly."),
            ])
    }

    @Test("MMStar's options are taken out of the question in all three of its forms")
    func mmStar() {
        for (text, question, options) in [
            ("Which?\nOptions: A: a, b, B: , c, C: d", "Which?", ["a, b", ", c", "d"]),
            (
                "Hint: h\nQuestion: Which?\nChoices:\n(A) a\n(B) b (C) c", "Hint: h\nQuestion: Which?",
                ["a", "b (C) c"]
            ),
            ("Hint: h\nQuestion: Which?\n(A) 54\n(B) 52", "Hint: h\nQuestion: Which?", ["54", "52"]),
        ] {
            let listed = ListedOptions(text)
            #expect(listed?.question == question && listed?.options == options)
        }
        #expect(ListedOptions("Which?\nOptions: A: a") == nil && ListedOptions("Which? (A) a (B) b") == nil)
    }

    @Test("MMBench's rotations form groups; each has its own options and gold")
    func mmBench() throws {
        let rows = try rows("benchmark-rows/mmbench/MMBench_DEV_EN_V11.tsv")
        #expect(rows.map(\.group) == ["7", "7", "7", "9", "9"] && rows.map(\.rotation) == [0, 1, 2, 0, 1])
        #expect(rows.map(\.id) == ["7", "1000007", "2000007", "9", "1000009"])
        #expect(rows.map(\.goldOption) == ["red", "red", "red", "yes", "yes"])
        #expect(rows.map { $0.names(on: "category") } == [["FP-S"], ["FP-S"], ["FP-S"], ["LR"], ["LR"]])
        #expect(rows.map(\.hint) == ["Look closely.", "Look closely.", "Look closely.", nil, nil])
    }

    @Test("RefCOCO's boxes are pixels whatever plane the file declares; phrases may stay together")
    func refCOCO() throws {
        let rows = try rows("benchmark-rows/refcoco/RefCOCO.tsv")
        #expect(
            rows.map(\.gold) == [
                .box(Box(x1: 0, y1: 0, x2: 32, y2: 48)), .box(Box(x1: 0, y1: 0, x2: 32, y2: 48)),
                .box(Box(x1: 16, y1: 12, x2: 24, y2: 36)),
            ])
        #expect(rows.map(\.pictureSize) == Array(repeating: PictureSize(width: 64, height: 48), count: 3))
        #expect(rows.map(\.id) == ["RefCOCO+_testA_0", "RefCOCO+_testA_1", "RefCOCO+_testA_2"])
        #expect(rows[0].set == "RefCOCO+_testA" && rows[0].names(on: "split") == ["RefCOCO+ testA"])
        var options = BenchmarkOptions()
        options.joinsPhrases = true
        let joined = try self.rows("benchmark-rows/refcoco/RefCOCOplus", options)
        #expect(
            joined.map(\.phrases) == [["left half", "the left"], ["small one"]]
                && joined.map(\.id) == ["11", "12"])
        // Boxes in shares need the picture's size, so it is read even when pictures are left out.
        options.pictures = .none
        let bare = try self.rows("benchmark-rows/refcoco/RefCOCO.tsv", options)
        #expect(bare.map(\.gold) == rows.map(\.gold) && bare.allSatisfy { $0.pictures.isEmpty })
    }

    private func rows(_ path: String, _ options: BenchmarkOptions) throws -> [BenchmarkRow] {
        try BenchmarksTests.rows(path, options)
    }

    private func rows(_ path: String) throws -> [BenchmarkRow] { try BenchmarksTests.rows(path) }

    @Test("ChartQA has two halves; a Python list is several golds, other brackets are text")
    func chartQA() throws {
        let rows = try rows("benchmark-rows/chartqa/test")
        #expect(rows.map { $0.names(on: "half") } == [["augmented"], ["human"], ["human"], ["human"]])
        #expect(rows.map(\.gold) == [.text("2010"), .text("20%"), .texts(["No", "none"]), .text("[a, b]")])
        #expect(rows.map(\.id) == ["augmented_0", "human_0", "human_1", "human_2"])
    }

    @Test("AI2D says whether labels are masked")
    func ai2d() throws {
        let folder = TemporaryFolder()
        let table = try String(contentsOf: Fixtures.url("benchmark-rows/ai2d/AI2D_TEST.tsv"), encoding: .utf8)
        for (name, mask) in [("AI2D_TEST.tsv", "masked"), ("AI2D_TEST_NO_MASK.tsv", "no mask")] {
            let rows = try BenchmarkReader.read(folder.write(name, table)).rows
            #expect(
                rows.map { $0.names(on: "mask") } == [[mask], [mask]] && rows.map(\.goldLetter) == ["B", "A"])
        }
    }

    @Test("Golds that are hidden stay hidden")
    func hidden() throws {
        let rows = try rows("benchmark-layouts/mathvista-testmini.parquet")
        #expect(rows.map(\.gold) == [.text("2"), .text("1.2"), .hidden])
    }

    /// What each of the 20 small files of other writers must give.
    struct Small: Sendable, CustomTestStringConvertible {
        let file: String
        let layout: String
        let golds: [String]
        let ids: [String]
        var testDescription: String { file }

        static let all: [Small] = [
            Small(file: "AI2D_TEST.tsv", layout: "ai2d-tsv", golds: ["B"], ids: ["0"]),
            Small(
                file: "ChartQA_TEST.tsv", layout: "chartqa-tsv", golds: ["20%", "2010", "No|none"],
                ids: ["0", "1", "2"]),
            Small(
                file: "MMBench_DEV_EN_V11.tsv", layout: "mmbench-tsv", golds: ["A", "B", "C", "D", "A", "B"],
                ids: ["7", "1000007", "2000007", "3000007", "9", "1000009"]),
            Small(
                file: "MMMU_DEV_VAL.tsv", layout: "mmmu-tsv", golds: ["A", "3.5", "7/2|3.5"],
                ids: ["validation_Art_1", "validation_Math_2", "dev_Math_1"]),
            Small(file: "MMStar.tsv", layout: "mmstar-tsv", golds: ["A", "C"], ids: ["0", "1"]),
            Small(
                file: "MathVision.tsv", layout: "mathvision-tsv", golds: ["\\frac{1}{2}", "C"],
                ids: ["1", "2"]),
            Small(
                file: "MathVista_MINI.tsv", layout: "mathvista-tsv", golds: ["2", "1.20"], ids: ["1", "2"]),
            Small(
                file: "RefCOCO.tsv", layout: "refcoco-tsv", golds: ["[0, 0, 32, 48]", "[0, 0, 64, 24]"],
                ids: ["RefCOCO_val_0", "RefCOCO+_testA_1"]),
            Small(file: "ai2d-test.parquet", layout: "ai2d", golds: ["C"], ids: ["0"]),
            Small(file: "chartqa-test.parquet", layout: "chartqa", golds: ["20%", "2010"], ids: ["0", "1"]),
            Small(file: "chartqa-test_human.json", layout: "chartqa-json", golds: ["20%"], ids: ["human_0"]),
            Small(file: "mathv-test.jsonl", layout: "mathvision", golds: ["60"], ids: ["1"]),
            Small(
                file: "mathvision-test.parquet", layout: "mathvision", golds: ["\\frac{1}{2}", "C"],
                ids: ["1", "2"]),
            Small(file: "mathvista-testmini.json", layout: "mathvista", golds: ["1.2"], ids: ["1"]),
            Small(
                file: "mathvista-testmini.parquet", layout: "mathvista", golds: ["2", "1.2", ""],
                ids: ["1", "2", "3"]),
            Small(file: "mmbench-dev.parquet", layout: "mmbench", golds: ["A"], ids: ["7"]),
            Small(
                file: "mmmu-validation.parquet", layout: "mmmu", golds: ["A", "7/2|3.5"],
                ids: ["validation_Art_1", "validation_Math_15"]),
            Small(file: "mmstar-val.parquet", layout: "mmstar", golds: ["A"], ids: ["0"]),
            Small(
                file: "refcoco-testA.parquet", layout: "refcoco",
                golds: ["[0, 0, 32, 48]", "[0, 0, 32, 48]"],
                ids: ["1_0", "1_1"]),
            Small(
                file: "refcoco_val.jsonl", layout: "refcoco-jsonl", golds: ["[0, 0, 32, 48]"],
                ids: ["RefCOCO_val_0"]),
        ]
    }

    @Test("Files of other writers read as rows", arguments: Small.all)
    func small(_ wanted: Small) throws {
        let input = Fixtures.url("benchmark-layouts/\(wanted.file)").path
        var options = BenchmarkOptions()
        if wanted.file.contains("json") { options.pictures = .optional }
        let (rows, _, reader) = try BenchmarkReader.read(input, options)
        #expect(reader.layout?.id == wanted.layout && rows.map(\.id) == wanted.ids)
        let golds = rows.map { row in
            switch row.gold {
            case .hidden: ""
            case .text(let text): text
            case .texts(let texts): texts.joined(separator: "|")
            case .box(let box): "[\(Int(box.x1)), \(Int(box.y1)), \(Int(box.x2)), \(Int(box.y2))]"
            }
        }
        #expect(golds == wanted.golds)
        guard !wanted.file.contains("json") else { return }
        for row in rows { #expect(try row.picture(0).height >= 48) }
    }
}
