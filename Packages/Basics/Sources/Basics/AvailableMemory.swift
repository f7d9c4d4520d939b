// The memory that this process may still take: of the machine, of its container and of its own limits.
internal import Foundation

/// More memory would be needed than there is; thrown before anything is allocated.
public struct MemoryError: Error, Equatable, CustomStringConvertible {
    /// What needs it, and how much.
    let need: String
    /// What there is, and what sets the limit.
    let available: String
    /// What the user can change.
    let advice: String

    /// One sentence for the user.
    public var description: String { "\(need), but only \(available); \(advice)" }
}

/// The memory that this process may still take.
public struct AvailableMemory: Sendable, Equatable {
    /// Bytes.
    public let byteCount: Int
    /// What sets the limit: `left by ulimit -v`.
    public let limit: String

    /// Memory of a known size; `limit` says what sets it, as above.
    public init(byteCount: Int, limit: String) { (self.byteCount, self.limit) = (byteCount, limit) }

    /// Checks that there is memory for `needed` bytes.
    ///
    /// - Parameters:
    ///   - needed: Bytes; nil for a number beyond 64 bits.
    ///   - reusable: Bytes that the process has already and would use again.
    ///   - what: What needs them, with its verb: `the keys and values of 4 answers need`.
    ///   - advice: What the user can change.
    /// - Throws: ``MemoryError`` when they are more than the process may still take.
    public static func require(_ needed: Int?, reusable: Int = 0, _ what: String, advice: String) throws {
        guard assumed == nil else { return }
        let now = current()
        if let needed, needed - reusable <= now.byteCount { return }
        throw MemoryError(
            need: "\(what) \(needed.map(byteText) ?? "more than any machine's memory")",
            available: "\(byteText(now.byteCount)) are \(now.limit)", advice: advice)
    }

    /// What takes the place of the machine's memory while a plan is made.
    @TaskLocal private static var assumed: (@Sendable () -> Int)?

    /// Runs `body`, in which this much memory is left, and in which nothing is refused for lack of it.
    ///
    /// For plans, which find out what is needed before it is there.
    ///
    /// - Parameters:
    ///   - byteCount: The bytes that are left, asked for each time.
    ///   - body: Runs on this thread.
    /// - Returns: What `body` returns.
    public static func assuming<R>(_ byteCount: @escaping @Sendable () -> Int, _ body: () throws -> R)
        rethrows
        -> R
    {
        try $assumed.withValue(byteCount, operation: body)
    }

    /// The least of what the machine, the container and the process's own limits leave.
    ///
    /// A limit that the system does not report does not count.
    public static func current() -> AvailableMemory {
        if let assumed { return AvailableMemory(byteCount: max(0, assumed()), limit: "left in the plan") }
        let process = ProcessLimits.left(statm: systemFile("/proc/self/statm"))
        let container = ContainerMemory.left(cgroup: systemFile("/proc/self/cgroup"), read: systemFile)
        let known = [
            machine(systemFile("/proc/meminfo")).map { ($0, "free on this machine") },
            container.map { ($0, "left in this container") }, process,
        ]
        let least = known.compactMap { $0 }.min { $0.0 < $1.0 }
        return AvailableMemory(byteCount: max(0, least?.0 ?? .max), limit: least?.1 ?? "known")
    }

    /// Bytes of memory that this process has and that no file holds; nil where the system does not tell.
    public static var taken: Int? {
        systemFile("/proc/self/status").flatMap { value(of: "RssAnon:", in: $0) }.map { $0 << 10 }
    }

    /// What `ulimit` leaves to this process, and the name of the limit; nil without one.
    public static func leftByLimits() -> AvailableMemory? {
        ProcessLimits.left(statm: systemFile("/proc/self/statm")).map {
            AvailableMemory(byteCount: max(0, $0.0), limit: $0.1)
        }
    }

    /// Checks that `ulimit` leaves enough memory to begin with.
    ///
    /// Each thread reserves addresses of its own; later, what is large is checked on its own. Throws ``MemoryError``.
    public static func requireRoomToStart() throws {
        let least = 256 << 20
        guard let left = leftByLimits(), left.byteCount < least else { return }
        throw MemoryError(
            need: "a program needs \(byteText(least)) of memory beside its libraries",
            available: "\(byteText(left.byteCount)) are \(left.limit)", advice: "raise the limit")
    }

    /// Bytes of memory and swap that are free or can be freed, from `/proc/meminfo`.
    static func machine(_ text: String?) -> Int? {
        guard let text, let available = value(of: "MemAvailable:", in: text) else { return nil }
        return (available + (value(of: "SwapFree:", in: text) ?? 0)) << 10
    }

    /// The number after a name at the start of a line.
    static func value(of name: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count > 1, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}

/// The limits that cgroups set, of version 1 or 2.
enum ContainerMemory {
    /// The least that any of the process's groups leaves; pages of files do not count as used.
    ///
    /// - Parameters:
    ///   - cgroup: `/proc/self/cgroup`.
    ///   - read: Returns the contents of a file, nil when it does not exist.
    /// - Returns: Bytes, or nil without a limit.
    static func left(cgroup: String?, read: (String) -> String?) -> Int? {
        var least: Int?
        for line in (cgroup ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isNew = parts[1].isEmpty
            guard isNew || parts[1].split(separator: ",").contains("memory") else { continue }
            let top = isNew ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            // The groups above limit this one too. Inside a container the path may be that of the host.
            var names = parts[2].split(separator: "/")
            while true {
                let folder = ([top] + names.map(String.init)).joined(separator: "/")
                if let left = left(in: folder, isNew: isNew, read) { least = min(least ?? .max, left) }
                if names.popLast() == nil { break }
            }
        }
        return least
    }

    private static func left(in folder: String, isNew: Bool, _ read: (String) -> String?) -> Int? {
        func number(_ name: String) -> Int? {
            read("\(folder)/\(name)").flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = number(isNew ? "memory.max" : "memory.limit_in_bytes"),
            let used = number(isNew ? "memory.current" : "memory.usage_in_bytes")
        else { return nil }
        let statistics = read("\(folder)/memory.stat") ?? ""
        let prefix = isNew ? "" : "total_"
        let files = ["inactive_file", "active_file"].compactMap {
            AvailableMemory.value(of: prefix + $0, in: statistics)
        }
        return limit - max(0, used - files.reduce(0, +))
    }
}

/// The limits that `ulimit` sets.
enum ProcessLimits {
    /// The least that a limit leaves, with its name; `statm` is only asked for when there is a limit.
    static func left(statm: @autoclosure () -> String?) -> (Int, String)? {
        let limits = [
            (limit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue))), 0, "left by ulimit -v"),
            (limit(__rlimit_resource_t(UInt32(RLIMIT_DATA.rawValue))), 5, "left by ulimit -d"),
        ].compactMap { limit, place, name in limit.map { ($0, place, name) } }
        guard !limits.isEmpty else { return nil }
        let pages = (statm() ?? "").split(separator: " ").compactMap { Int($0) }
        guard pages.count > 5 else { return nil }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        return limits.map { limit, place, name in (limit - pages[place] * page, name) }
            .min { $0.0 < $1.0 }
    }

    private static func limit(_ resource: __rlimit_resource_t) -> Int? {
        var values = rlimit()
        guard getrlimit(resource, &values) == 0, values.rlim_cur < UInt(Int.max) else { return nil }
        return Int(values.rlim_cur)
    }
}

/// A small file of the system; nil when it does not exist.
private func systemFile(_ path: String) -> String? {
    // A system without the file does not report that limit.
    (try? readRegularFile(path)).map { String(decoding: $0, as: UTF8.self) }
}

extension Sequence<Int> {
    /// The product of all numbers; nil when it does not fit.
    public var productIfFits: Int? {
        reduce(1 as Int?) { product, factor in
            guard let (value, overflow) = product?.multipliedReportingOverflow(by: factor) else { return nil }
            return overflow ? nil : value
        }
    }

    /// The sum of all numbers; nil when it does not fit.
    public var sumIfFits: Int? {
        reduce(0 as Int?) { sum, term in
            guard let (value, overflow) = sum?.addingReportingOverflow(term) else { return nil }
            return overflow ? nil : value
        }
    }
}
