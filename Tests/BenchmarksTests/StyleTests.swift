import Foundation
import TestKit
import Testing
import Tokenizer

@testable import Benchmarks

/// Prompts beyond those of the references' list, and the settings of generation.
@Suite struct StyleTests {
    private func row(_ benchmark: Benchmark, _ question: String, options: [String?] = []) -> BenchmarkRow {
        var row = BenchmarkRow(id: "1", benchmark: benchmark, question: question, options: options)
        row.pictures = [.file("1.png")]
        return row
    }

    private func text(_ style: PromptStyle, _ row: BenchmarkRow) throws -> String {
        try style.prompt(row).text
    }

    @Test("r1 asks choices, phrases, mathematics and boxes; think leaves the closings out")
    func r1() throws {
        let think = PromptStyle.think(system: "Reason first.")
        let letter = "\nAnswer with the option's letter from the given choices directly."
        let phrase = "\nAnswer the question using a single word or phrase."
        var choice = row(.mmbench, "Which?", options: ["a", nil, "c"])
        choice.hint = "Look."
        var box = row(.refcoco, "Where is it?")
        box.phrases = ["left dog"]
        var vista = row(.mathvista, "How many?")
        vista.query = "Hint: Please answer.\nQuestion: How many?"
        for (row, bare, closing) in [
            (choice, "<image>Look.\nWhich?\nA. a\nC. c", letter),
            (row(.chartqa, "What?"), "<image>What?", phrase),
            (row(.mmmu, "See <image 1>. What?"), "See <image>. What?", phrase),
            (row(.mathvision, "Which? <image1>", options: ["A", "B"]), "<image>Which? <image1>", letter),
            (row(.mathvision, "Which?", options: ["1", "B"]), "<image>Which?\nA. 1\nB. B", letter),
            (row(.mathvision, "How many?"), "<image>How many?", ""),
            (vista, "<image>Hint: Please answer.\nQuestion: How many?", ""),
            (box, "<image>Locate left dog in this image and output the bbox coordinates in JSON format.", ""),
            (row(.refcoco, "Where is it?"), "<image>Where is it?", ""),
            (row(.ai2d, "Which?", options: ["x", "y"]), "<image>Which?\nA. x\nB. y", letter),
        ] {
            #expect(try text(.r1, row) == bare + closing)
            #expect(try text(think, row) == bare)
        }
        #expect(try think.prompt(choice).system == "Reason first." && think.id == "think")
        #expect(try PromptStyle.r1.prompt(choice).system == nil)
        #expect(try think.prompt(choice).messages.map(\.role) == [.system, .user])
    }

    @Test("Pictures that a text does not name come first in r1 and are left out by VLMEvalKit")
    func unnamed() throws {
        var row = row(.mmmu, "See <image 2>.", options: ["<image 2>", "b"])
        row.pictures = [.file("1"), .file("2")]
        #expect(try PromptStyle.r1.prompt(row).images == [0, 1, 1])
        #expect(try PromptStyle.vlmEvalKit.prompt(row).images == [1, 1])
        #expect(try PromptStyle.lmms.prompt(row).images == [1])
        row.question = "See <image 3>."
        for style in [PromptStyle.r1, .vlmEvalKit, .lmms] {
            #expect(throws: (any Error).self) { try style.prompt(row) }
        }
    }

    @Test("VLMEvalKit asks mathematics by the published text alone")
    func vlmEvalKit() throws {
        var vista = row(.mathvista, "How many?", options: ["1", "2"])
        vista.query = "Hint: h\nQuestion: How many?\nChoices:\n(A) 1\n(B) 2"
        let query = try #require(vista.query)
        let short = "\nPlease try to answer the question with short words or phrases if possible."
        #expect(try text(.vlmEvalKit, vista) == "<image>" + query)
        #expect(try text(.vlmEvalKitQwen, vista) == "<image>" + query + short)
        #expect(try text(.vlmEvalKitInternVL, vista) == "<image>\n" + query)
        let chart = row(.chartqa, "What?")
        #expect(
            try text(.vlmEvalKit, chart) == "<image>What?\nAnswer the question using a single word or phrase."
        )
        #expect(
            try text(.vlmEvalKitInternVL, chart)
                == "<image>\nWhat?\nAnswer the question using a single word or phrase.")
        #expect(try text(.vlmEvalKitQwen, row(.refcoco, "Where?")) == "<image>Where?")
        #expect(try text(.vlmEvalKit, row(.mathvision, "Which?", options: ["a", "b"])) == "<image>Which?")
    }

    @Test("Questions with Chinese characters get Chinese closings where the references do that")
    func chinese() throws {
        let choice = row(.mmbench, "哪个?", options: ["a", "b"])
        #expect(try text(.vlmEvalKitQwen, choice).hasSuffix("B. b\n请直接回答选项字母。"))
        #expect(try text(.vlmEvalKitInternVL, choice).hasSuffix("B. b\n请直接回答选项字母。"))
        #expect(try text(.vlmEvalKitInternVL, row(.mmmu, "几个?")).hasSuffix("几个?\n请直接回答问题。"))
        #expect(
            try text(.vlmEvalKit, choice).hasSuffix(
                "Please select the correct answer from the options above. \n"))
    }

    @Test("lmms-eval asks MMStar by its own text, without a full stop, and numbers by their form")
    func lmms() throws {
        var star = row(.mmstar, "Which?", options: ["a", "b"])
        star.query = "Which?\nOptions: A: a, B: b "
        #expect(
            try text(.lmms, star)
                == "<image>Which?\nOptions: A: a, B: b\nAnswer with the option's letter from the given choices directly"
        )
        var vista = row(.mathvista, "How many?")
        for (type, precision, end) in [
            ("integer", nil, "Answer the question using a single integer number."),
            ("float", 2, "Answer the question using a single floating-point number with two decimal places."),
            ("list", nil, "Answer the question using a Python list."),
        ] as [(String, Int?, String)] {
            (vista.answerType, vista.precision) = (type, precision)
            #expect(try text(.lmms, vista) == "<image>How many?\n" + end)
        }
    }

    @Test("Styles have ids of their own and are found by them")
    func ids() {
        #expect(PromptStyle.all.map(\.id) == ["r1", "v.default", "v.qwen", "v.internvl", "l"])
        #expect(PromptStyle.named("l")?.id == "l" && PromptStyle.named("x") == nil)
        #expect(Set(BenchmarkLayout.all.map(\.id)).count == BenchmarkLayout.all.count)
    }

    @Test("Settings of generation are those of the programs")
    func presets() {
        let qwen = GenerationPreset(as: .vlmevalkit, benchmark: .mmstar)
        #expect(qwen.maxNewTokens == 2048 && qwen.minPixels == 1_003_520 && qwen.maxPixels == 12_845_056)
        let intern = GenerationPreset(as: .vlmevalkit, benchmark: .mmmu, family: .internVL)
        #expect(intern.maxNewTokens == 4096 && intern.maxTiles == 12 && intern.maxTilesOfRow == 64)
        #expect(intern.pictureScale == 2 && intern.minPixels == nil)
        #expect(GenerationPreset(as: .vlmevalkit, benchmark: .ai2d, family: .internVL).maxTiles == 6)
        let limits: [(Benchmark, Int)] = [
            (.chartqa, 16), (.ai2d, 16), (.mmmu, 128), (.mmbench, 1024), (.mathvista, 16384),
            (.mathvision, 16384),
        ]
        for (benchmark, limit) in limits {
            let preset = GenerationPreset(as: .lmms, benchmark: benchmark)
            #expect(
                preset.maxNewTokens == limit && preset.minPixels == 200_704 && preset.maxPixels == 1_605_632)
            #expect(preset.taskStopStrings == (benchmark == .mmbench ? ["ASSISTANT:"] : ["\n\n"]))
        }
        #expect(GenerationPreset(as: .r1, benchmark: .mmmu).maxNewTokens == 2048)
        let own = GenerationPreset(as: .r1, benchmark: .mmmu, thinks: true)
        #expect(own.maxNewTokens == 4096 && own.stopStrings.isEmpty && own.minPixels == nil && own.isGreedy)
    }
}
