// Pipelines: the order of their steps, their ends and their errors.
import Synchronization
import Testing

@testable import Basics

@Suite("Pipelines")
struct PipelineTests {
    private struct Failure: Error, Equatable { let number: Int }

    @Test("A failing step stops the pipeline with its error", arguments: [0, 3, 99])
    func failingStep(_ failing: Int) {
        #expect(throws: Failure(number: failing)) {
            try pipelined(100, workers: [1, 2, 3, 4]) { _, number, order in
                if number == failing { throw Failure(number: number) }
                try order.pass(.second, number) {
                    if number > failing { throw Failure(number: -1) }
                }
            }
        }
    }

    @Test("Results are finished in the order of the items, each once", arguments: [0, 1, 2, 7, 1000])
    func inOrderOfItems(_ count: Int) throws {
        var (given, finished, ends) = (0, [Int](), 0)
        try inOrder(
            next: {
                // One to five items at a time.
                let items = Array(given..<min(count, given + 1 + given % 5))
                given += items.count
                ends += items.isEmpty ? 1 : 0
                return items
            },
            transform: { (item: Int) in
                // Items take different times, so that threads overtake one another.
                var sum = 0
                for value in 0..<(item * 7919 % 5000) { sum &+= value }
                return (item, sum)
            }, finish: { finished.append($0.0) })
        #expect(finished == Array(0..<count))
        #expect(ends == 1, "next is not called again after the end")
    }

    @Test("The first error in the order of the items is thrown, after the items before it are finished")
    func firstError() {
        for step in ["next", "transform", "finish"] {
            var (given, finished) = (0, [Int]())
            #expect(throws: Failure(number: 5), "\(step)") {
                try inOrder(
                    next: { () -> [Int] in
                        given += 1
                        if step == "next", given == 5 { throw Failure(number: 5) }
                        return [given]
                    },
                    transform: { (item: Int) in
                        if step == "transform", item >= 5 { throw Failure(number: item) }
                        return item
                    },
                    finish: { item in
                        if step == "finish", item == 5 { throw Failure(number: 5) }
                        finished.append(item)
                    })
            }
            #expect(finished == [1, 2, 3, 4], "\(step)")
        }
    }

    @Test("Items are read ahead of those in work, a limited number of them")
    func memory() throws {
        let unfinished = Atomic(0)
        let most = Atomic(0)
        var given = 0
        try inOrder(
            next: {
                given += 1
                guard given <= 500 else { return [] }
                most.max(unfinished.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
                return [given]
            }, transform: { (item: Int) in item }, finish: { _ in unfinished.subtract(1, ordering: .relaxed) }
        )
        #expect(most.load(ordering: .relaxed) <= 33 + pipelineThreads)
    }
}
