// What the program that started this process says about it: which of how many it is.
internal import Glibc

/// What a launcher of many processes says about this one.
public struct LaunchEnvironment: Equatable, Sendable {
    /// A program that starts processes.
    public enum Launcher: String, Sendable {
        /// Open MPI's `mpirun`, also inside a job of Slurm.
        case openMPI = "mpirun"
        /// Slurm's `srun --mpi=pmix`.
        case slurm = "srun"
        /// Another launcher that speaks PMIx.
        case pmix = "PMIx"
    }

    /// What started this process.
    public let launcher: Launcher
    /// This process's number, from 0.
    public let rank: Int
    /// The number of processes; nil when the launcher does not say it before the processes meet.
    public let size: Int?
    /// This process's number among those of its machine; nil when the launcher does not say it.
    public let localRank: Int?
    /// The number of processes on this machine; nil when the launcher does not say it.
    public let localSize: Int?
    /// The name of this machine.
    public let host: String

    /// Reads what the launcher says; nil when the process was started alone.
    ///
    /// - Parameter variables: The environment of the process.
    /// - Throws: ``WorldError/launch(_:)`` when the variables contradict each other, and when Slurm started several
    ///   processes that cannot find each other.
    public init?(_ variables: [String: String]) throws {
        let numbers = Variables(all: variables)
        host = variables["PMIX_HOSTNAME"] ?? variables["SLURMD_NODENAME"] ?? Self.hostName
        if variables["OMPI_COMM_WORLD_SIZE"] != nil || variables["OMPI_COMM_WORLD_RANK"] != nil {
            launcher = .openMPI
            (rank, size) = (try numbers("OMPI_COMM_WORLD_RANK"), try numbers("OMPI_COMM_WORLD_SIZE"))
            localRank = try numbers.known("OMPI_COMM_WORLD_LOCAL_RANK")
            localSize = try numbers.known("OMPI_COMM_WORLD_LOCAL_SIZE")
            try numbers.compare("PMIX_RANK", with: "OMPI_COMM_WORLD_RANK", rank)
        } else if variables["PMIX_RANK"] != nil, variables["SLURM_STEP_NUM_TASKS"] != nil {
            launcher = .slurm
            (rank, size) = (try numbers("PMIX_RANK"), try numbers("SLURM_STEP_NUM_TASKS"))
            localRank = try numbers.known("SLURM_LOCALID")
            localSize = try numbers.tasks(onNode: "SLURM_NODEID", in: "SLURM_STEP_TASKS_PER_NODE")
            try numbers.compare("SLURM_PROCID", with: "PMIX_RANK", rank)
        } else if variables["PMIX_RANK"] != nil {
            launcher = .pmix
            (rank, size, localRank, localSize) = (try numbers("PMIX_RANK"), nil, nil, nil)
        } else {
            let tasks = try numbers.known("SLURM_STEP_NUM_TASKS") ?? 1
            guard tasks <= 1 else {
                throw WorldError.launch(
                    "Slurm started \(tasks) processes that cannot find each other: SLURM_STEP_NUM_TASKS is \(tasks) and "
                        + "PMIX_RANK is missing; start them with 'srun --mpi=pmix' or with mpirun")
            }
            return nil
        }
        try check()
    }

    private func check() throws {
        let name = launcher.rawValue
        if let size {
            guard rank < size else {
                throw WorldError.launch(
                    "\(name) says that this is process \(rank), counted from 0, of \(size)")
            }
        }
        if let localRank, let localSize {
            guard localRank < localSize else {
                throw WorldError.launch(
                    "\(name) says that this is process \(localRank), counted from 0, of \(localSize) on this machine"
                )
            }
        }
        if let localSize, let size {
            guard localSize <= size else {
                throw WorldError.launch(
                    "\(name) says that \(localSize) of \(size) processes run on this machine")
            }
        }
    }

    /// The machine's own name.
    static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "a machine without a name" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Numbers among the variables.
private struct Variables {
    let all: [String: String]

    func known(_ name: String) throws -> Int? {
        guard let text = all[name] else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw WorldError.launch(
                "the launcher's variable \(name) is '\(text)'; expected a whole number from 0")
        }
        return number
    }

    /// The entry with the number `node` of a list such as `2(x3),1`, which says 2 for three nodes and then 1.
    func tasks(onNode node: String, in list: String) throws -> Int? {
        guard let node = try known(node), let text = all[list] else { return nil }
        var counts: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: "(", omittingEmptySubsequences: false)
            let repeats = words.count == 2 && words[1].hasPrefix("x") && words[1].hasSuffix(")")
            let times = repeats ? Int(words[1].dropFirst().dropLast()) : words.count == 1 ? 1 : nil
            guard let count = Int(words[0]), let times, count > 0, (1...1 << 20).contains(times) else {
                throw WorldError.launch(
                    "the launcher's variable \(list) is '\(text)'; expected counts such as 2(x3),1")
            }
            counts += Array(repeating: count, count: times)
        }
        return counts.indices.contains(node) ? counts[node] : nil
    }

    func callAsFunction(_ name: String) throws -> Int {
        guard let number = try known(name) else {
            throw WorldError.launch(
                "the launcher's variable \(name) is missing, although others of it are there; "
                    + "were variables removed or set by hand?")
        }
        return number
    }

    func compare(_ name: String, with other: String, _ value: Int) throws {
        guard let number = try known(name), number != value else { return }
        throw WorldError.launch(
            "the launcher's variables contradict each other: \(name) is \(number), \(other) is \(value)")
    }
}
