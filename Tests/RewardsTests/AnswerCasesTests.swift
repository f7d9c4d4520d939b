// Answers in the forms that models give, each with the verdict that is wanted (Tests/Fixtures/answers).
import Foundation
import StrictJSON
import TestKit
import Testing
import TrainingData

@testable import Rewards

@Suite struct AnswerCasesTests {
    /// Rows whose verdict differs from the wanted one, with our verdict and the reason.
    static let exceptions: [String: (verdict: Double, reason: String)] = [
        "g33": (
            0.99375625, "the overlap of [10.5, 20.25, 110, 220] and [10, 20, 110, 220] is 0.994, not 0.98"
        )
    ]

    @Test("Every answer gets the verdict that is wanted", arguments: ["box", "chart", "mcq"])
    func cases(name: String) throws {
        let samples = try SampleReader.read(Fixtures.url("answers/\(name).jsonl").path).samples
        let router = try RewardRouter(embedding: nil)
        #expect(samples.count >= 20)
        for sample in samples {
            let answer = try #require(sample.extra["answer"]?.text)
            let result = router.score(answer, truncated: false, for: sample, context: Self.context(sample))
            let id = sample.id
            if let exception = Self.exceptions[id] {
                #expect(abs(result.accuracy - exception.verdict) < 1e-6, "\(id)")
            } else if let status = sample.extra["want"]?.text {
                #expect(result.status.rawValue == status, "\(id): \(result)")
            } else {
                let wanted = try #require(sample.extra["want"]?.double)
                #expect(abs(result.accuracy - wanted) < 6e-4, "\(id): \(result)")
                if wanted > 0 { #expect(result.status == .ok, "\(id): \(result)") }
            }
        }
    }

    private static func context(_ sample: Sample) -> RewardContext {
        func size(_ key: String) -> (width: Double, height: Double)? {
            guard let sides = sample.extra[key]?.elements?.compactMap(\.double), sides.count == 2 else {
                return nil
            }
            return (sides[0], sides[1])
        }
        return RewardContext(
            imageSize: size("imageSize"),
            answerBoxSpace: size("space").map { AnswerBoxSpace(width: $0.width, height: $0.height) })
    }
}
