// What launchers say about a process, read from their variables.
import Collectives
import Testing

@Suite("Launch environment")
struct LaunchEnvironmentTests {
    private static let mpirun = [
        "OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
        "OMPI_COMM_WORLD_LOCAL_SIZE": "4", "PMIX_RANK": "5", "PMIX_HOSTNAME": "node-2",
    ]
    private static let srun = [
        "PMIX_RANK": "3", "SLURM_PROCID": "3", "SLURM_STEP_NUM_TASKS": "4", "SLURM_LOCALID": "1",
        "SLURMD_NODENAME": "node-7", "SLURM_NTASKS": "4",
    ]

    @Test("A process that was started alone has none")
    func alone() throws {
        #expect(try LaunchEnvironment([:]) == nil)
        #expect(try LaunchEnvironment(["PATH": "/bin", "HOME": "/root"]) == nil)
    }

    @Test("The script of a job of Slurm is started alone, whatever the job asks for")
    func batchScript() throws {
        #expect(
            try LaunchEnvironment(["SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_ID": "7"]) == nil)
    }

    @Test("mpirun says everything")
    func openMPI() throws {
        let launch = try #require(try LaunchEnvironment(Self.mpirun))
        #expect(launch.launcher == .openMPI && launch.rank == 5 && launch.size == 8)
        #expect(launch.localRank == 1 && launch.localSize == 4 && launch.host == "node-2")
    }

    @Test("Inside a job of Slurm, mpirun's own numbers count, not those of the step that carries it")
    func openMPIInSlurm() throws {
        let launch = try LaunchEnvironment(
            Self.mpirun.merging([
                "SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "2", "SLURMD_NODENAME": "node-2",
            ]) { $1 })
        #expect(launch?.rank == 5 && launch?.size == 8)
    }

    @Test("srun says rank, size, place on the machine, and host")
    func slurm() throws {
        let launch = try #require(try LaunchEnvironment(Self.srun))
        #expect(launch.launcher == .slurm && launch.rank == 3 && launch.size == 4)
        #expect(launch.localRank == 1 && launch.localSize == nil && launch.host == "node-7")
    }

    @Test("srun says how many processes the machine has, by its number in a list")
    func slurmTasks() throws {
        for (node, list, count) in [
            ("0", "4", 4), ("1", "3,1", 1), ("2", "2(x3),1", 2), ("3", "2(x3),1", 1), ("4", "2(x3),1", nil),
        ] as [(String, String, Int?)] {
            let more = ["SLURM_NODEID": node, "SLURM_STEP_TASKS_PER_NODE": list, "SLURM_LOCALID": "0"]
            let launch = try LaunchEnvironment(Self.srun.merging(more) { $1 })
            #expect(launch?.localSize == count, "\(list)")
        }
        for list in ["", "x", "2(3)", "2(x0)", "2,,1", "0"] {
            let more = ["SLURM_NODEID": "0", "SLURM_STEP_TASKS_PER_NODE": list]
            #expect(throws: WorldError.self) { try LaunchEnvironment(Self.srun.merging(more) { $1 }) }
        }
    }

    @Test("Other launchers with PMIx say the rank; the size is found out later")
    func pmix() throws {
        let launch = try #require(try LaunchEnvironment(["PMIX_RANK": "2"]))
        #expect(launch.launcher == .pmix && launch.rank == 2 && launch.size == nil)
        #expect(!launch.host.isEmpty)
    }

    /// Variables that make no sense, and what the message says.
    struct Nonsense: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let variables: [String: String]
        let says: [String]
    }

    private static let nonsense: [Nonsense] = [
        Nonsense(
            testDescription: "a size without a rank", variables: ["OMPI_COMM_WORLD_SIZE": "2"],
            says: ["OMPI_COMM_WORLD_RANK", "missing"]),
        Nonsense(
            testDescription: "a rank without a size", variables: ["OMPI_COMM_WORLD_RANK": "0"],
            says: ["OMPI_COMM_WORLD_SIZE", "missing"]),
        Nonsense(
            testDescription: "words", variables: mpirun.merging(["OMPI_COMM_WORLD_SIZE": "many"]) { $1 },
            says: ["OMPI_COMM_WORLD_SIZE", "'many'", "whole number"]),
        Nonsense(
            testDescription: "a negative rank", variables: srun.merging(["PMIX_RANK": "-1"]) { $1 },
            says: ["PMIX_RANK", "'-1'"]),
        Nonsense(
            testDescription: "a rank beyond the size",
            variables: ["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "2"],
            says: ["mpirun", "process 2", "of 2"]),
        Nonsense(
            testDescription: "no processes at all",
            variables: ["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "0"],
            says: ["process 0", "of 0"]),
        Nonsense(
            testDescription: "more processes here than everywhere",
            variables: mpirun.merging(["OMPI_COMM_WORLD_LOCAL_SIZE": "9"]) { $1 }, says: ["9 of 8"]),
        Nonsense(
            testDescription: "a local rank beyond the local size",
            variables: mpirun.merging(["OMPI_COMM_WORLD_LOCAL_RANK": "4"]) { $1 },
            says: ["process 4", "of 4 on this machine"]),
        Nonsense(
            testDescription: "two ranks", variables: mpirun.merging(["PMIX_RANK": "6"]) { $1 },
            says: ["PMIX_RANK is 6", "OMPI_COMM_WORLD_RANK is 5"]),
        Nonsense(
            testDescription: "two ranks of Slurm", variables: srun.merging(["SLURM_PROCID": "0"]) { $1 },
            says: ["SLURM_PROCID is 0", "PMIX_RANK is 3"]),
        Nonsense(
            testDescription: "srun without PMIx",
            variables: srun.filter { $0.key != "PMIX_RANK" }, says: ["4 processes", "srun --mpi=pmix"]),
    ]

    @Test("Variables that make no sense are refused with the reason", arguments: nonsense)
    func refused(_ nonsense: Nonsense) {
        let error = #expect(throws: WorldError.self) { try LaunchEnvironment(nonsense.variables) }
        for word in nonsense.says {
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
    }
}
