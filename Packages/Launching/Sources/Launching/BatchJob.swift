// The batch script of a run under Slurm.
internal import Collectives

/// A job of Slurm that makes a run, and queues itself again when it has to stop before the run is complete.
public struct BatchJob: Equatable, Sendable {
    /// Machines.
    public let nodes: Int
    /// Processes on each machine.
    public let tasksPerNode: Int
    /// Cores of each process; nil leaves it to the partition.
    public let cpusPerTask: Int?
    /// The time limit in Slurm's form, such as `24:00:00`; nil for that of the partition.
    public let time: String?
    /// The partition; nil for the default one.
    public let partition: String?

    /// Seconds before the time limit at which the job stops and saves.
    public static let notice = 120

    /// A job.
    ///
    /// - Throws: `WorldError.memberCount` unless the number of processes is a power of two.
    public init(nodes: Int, tasksPerNode: Int, cpusPerTask: Int?, time: String?, partition: String?) throws {
        try MPILaunch.check(nodes * tasksPerNode)
        (self.nodes, self.tasksPerNode, self.cpusPerTask) = (nodes, tasksPerNode, cpusPerTask)
        (self.time, self.partition) = (time, partition)
    }

    /// The batch script.
    ///
    /// It resumes the run when its folder contains one, so the same script serves the first time and all later ones.
    ///
    /// - Parameter run: The run; its paths hold on all machines, seen from the folder in which the job is submitted.
    /// - Returns: Its text.
    public func script(_ run: LaunchedRun) -> String {
        let name = run.folder.split(separator: "/").last.map(String.init) ?? "run"
        let directives =
            [
                "--job-name=\(name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })",
                "--nodes=\(nodes)", "--ntasks-per-node=\(tasksPerNode)",
            ] + (cpusPerTask.map { ["--cpus-per-task=\($0)"] } ?? [])
            + (time.map { ["--time=\($0)"] } ?? []) + (partition.map { ["--partition=\($0)"] } ?? []) + [
                "--signal=B:TERM@\(Self.notice)", "--requeue", "--open-mode=append",
            ]
        // Since Slurm 22.05 srun does not take the number from the job.
        let cpus = cpusPerTask.map { " --cpus-per-task=\($0)" } ?? ""
        return """
            #!/bin/bash
            \(directives.map { "#SBATCH \($0)" }.joined(separator: "\n"))

            # Begins the run, or resumes it where its folder contains one.
            if [ -e \(shellText([run.marker])) ]; then
                command=(\(shellText(run.resuming)))
            else
                command=(\(shellText(run.beginning)))
            fi

            # Slurm sends SIGTERM to this script \(Self.notice) seconds before the time limit. It goes on to the processes of
            # the step, once; they stop and save. srun itself would kill them.
            stop() {
                interrupted=1
                [ -n "$asked" ] || scancel --signal=TERM "$SLURM_JOB_ID"
                asked=1
            }
            trap stop TERM
            srun --mpi=pmix --kill-on-bad-exit=1\(cpus) "${command[@]}" &
            step=$!
            # A signal ends a wait before the step has ended.
            while :; do
                interrupted=
                wait "$step"
                code=$?
                [ -n "$interrupted" ] || break
            done

            # 143: stopped by SIGTERM and saved.
            if [ "$code" -eq 143 ]; then
                scontrol requeue "$SLURM_JOB_ID"
            fi
            exit "$code"

            """
    }
}
