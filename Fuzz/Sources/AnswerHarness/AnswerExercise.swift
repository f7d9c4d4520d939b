// Scores a text as an answer of each task whose reader a fuzzer exercises, and checks what must always hold.
import Foundation
import Rewards
import TrainingData

/// The readers of answers that are fuzzed.
public enum AnswerReader: String, Sendable {
    /// Boxes.
    case boxes
    /// Numbers with magnitudes and units; also choices and yes or no.
    case numbers
    /// Mathematical expressions.
    case expressions
}

/// Rewards with rows of one reader.
public struct AnswerExercise: Sendable {
    private let router: RewardRouter
    private let rows: [Sample]
    private let context = RewardContext(
        imageSize: (640, 480), answerBoxSpace: AnswerBoxSpace(width: 1000, height: 1000))

    /// A broken promise of the rewards.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// The rows of a reader; throws if they cannot be read.
    public init(_ reader: AnswerReader) throws {
        router = try RewardRouter(embedding: nil)
        let golds: [String] =
            switch reader {
            case .boxes: [#""task": "grounding", "solution": "[10, 20, 110, 220]""#]
            case .numbers:
                [
                    #""task": "chart", "solution": ["2.3 million km", "Red, Blue"]"#,
                    #""task": "mcq", "solution": "B", "options": ["dog", "cat", "1/2"]"#,
                    #""task": "yorn", "solution": "yes""#,
                ]
            case .expressions:
                [
                    #""task": "math", "solution": ["\\frac{1}{2}", "(x+1)^2"]"#,
                    #""task": "math", "solution": "[0,1)\\cup(2,3]""#,
                ]
            }
        let lines = golds.map { "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}], \($0)}" }
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("r1-fuzz-\(UUID().uuidString)")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        rows = try SampleReader.read(file.path).samples
    }

    /// Scores the text as an answer of each row, and again inside tags; throws if a result is out of its bounds.
    public func check(_ text: String) throws {
        for row in rows {
            let result = router.score(text, truncated: false, for: row, context: context)
            guard (0...1).contains(result.accuracy), result.status != .error, result.status != .badGold,
                result.status == .ok || result.accuracy == 0
            else { throw Broken(description: "\(row.task): \(result)") }
        }
        for box in readBoxes(in: text) where ![box.x1, box.y1, box.x2, box.y2].allSatisfy(\.isFinite) {
            throw Broken(description: "a box that is not finite: \(box)")
        }
    }
}
