// The memory that containers, limits and the machine leave, from the texts that the system gives.
import Foundation
import TestKit
import Testing

@testable import Basics

@Suite("Available memory")
struct AvailableMemoryTests {
    /// A group of version 2 in `/a/b` with a limit on `/a`.
    private let files = [
        "/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/b/memory.current": "100\n",
        "/sys/fs/cgroup/a/memory.max": "1000\n", "/sys/fs/cgroup/a/memory.current": "700\n",
        "/sys/fs/cgroup/a/memory.stat": "anon 300\ninactive_file 250\nactive_file 50\n",
    ]

    @Test("a group of version 2 is limited by the groups above it; pages of files do not count as used")
    func version2() {
        #expect(ContainerMemory.left(cgroup: "0::/a/b\n") { files[$0] } == 1000 - (700 - 300))
        #expect(ContainerMemory.left(cgroup: "0::/other\n") { files[$0] } == nil)
        #expect(ContainerMemory.left(cgroup: nil) { files[$0] } == nil)
    }

    @Test("a group of version 1 is that of the controller memory")
    func version1() {
        let files = [
            "/sys/fs/cgroup/memory/c/memory.limit_in_bytes": "5000",
            "/sys/fs/cgroup/memory/c/memory.usage_in_bytes": "2000",
            "/sys/fs/cgroup/memory/c/memory.stat": "inactive_file 1\ntotal_inactive_file 500\n"
                + "total_active_file 100\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "4000",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "3900",
        ]
        let text = "11:cpu,cpuacct:/x\n5:memory:/c\n"
        #expect(ContainerMemory.left(cgroup: text) { files[$0] } == 100)
        #expect(ContainerMemory.left(cgroup: "11:cpu,cpuacct:/c\n") { files[$0] } == nil)
    }

    @Test("the machine leaves what is available and the free swap")
    func machine() {
        let text = "MemTotal: 100 kB\nMemAvailable:  40 kB\nSwapFree: 2 kB\n"
        #expect(AvailableMemory.machine(text) == 42 << 10)
        #expect(AvailableMemory.machine("MemTotal: 100 kB\n") == nil)
    }

    @Test("ulimit -v leaves the limit without the addresses in use")
    func addresses() throws {
        var before = rlimit()
        try #require(getrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &before) == 0)
        let isUnlimited = before.rlim_cur >= UInt(Int.max)
        let left = ProcessLimits.left(statm: "10 5 1 1 0 7 0")
        #expect(isUnlimited ? left?.1 != "left by ulimit -v" : left != nil)
        #expect(ProcessLimits.left(statm: nil) == nil)
        #expect(isUnlimited || AvailableMemory.leftByLimits() != nil)
    }

    @Test("a plan assumes memory, refuses nothing, and changes nothing afterwards")
    func assumed() throws {
        let before = AvailableMemory.current().limit
        try AvailableMemory.assuming({ 1000 }) {
            #expect(AvailableMemory.current().byteCount == 1000)
            try AvailableMemory.require(.max, "the keys and values need", advice: "lower maxNewTokens")
        }
        AvailableMemory.assuming({ -5 }) { #expect(AvailableMemory.current().byteCount == 0) }
        #expect(AvailableMemory.current().limit == before)
        #expect(AvailableMemory.taken.map { $0 > 1 << 20 } ?? true)
    }

    @Test("a need above what there is names both and the advice")
    func refusal() {
        let error = #expect(throws: MemoryError.self) {
            try AvailableMemory.require(.max, "the keys and values need", advice: "lower maxNewTokens")
        }
        #expect(error?.description.contains("lower maxNewTokens") == true)
        #expect(throws: MemoryError.self) {
            try AvailableMemory.require(nil, "the keys and values need", advice: "lower maxNewTokens")
        }
        #expect(throws: Never.self) { try AvailableMemory.require(1, "one byte needs", advice: "") }
    }
}
