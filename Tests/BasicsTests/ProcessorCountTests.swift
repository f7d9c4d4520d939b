// Physical cores and container limits, from the texts that the system gives.
import TestKit
import Testing

@testable import Basics

@Suite("Processor count")
struct ProcessorCountTests {
    @Test("hardware threads of one core count once") func hardwareThreads() {
        let siblings: (Int) -> String? = { "\($0 % 4),\($0 % 4 + 4)" }
        #expect(ProcessorCount.physicalCores(allowed: "0-7", siblings: siblings) == 4)
        #expect(ProcessorCount.physicalCores(allowed: "0-1,4-5", siblings: siblings) == 2)
        #expect(ProcessorCount.physicalCores(allowed: "3", siblings: siblings) == 1)
    }

    @Test("a system that does not tell gives nil") func unknown() {
        #expect(ProcessorCount.physicalCores(allowed: nil) { _ in "0" } == nil)
        #expect(ProcessorCount.physicalCores(allowed: "0-1") { _ in nil } == nil)
        #expect(ProcessorCount.physicalCores(allowed: "a-b") { _ in "0" } == nil)
    }

    @Test(
        "a container's share of time is rounded up",
        arguments: [
            ("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", nil), ("", nil),
        ]
            as [(String, Int?)])
    func quota(_ text: String, _ expected: Int?) { #expect(ProcessorCount.quota(text) == expected) }

    @Test("there is at least one") func available() { #expect(ProcessorCount.available >= 1) }
}
