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
        var (given, finished, asked) = (0, [Int](), 0)
        try inOrder(
            next: {
                asked += 1
                guard given < count else { return nil }
                given += 1
                return given
            },
            transform: { (item: Int) in
                // Items take different times, so that threads overtake one another.
                var sum = 0
                for value in 0..<(item * 7919 % 5000) { sum &+= value }
                return (item, sum)
            }, finish: { finished.append($0.0) })
        #expect(finished == Array(0..<count).map { $0 + 1 })
        #expect(asked == count + 1, "next is not called again after the end")
    }

    @Test("The first error in the order of the items is thrown, after the items before it are finished")
    func firstError() {
        for step in ["next", "transform", "finish"] {
            var (given, finished) = (0, [Int]())
            #expect(throws: Failure(number: 5), "\(step)") {
                try inOrder(
                    next: { () -> Int? in
                        given += 1
                        if step == "next", given == 5 { throw Failure(number: 5) }
                        return given
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

    @Test("There are never more items in work than threads")
    func memory() throws {
        let working = Atomic(0)
        let most = Atomic(0)
        var given = 0
        try inOrder(
            next: {
                given += 1
                return given <= 500 ? given : nil
            },
            transform: { (item: Int) in
                let now = working.add(1, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
                return item
            }, finish: { _ in working.subtract(1, ordering: .relaxed) })
        #expect(most.load(ordering: .relaxed) <= pipelineThreads)
    }
}
