// A model for tests: its answer is a function of the question.
import BenchmarkRuns
import Benchmarks
import Checkpoint
import Foundation
import StrictJSON
import TestKit

/// Answers A or B by a hash of the prompt, or with what a test says; counts what it was asked.
final class EchoModel: AnsweringModel {
    struct Stopped: Error {}

    let manifest: JSONObject = ["kind": .string("test")]
    private(set) var batches: [Int] = []
    /// After this many batches it throws.
    var limit = Int.max
    /// The plane that it says it writes boxes in.
    var boxPlane: [Double]?
    private let text: (BenchmarkRow) -> String?

    init(_ text: @escaping (BenchmarkRow) -> String? = { _ in nil }) { self.text = text }

    func answers(to questions: [ModelQuestion], _ settings: AnswerSettings) throws -> [[ModelAnswer]] {
        guard batches.count < limit else { throw Stopped() }
        batches.append(questions.count)
        return questions.map { question in
            let hash = sha256(Array(question.prompt.text.utf8))
            return (0..<settings.samples).map { sample in
                let letter = ["A", "B"][(Int(hash.prefix(4), radix: 16) ?? 0) % 2]
                return ModelAnswer(
                    text: text(question.row) ?? "<answer>\(letter)</answer> \(sample)", tokens: 3,
                    finishReason: "stop", promptHash: hash, pixelHash: "", boxPlane: boxPlane)
            }
        }
    }
}

/// A set of choices as VLMEvalKit writes them, without pictures worth looking at.
func writeChoices(_ count: Int, to folder: TemporaryFolder, name: String = "MMStar.tsv") throws -> String {
    let image = try Data(Fixtures.bytes("benchmark-rows/mathvista/images/1.png")).base64EncodedString()
    let lines = (0..<count).map { row in
        "\(row)\tWhich is \(row)?\t\(row == 0 ? image : "0")\t\(["A", "B"][row % 2])\tmath\talgebra\tone\ttwo"
    }
    let header = "index\tquestion\timage\tanswer\tcategory\tl2_category\tA\tB"
    return try folder.write(name, ([header] + lines).joined(separator: "\n") + "\n")
}

/// A run over sets with the default settings.
func plannedRun(
    _ paths: [String], in folder: String, style: PromptStyle = .r1,
    _ change: (inout AnswerSettings) -> Void = { _ in }
) throws -> BenchmarkRun {
    var settings = AnswerSettings()
    change(&settings)
    let sets = try paths.map { try PlannedSet(SetRequest($0)) { _ in settings } }
    let manifest = RunManifest(
        tool: "test", model: ["kind": .string("test")], style: style.id, system: nil,
        sets: sets.map(\.manifest))
    return BenchmarkRun(folder, manifest, sets: sets, style: style)
}
