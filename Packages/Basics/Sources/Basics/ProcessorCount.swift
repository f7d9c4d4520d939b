// The number of useful threads: the physical cores that the process may use.
internal import Foundation

/// The processors of this process, as the system reports them.
enum ProcessorCount {
    /// The number of physical cores that this process may run on, limited by the CPU quota of its container;
    /// at least 1.
    ///
    /// The hardware threads of a core share its arithmetic units, and one thread of our kernels keeps them
    /// busy.
    static let available: Int = {
        let cores = physicalCores(allowed: status("Cpus_allowed_list")) { cpu in
            text("/sys/devices/system/cpu/cpu\(cpu)/topology/thread_siblings_list")
        }
        let count = cores ?? ProcessInfo.processInfo.activeProcessorCount
        return max(1, min(count, quota(text("/sys/fs/cgroup/cpu.max")) ?? count))
    }()

    /// Whether the process may use only some of the machine's processors.
    static let isBound: Bool = {
        guard let allowed = status("Cpus_allowed_list").flatMap(list),
            let online = text("/sys/devices/system/cpu/online").flatMap(list)
        else { return false }
        return !Set(online).isSubset(of: allowed)
    }()

    /// The number of cores of the allowed processors; nil if the system does not report it.
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
