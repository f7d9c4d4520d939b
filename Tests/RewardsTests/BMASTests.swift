// BMAS on tables small enough to check by hand, and its properties on random ones.
import Foundation
import TestKit
import Testing
import Tokenizer
import TrainingData

@testable import Rewards

/// A table with one token a word; words that are not in it have no token.
struct WordTable: EmbeddingTable {
    var words: [String]
    var rows: [[Float]]
    var dimension: Int { rows.first?.count ?? 0 }

    func ids(_ text: String) -> [Int32] {
        text.split(separator: " ").compactMap { word in words.firstIndex(of: String(word)).map(Int32.init) }
    }

    func row(_ id: Int32) -> [Float] { rows[Int(id)] }

    static let plane = WordTable(
        words: ["x", "y", "diagonal", "y2", "zero", "minus"],
        rows: [[1, 0], [0, 1], [1, 1], [0, 2], [0, 0], [-1, 0]])

    static func random(count: Int, dimension: Int, seed: UInt64) -> WordTable {
        var random = Seeded(seed)
        return WordTable(
            words: (0..<count).map { "w\($0)" },
            rows: (0..<count).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
            })
    }
}

@Suite struct BMASTests {
    private func score(_ a: String, _ b: String, _ change: (inout BMASOptions) -> Void = { _ in }) throws
        -> BMASScore
    {
        var options = BMASOptions()
        change(&options)
        return try BMASReward(table: WordTable.plane, options: options).score(a, against: b)
    }

    @Test("The worked example gives its figures")
    func vector() throws {
        let score = try score("x y", "x diagonal y2")
        #expect(abs(score.forward - 1) < 1e-6 && abs(score.backward - 0.902369) < 1e-6)
        #expect(abs(score.value - 0.951184) < 1e-6)
        #expect(abs(try self.score("x y", "x diagonal y2") { $0.variant = .f1 }.value - 0.948679) < 1e-6)
        // One to one: x with x, y with y2, over the three tokens of the longer side.
        #expect(
            abs(try self.score("x y", "x diagonal y2") { $0.variant = .bipartite }.value - 2.0 / 3) < 1e-6)
    }

    @Test("An empty side scores 0 and opposite tokens score -1")
    func extremes() throws {
        #expect(try score("", "x").value == 0 && score("x", "").value == 0)
        #expect(try score("x", "minus").value == -1)
        #expect(try score("zero", "x").value == 0)
    }

    @Test("Repeated tokens weigh as often as they occur")
    func counts() throws {
        let score = try score("x x x y", "x")
        #expect(abs(score.forward - 0.75) < 1e-6 && abs(score.backward - 1) < 1e-6)
    }

    @Test(
        "Symmetric, blind to order, bounded, and 1 for the same bag", arguments: BMASOptions.Variant.allCases)
    func properties(variant: BMASOptions.Variant) throws {
        var options = BMASOptions()
        options.variant = variant
        let table = WordTable.random(count: 40, dimension: 37, seed: 4)
        let reward = BMASReward(table: table, options: options)
        var random = Seeded(9)
        for _ in 0..<50 {
            func bag() -> [String] {
                (0..<Int.random(in: 1...20, using: &random)).map { _ in
                    table.words.randomElement(using: &random) ?? "w0"
                }
            }
            let (a, b) = (bag(), bag())
            let (left, right) = (a.joined(separator: " "), b.joined(separator: " "))
            let value = try reward.score(left, against: right).value
            #expect((-1...1).contains(value))
            #expect(abs(value - (try reward.score(right, against: left).value)) < 1e-6)
            let shuffled = a.shuffled(using: &random).joined(separator: " ")
            #expect(abs(value - (try reward.score(shuffled, against: right).value)) < 1e-6)
            #expect(abs(try reward.score(left, against: shuffled).value - 1) < 1e-5)
        }
    }

    @Test("The scores agree with the formula written out")
    func reference() throws {
        let table = WordTable.random(count: 12, dimension: 19, seed: 6)
        func cosine(_ a: [Float], _ b: [Float]) -> Double {
            func dot(_ a: [Float], _ b: [Float]) -> Double {
                zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
        }
        let (a, b): ([Int32], [Int32]) = ([0, 1, 2, 2, 5], [3, 4, 0, 7, 7, 7])
        func mean(_ p: [Int32], _ g: [Int32]) -> Double {
            p.map { i in g.map { cosine(table.row(i), table.row($0)) }.max() ?? 0 }.reduce(0, +)
                / Double(p.count)
        }
        let text = { (ids: [Int32]) in ids.map { "w\($0)" }.joined(separator: " ") }
        let score = try BMASReward(table: table).score(text(a), against: text(b))
        #expect(abs(score.forward - mean(a, b)) < 1e-6 && abs(score.backward - mean(b, a)) < 1e-6)
    }

    @Test("Stop words are left out, the floor rescales, the guards shrink")
    func options() throws {
        #expect(try score("x y", "x") { $0.stopWords = ["y"] }.value == 1)
        let plain = try score("x y", "x").value
        #expect(abs(plain - 0.75) < 1e-6)
        #expect(abs(try score("x y", "x") { $0.floor = 0.5 }.value - 0.5) < 1e-6)
        #expect(abs(try score("x x x x", "x x x x") { $0.minimumDistinctShare = 0.5 }.value - 0.5) < 1e-6)
        #expect(abs(try score("x x x x", "x") { $0.lengthRatioLimit = 2 }.value - 0.5) < 1e-6)
        #expect(try score("x minus minus", "x") { $0.maximumTokens = 1 }.value == 1)
        #expect(try score("minus", "x") { $0.lengthRatioLimit = 1 }.value == -1)
    }

    @Test("The best of several references counts, and a reference without tokens is a bad gold")
    func golds() throws {
        let reward = BMASReward(table: WordTable.plane)
        let context = RewardContext()
        #expect(
            try reward.score(extractAnswer("x"), for: sample(.open, ["y", "x"]), context: context).value == 1)
        #expect(
            try reward.score(extractAnswer("x"), for: sample(.open, ["?"]), context: context).status
                == .badGold)
        #expect(
            try reward.score(extractAnswer("<think>x"), for: sample(.open, ["x"]), context: context).status
                == .noAnswer)
    }
}
