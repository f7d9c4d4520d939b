// How many threads are worth starting: physical cores, less what the process is not allowed to use.
internal import Foundation

/// What the system says about the processors of this process.
enum ProcessorCount {
    /// One per physical core among the processors this process may run on, and no more than its container's
    /// share of time; at least 1.
    ///
    /// Two hardware threads of one core share its arithmetic units, which our kernels keep busy with one.
    static let available: Int = {
        let cores = physicalCores(allowed: status("Cpus_allowed_list")) { cpu in
            text("/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list")
        }
        let count = cores ?? ProcessInfo.processInfo.activeProcessorCount
        return max(1, min(count, quota(text("/sys/fs/cgroup/cpu.max")) ?? count))
    }()

    /// The number of cores that the allowed processors belong to; nil where the system does not tell.
    ///
    /// - Parameters:
    ///   - allowed: A list such as `0-3,8`.
    ///   - siblings: The processors that share a core with one, as such a list.
    /// - Returns: At least 1, or nil.
    static func physicalCores(allowed: String?, siblings: (Int) -> String?) -> Int? {
        guard let allowed, let processors = list(allowed), !processors.isEmpty else { return nil }
        var cores = Set<[Int]>()
        for processor in processors {
            guard let together = siblings(processor).flatMap(list) else { return nil }
            cores.insert(together)
        }
        return cores.count
    }

    /// Whole processors of a cgroup's limit, `QUOTA PERIOD` in microseconds, rounded up; nil without a limit.
    static func quota(_ text: String?) -> Int? {
        let parts = text?.split(separator: " ") ?? []
        guard parts.count == 2, let quota = Int(parts[0]), let period = Int(parts[1]), quota > 0, period > 0
        else { return nil }
        return (quota + period - 1) / period
    }

    /// The numbers of a list such as `0-3,8`.
    static func list(_ text: String) -> [Int]? {
        var numbers: [Int] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
                (0...last).contains(first), last < 1 << 16
            else { return nil }
            numbers += first...last
        }
        return numbers
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map {
            String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private static func status(_ key: String) -> String? {
        text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("\(key):") }.map {
            $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }
}
