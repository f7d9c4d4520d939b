// What a schema becomes: a graph of the kinds of values, walked byte by byte by Reading.swift.
internal import Basics

/// The kinds of values of one schema.
struct ValueGraph: Sendable {
    /// The containers that may be open at once.
    static let deepest = 32
    /// The most kinds that a value may be of; a mask reads the vocabulary once for each.
    static let mostChoices = 64

    /// A kind of value.
    enum Kind: Sendable {
        /// Reserved while the schema behind a reference is being read.
        case unknown
        /// Texts of a machine: numbers, words, lists of constants, strings of a pattern.
        case machine(ByteMachine)
        /// A string with this many characters.
        case string(least: Int, most: Int?)
        case object(Object)
        case list(List)
        /// A value of any of these kinds.
        case choice([Int])
    }

    struct Object: Sendable {
        var properties: [Property]
        /// The kind of further values; nil where there are none.
        var others: Int?
    }

    struct Property: Sendable {
        let name: String
        /// The quoted name and the colon.
        let text: [UInt8]
        let isRequired: Bool
        let kind: Int
    }

    struct List: Sendable {
        /// The kinds of the first items.
        var first: [Int]
        /// The kind of the items after them; nil where there are none.
        var others: Int?
        var least: Int
        var most: Int?

        func kind(_ index: Int) -> Int? { index < first.count ? first[index] : others }
    }

    private(set) var kinds: [Kind] = []
    /// For each kind, how many containers its smallest value nests.
    private(set) var heights: [Int] = []
    var root = 0

    /// Adds a kind; returns its number.
    mutating func add(_ kind: Kind) -> Int {
        kinds.append(kind)
        return kinds.count - 1
    }

    mutating func replace(_ number: Int, _ kind: Kind) { kinds[number] = kind }

    /// The greatest height of a kind that has values.
    private(set) var greatestHeight = 0

    /// Computes the heights, once all kinds are known; kinds without a finite value get more than `deepest`.
    ///
    /// Choices of choices become choices of the kinds behind them. Throws when one has too many.
    mutating func finish() throws(MachineError) {
        for number in kinds.indices {
            guard case .choice = kinds[number] else { continue }
            let simple = self.simple(number)
            guard simple.count <= Self.mostChoices else {
                throw MachineError(
                    "a value may be of \(simple.count) kinds, at most \(Self.mostChoices) are supported")
            }
            kinds[number] = .choice(simple)
        }
        let endless = Self.deepest + 1
        heights = [Int](repeating: endless, count: kinds.count)
        var changes = true
        while changes {
            changes = false
            for (number, kind) in kinds.enumerated() {
                let height = min(endless, height(kind))
                if height < heights[number] {
                    heights[number] = height
                    changes = true
                }
            }
        }
        greatestHeight = heights.filter { $0 <= Self.deepest }.max() ?? 0
    }

    /// The kinds behind a choice that are none; a choice that leads back to itself adds nothing.
    private func simple(_ number: Int) -> [Int] {
        var (found, seen, waiting): ([Int], Set<Int>, [Int]) = ([], [], [number])
        while let next = waiting.popLast() {
            guard seen.insert(next).inserted else { continue }
            if case .choice(let parts) = kinds[next] {
                waiting += parts.reversed()
            } else {
                found.append(next)
            }
        }
        return found
    }

    private func height(_ kind: Kind) -> Int {
        switch kind {
        case .unknown: Self.deepest + 1
        case .machine, .string: 0
        case .choice(let kinds): kinds.map { heights[$0] }.min() ?? Self.deepest + 1
        case .object(let object):
            1 + (object.properties.filter(\.isRequired).map { heights[$0.kind] }.max() ?? 0)
        case .list(let list):
            1
                + ((0..<min(list.least, list.first.count + 1)).map {
                    list.kind($0).map { heights[$0] } ?? Self.deepest + 1
                }.max() ?? 0)
        }
    }
}
