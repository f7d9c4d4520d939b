// Chooses rows by counts or weights per task and source.
//
// Whether a row is chosen depends on the seed, its group and its id only, not on the other rows' order.
internal import Foundation
public import Outputs
internal import StrictJSON
internal import TrainingData

/// How many rows of which kind a mixture has.
public struct Mixture: Sendable, Equatable {
    /// Selects the rows.
    public var seed: UInt64 = 0
    /// Rows of the mixture; nil takes as many as counts and weights allow.
    public var total: Int?
    /// Rows by group; a group is a task, a source after a colon, or both.
    public var counts: [String: Int] = [:]
    /// Shares of the rows that `counts` leaves, by group.
    public var weights: [String: Double] = [:]
    /// Whether a group with too few rows gives them again; otherwise that is an error.
    public var repeats = false
    /// Whether the ids of each file start with its name, for files whose ids are the same.
    public var prefixesIDs = false

    /// All rows.
    public init() {}
}

/// What a mixture took of one group.
public struct MixtureCount: Sendable, Equatable {
    /// The group as it was named; `*` for all rows.
    public let group: String
    /// Rows that it has, and rows that the mixture has of it.
    public let rows: Int, taken: Int
}

extension Mixture {
    /// Writes the mixture, in the order of the files and their rows.
    ///
    /// - Parameters:
    ///   - inputs: The files.
    ///   - output: The file to write; it appears when it is complete.
    /// - Returns: Counts by group in alphabetical order, and how many rows are in no group.
    /// - Throws: ``DataEngineError`` for bad rows, an id that occurs twice, groups without enough rows and numbers that
    ///   contradict one another; `OutputError`.
    @discardableResult
    public func run(_ inputs: [RowFile], to output: OutputClaim) throws -> (
        counts: [MixtureCount], outside: Int
    ) {
        var pool = MixturePool(groups: try groups())
        for input in inputs { try add(input, to: &pool) }
        let wanted = try quotas(pool)
        var copies = [UInt32](repeating: 0, count: pool.groupOfRow.count)
        for (group, count) in wanted.enumerated() where count > 0 { choose(count, of: group, pool, &copies) }
        let writer = try RowWriter(output)
        var row = 0
        for input in inputs {
            try input.forEach { item in
                for copy in 0..<copies[row] { try write(item, id(item, input), copy: Int(copy), to: writer) }
                row += 1
            }
        }
        guard writer.count > 0 else {
            throw DataEngineError.impossible("the mixture has no rows, nothing written")
        }
        try writer.finish()
        let counts = zip(pool.names, wanted).enumerated().map { index, pair in
            MixtureCount(group: pair.0, rows: pool.rowsOfGroup[index].count, taken: pair.1)
        }
        return (counts, pool.groupOfRow.count { $0 == nil })
    }

    /// The named groups in alphabetical order; none when nothing is named.
    private func groups() throws -> [MixGroup] {
        for name in counts.keys where weights[name] != nil {
            throw DataEngineError.impossible("\(name) has both a count and a weight; give one of them")
        }
        return try (Array(counts.keys) + Array(weights.keys)).sorted().map { name in
            guard let group = MixGroup(name) else {
                throw DataEngineError.impossible(
                    "\"\(name)\" names no rows; expected a task, a source after a colon, or both: chart, :chartqa, "
                        + "chart:chartqa")
            }
            return group
        }
    }

    private func add(_ input: RowFile, to pool: inout MixturePool) throws {
        try input.forEach { row in
            let id = id(row, input)
            if let first = pool.add(row.sample, id: id, key: key(id, pool.name(of: row.sample))) {
                let advice =
                    prefixesIDs
                    ? "give each row its own id" : "--prefix-ids writes the file's name before each id"
                throw DataEngineError.badLine(
                    location: row.location,
                    problem: "the id \"\(id)\" was used before (row \(first + 1)); \(advice)")
            }
        }
    }

    /// The id of a row in the mixture.
    private func id(_ row: DataRow, _ input: RowFile) -> String {
        guard prefixesIDs else { return row.sample.id }
        return URL(fileURLWithPath: input.path).deletingPathExtension().lastPathComponent + "/"
            + row.sample.id
    }

    /// Where a row comes in the order of choice.
    private func key(_ id: String, _ group: String) -> UInt64 { Digest("\(seed) \(group) \(id)").word }

    /// How many rows each group gives.
    private func quotas(_ pool: MixturePool) throws -> [Int] {
        guard !pool.groups.isEmpty else {
            let wanted = [total ?? pool.rowsOfGroup[0].count]
            try requireEnough(wanted, pool)
            return wanted
        }
        var wanted = pool.names.map { counts[$0] ?? 0 }
        let fixed = wanted.reduce(0, +)
        let weighted = pool.names.indices.filter { weights[pool.names[$0]] != nil }
        let parts = weighted.map { weights[pool.names[$0]] ?? 0 }
        if weighted.isEmpty {
            guard total ?? fixed == fixed else {
                throw DataEngineError.impossible(
                    "the counts add up to \(fixed) rows, the total is \(total ?? 0); give weights for the others, or "
                        + "leave the total out")
            }
        } else {
            let rest: Int
            if let total {
                rest = total - fixed
            } else {
                // As many as the scarcest group allows.
                let largest = parts.max() ?? 1
                let sum = parts.reduce(0) { $0 + $1 / largest }
                let most = zip(weighted, parts).map { group, weight -> Double in
                    Double(pool.rowsOfGroup[group].count) * sum / (weight / largest)
                }
                rest = Int(min(most.min() ?? 0, Double(pool.groupOfRow.count)))
            }
            guard rest >= 0 else {
                throw DataEngineError.impossible(
                    "the counts add up to \(fixed) rows, more than the total of \(total ?? 0)")
            }
            for (group, share) in zip(weighted, shares(of: rest, parts)) { wanted[group] = share }
        }
        try requireEnough(wanted, pool)
        return wanted
    }

    private func requireEnough(_ wanted: [Int], _ pool: MixturePool) throws {
        let short = wanted.indices.filter { group in
            let count = pool.rowsOfGroup[group].count
            return wanted[group] > count && (!repeats || count == 0)
        }
        guard let first = short.first else { return }
        let texts = short.map { "\(pool.names[$0]) has \(pool.rowsOfGroup[$0].count) rows of \(wanted[$0])" }
        let known = pool.rowsOfGroup[first].isEmpty ? "; the rows have: " + pool.kinds : ""
        throw DataEngineError.impossible(
            "too few rows: \(texts.joined(separator: ", "))\(known); ask for fewer"
                + (repeats ? "" : ", or repeat rows (--repeat)"))
    }

    /// Chooses rows of a group: all of them as often as they fit, then those that come first in the order of choice.
    private func choose(_ count: Int, of group: Int, _ pool: MixturePool, _ copies: inout [UInt32]) {
        let rows = pool.rowsOfGroup[group]
        let (rounds, rest) = count.quotientAndRemainder(dividingBy: rows.count)
        for row in rows { copies[Int(row)] += UInt32(rounds) }
        let order = rows.sorted { (pool.keys[Int($0)], $0) < (pool.keys[Int($1)], $1) }
        for row in order.prefix(rest) { copies[Int(row)] += 1 }
    }

    private func write(_ row: DataRow, _ id: String, copy: Int, to writer: RowWriter) throws {
        guard copy > 0 || id != row.sample.id else { return try writer.write(row) }
        let name = copy > 0 ? "\(id)~\(copy + 1)" : id
        let line = try OrderedJSON(parsing: writer.line(of: row)).setting("id", to: .string(name))
        try writer.write(line: Array(line.compact.utf8))
    }
}

/// The rows of all files: their groups and their places in the order of choice, about 50 bytes each.
private struct MixturePool {
    let groups: [MixGroup]
    /// The groups by name; `*` when no group is named.
    let names: [String]
    private(set) var rowsOfGroup: [[UInt32]]
    private(set) var groupOfRow: [UInt16?] = []
    private(set) var keys: [UInt64] = []
    private var ids: [Digest: UInt32] = [:]
    private var counts: [String: Int] = [:]

    init(groups: [MixGroup]) {
        self.groups = groups
        names = groups.isEmpty ? ["*"] : groups.map(\.name)
        rowsOfGroup = Array(repeating: [], count: names.count)
    }

    /// The tasks and sources that the rows have, for messages.
    var kinds: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    /// The group of a row: the one with task and source, then that of the task, then that of the source.
    private func group(of sample: Sample) -> Int? {
        if groups.isEmpty { return 0 }
        let found = groups.indices.filter { groups[$0].holds(sample) }
        func rank(_ index: Int) -> Int {
            groups[index].task == nil ? 2 : groups[index].source == nil ? 1 : 0
        }
        return found.min { rank($0) < rank($1) }
    }

    func name(of sample: Sample) -> String { group(of: sample).map { names[$0] } ?? "" }

    /// Adds a row; returns the row that has its id already.
    mutating func add(_ sample: Sample, id: String, key: UInt64) -> Int? {
        let row = UInt32(groupOfRow.count)
        if let first = ids.updateValue(row, forKey: Digest(id)) { return Int(first) }
        let group = group(of: sample)
        if let group { rowsOfGroup[group].append(row) }
        groupOfRow.append(group.map { UInt16($0) })
        keys.append(key)
        counts["\(sample.task.rawValue):\(sample.source)", default: 0] += 1
        return nil
    }
}
