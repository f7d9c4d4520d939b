// From options to command lines and batch scripts.
import ChildProcess
import Collectives
import Foundation
import TestKit
import Testing

@testable import Launching

@Suite("Launching")
struct LaunchingTests {
    private let folder = TemporaryFolder()

    private func run(_ assignments: [String] = []) -> LaunchedRun {
        LaunchedRun(
            program: "/bin/r1-train", method: "grpo", config: "my.yaml", folder: folder.path("first"),
            assignments: assignments)
    }

    private func mpirun(
        _ processes: Int, cores: Int, threads: Int? = nil, isRoot: Bool = false, isVerbose: Bool = false
    ) throws -> MPILaunch {
        try MPILaunch(
            run(), on: .here(processes: processes, cores: cores), threads: threads, isRoot: isRoot,
            isVerbose: isVerbose)
    }

    @Test("A new folder begins a run; one that contains a run resumes it")
    func words() throws {
        let run = run(["steps=3", "seed=1"])
        #expect(
            run.words == [
                "/bin/r1-train", "grpo", "--config", "my.yaml", "--run", folder.path("first"), "--set",
                "steps=3", "--set", "seed=1",
            ])
        try FileManager.default.createDirectory(at: folder.url("first"), withIntermediateDirectories: true)
        #expect(!run.exists)
        try folder.write("first/config.yaml", "")
        #expect(run.words == ["/bin/r1-train", "resume", folder.path("first")])
    }

    @Test("A shell reads quoted words back")
    func quoting() throws {
        let words = [
            "plain-1_2./=:,@%+", "two words", "it's", "", "$HOME \"x\" `y` \\", "a;b|c&d>e", "*", "é",
        ]
        let text = shellText(words)
        #expect(text.hasPrefix("plain-1_2./=:,@%+ 'two words' 'it'\\''s' '' "))
        let printed = try FinishedCommand(["sh", "-c", "printf '%s\\n' \(text)"])
        #expect(printed.output == words.map { $0 + "\n" }.joined())
    }

    @Test("Processes of one machine are bound to equal shares of its cores")
    func binding() throws {
        let start = ["mpirun", "--quiet", "-n"]
        #expect(
            try mpirun(4, cores: 18).words == start + ["4", "--map-by", "slot:PE=4", "--bind-to", "core"]
                + run().words)
        #expect(try mpirun(4, cores: 18, threads: 2).words.contains("slot:PE=2"))
        #expect(try mpirun(1, cores: 1).words.contains("slot:PE=1"))
        let root = try mpirun(1, cores: 1, isRoot: true, isVerbose: true)
        #expect(root.words.prefix(3) == ["mpirun", "--allow-run-as-root", "-n"])
        #expect(root.warnings.isEmpty)
    }

    @Test("More processes than cores are allowed and warned of; more threads are refused")
    func crowded() throws {
        let launch = try mpirun(8, cores: 6)
        #expect(
            launch.words == ["mpirun", "--quiet", "-n", "8", "--oversubscribe", "--bind-to", "none"]
                + run().words)
        #expect(launch.warnings.count == 1 && launch.warnings[0].contains("8 processes share 6 cores"))
        #expect(launch.warnings[0].hasSuffix("slower than 4"))
        let error = LaunchError.tooManyThreads(threads: 4, processes: 2, cores: 6)
        #expect(throws: error) { try mpirun(2, cores: 6, threads: 4) }
        #expect("\(error)".contains("need 8 cores") && "\(error)".contains("at most 3"))
    }

    @Test("Another number of processes is refused with both neighbors", arguments: [3, 6, 12])
    func notAPowerOfTwo(_ count: Int) throws {
        let error = #expect(throws: WorldError.memberCount(count)) { try mpirun(count, cores: 16) }
        let lower = [3: 2, 6: 4, 12: 8][count] ?? 0
        #expect("\(try #require(error))".contains("\(lower) or \(2 * lower)"))
        let hosts = try HostFile("h", text: "a slots=\(count - 1)\nb slots=1")
        #expect(throws: WorldError.memberCount(count)) {
            try MPILaunch(run(), on: .hosts(hosts), threads: nil, isRoot: false)
        }
        #expect(throws: WorldError.memberCount(count)) {
            try BatchJob(nodes: count, tasksPerNode: 1, cpusPerTask: nil, time: nil, partition: nil)
        }
    }

    @Test("A host file gives the number of processes, and threads where they are given")
    func hosts() throws {
        let text = "# two machines\n\nnode1 slots=4  # the first\nuser@10.0.0.2   slots=4 max_slots=8\n"
        let path = try folder.write("hosts", text)
        let file = try HostFile(path)
        #expect(file.hosts == [.init(name: "node1", slots: 4), .init(name: "user@10.0.0.2", slots: 4)])
        let launch = try MPILaunch(run(), on: .hosts(file), threads: nil, isRoot: false)
        #expect(
            launch.words == [
                "mpirun", "--quiet", "-n", "8", "--hostfile", path, "--map-by", "slot", "--bind-to", "none",
            ]
                + run().words)
        let threads = try MPILaunch(run(), on: .hosts(file), threads: 6, isRoot: false)
        #expect(threads.words.contains("slot:PE=6") && threads.words.contains("core"))
    }

    @Test(
        "A line of another form is named",
        arguments: [
            "node1", "node1 slots=0", "node1 slots=x", "node1 slots = 4", "slots=4", "node1:4",
            "node1 slots=4 slots=4",
            "node1 slots=4 cores=2",
        ])
    func badHosts(_ line: String) throws {
        let error = #expect(throws: LaunchError.self) {
            try HostFile("hosts", text: "good slots=1\n\(line)\n")
        }
        let text = "\(try #require(error))"
        #expect(text.hasPrefix("--hosts: hosts:2: expected a host") && text.hasSuffix("found: \(line)"))
    }

    @Test("A host file that is missing or empty is named")
    func noHosts() throws {
        let missing = #expect(throws: LaunchError.self) { try HostFile(folder.path("none")) }
        #expect("\(try #require(missing))".contains("none: it cannot be read"))
        #expect(throws: LaunchError.badHosts("h", "it names no host; expected lines such as: node1 slots=4"))
        {
            try HostFile("h", text: "# nothing\n")
        }
    }

    @Test("The end of mpirun becomes the exit code of the run, with a message where mpirun printed none")
    func ends() {
        func end(_ code: Int32, spoken: Bool = true, stop: Int32? = nil) -> LaunchEnd {
            LaunchEnd(.code(code), hasSpoken: spoken, stop: stop, folder: "runs/x")
        }
        #expect(end(0, spoken: false) == .code(0))
        #expect(end(1) == .code(1))
        #expect(end(1, spoken: false) == .failed(.silent(code: 1), code: 1))
        // The run stopped and saved: the code is that of the signal that the launcher got.
        #expect(end(140, stop: 15) == .code(143))
        #expect(end(143, stop: 15) == .code(143))
        #expect(end(1, stop: 15) == .code(1))
        #expect(end(137) == .failed(.killed(signal: 9, folder: "runs/x"), code: 137))
        #expect(
            LaunchEnd(.signal(12), hasSpoken: false, stop: 2, folder: "runs/x") == .code(130))
        #expect("\(LaunchError.killed(signal: 9, folder: "runs/x"))".contains("memory"))
    }

    @Test(
        "A time limit goes to the processes that begin a run or resume it, --broadcast to those that resume")
    func passedOn() {
        var run = run()
        run.timeout = 0.5
        #expect(run.beginning.suffix(2) == ["--timeout", "0.5"])
        #expect(run.resuming == [run.program, "resume", run.folder, "--timeout", "0.5"])
        run.broadcasts = true
        #expect(run.resuming.last == "--broadcast" && !run.beginning.contains("--broadcast"))
    }

    @Test("A launcher that goes on after its processes have ended is ended, with what it started")
    func stuck() throws {
        let member = folder.path("member")
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: member)
        let launcher = try ForegroundProcess("/bin/sh", ["-c", "\(member) 1; sleep 300; true"])
        let watch = LaunchWatch(launcher, program: member, patience: .milliseconds(200))
        let (exit, hasSpoken) = launcher.wait()
        watch.stop()
        #expect(exit == .signal(SIGKILL) && watch.hasEnded && !hasSpoken)
        let end = LaunchEnd(exit, hasSpoken: false, stop: nil, wasStuck: true, folder: "runs/x")
        #expect(end == .failed(.stuck(folder: "runs/x"), code: 1))
        #expect(LaunchEnd(exit, hasSpoken: true, stop: nil, wasStuck: true, folder: "runs/x") == .code(1))
        #expect("\(LaunchError.stuck(folder: "runs/x"))".contains("r1-train resume runs/x"))
    }

    @Test("A launcher whose program is replaced while it runs is left alone")
    func replaced() throws {
        let member = folder.path("member")
        try FileManager.default.copyItem(atPath: "/bin/sleep", toPath: member)
        let launcher = try ForegroundProcess("/bin/sh", ["-c", "\(member) 60; exit 3"])
        let watch = LaunchWatch(launcher, program: member, patience: .milliseconds(200))
        var found: RunningProgram?
        for _ in 0..<2000 where found == nil {
            usleep(10_000)
            found = launcher.descendants?.first { $0.executable == member }
        }
        usleep(300_000)
        try FileManager.default.removeItem(atPath: member)
        usleep(1_000_000)
        // The test waits for the launcher in both cases: exit tests hang beside a child that was not waited for.
        if let found { kill(found.id, SIGTERM) } else { launcher.killAll() }
        let (exit, _) = launcher.wait()
        watch.stop()
        #expect(found != nil && exit == .code(3) && !watch.hasEnded)
    }

    @Test("A launcher whose processes are on other machines is left alone")
    func elsewhere() throws {
        let launcher = try ForegroundProcess("/bin/sh", ["-c", "sleep 1; exit 3"])
        let watch = LaunchWatch(launcher, program: folder.path("member"), patience: .milliseconds(10))
        let (exit, _) = launcher.wait()
        watch.stop()
        #expect(exit == .code(3) && !watch.hasEnded)
    }

    // MARK: - Slurm

    /// What a batch script calls, in the order of the calls.
    ///
    /// Replacements of srun, scancel and scontrol record their arguments; that of srun ends with a code,
    /// after a signal where one is asked for.
    private func calls(_ script: String, code: Int32, signal: Bool) throws -> (calls: [String], exit: Int32) {
        let programs = folder.path("bin")
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
        let log = folder.path("log")
        for (name, body) in [
            (
                "srun",
                signal
                    ? "kill -TERM $PPID; while [ ! -e \(folder.path("asked")) ]; do sleep 0.01; done; exit \(code)"
                    : "exit \(code)"
            ), ("scancel", "touch \(folder.path("asked"))"), ("scontrol", "true"),
        ] {
            let path = try folder.write("bin/\(name)", "#!/bin/sh\necho \"\(name) $*\" >> \(log)\n\(body)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        try folder.write("log", "")
        let file = try folder.write("job.sbatch", script)
        let finished = try FinishedCommand([
            "--default-signal", "PATH=\(programs):/usr/bin:/bin", "SLURM_JOB_ID=7", "timeout", "60", "bash",
            file,
        ])
        #expect(finished.errors.isEmpty, "\(finished.errors)")
        return (try folder.text("log").split(separator: "\n").map(String.init), finished.exitCode)
    }

    private func script(cpus: Int? = 8) throws -> String {
        try BatchJob(nodes: 2, tasksPerNode: 4, cpusPerTask: cpus, time: "1-12", partition: "main")
            .script(run(["data.train=two words.jsonl"]))
    }

    @Test("The batch script asks for the job and for the signal before its limit")
    func directives() throws {
        let lines = try script().split(separator: "\n").filter { $0.hasPrefix("#SBATCH ") }.map {
            $0.dropFirst(8)
        }
        #expect(
            lines == [
                "--job-name=first", "--nodes=2", "--ntasks-per-node=4", "--cpus-per-task=8", "--time=1-12",
                "--partition=main", "--signal=B:TERM@120", "--requeue", "--open-mode=append",
            ])
        let least = try BatchJob(nodes: 1, tasksPerNode: 1, cpusPerTask: nil, time: nil, partition: nil)
            .script(run())
        #expect(
            !least.contains("cpus-per-task") && !least.contains("--time") && !least.contains("--partition"))
    }

    @Test("The batch script begins a run, resumes it when its folder is there, and passes on its exit code")
    func steps() throws {
        let start = "srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task=8 /bin/r1-train "
        let new = try calls(script(), code: 0, signal: false)
        let words = "grpo --config my.yaml --run \(folder.path("first")) --set data.train=two words.jsonl"
        #expect(new.calls == [start + words] && new.exit == 0)
        try FileManager.default.createDirectory(at: folder.url("first"), withIntermediateDirectories: true)
        try folder.write("first/config.yaml", "")
        let resumed = try calls(script(), code: 1, signal: false)
        #expect(resumed.calls == [start + "resume \(folder.path("first"))"] && resumed.exit == 1)
    }

    @Test("SIGTERM goes on to the step; a run that saved is queued again, one that was complete is not")
    func requeued() throws {
        let start = "srun --mpi=pmix --kill-on-bad-exit=1 /bin/r1-train grpo --config my.yaml --run "
        for (code, last) in [(Int32(143), ["scontrol requeue 7"]), (0, []), (1, [])] {
            try? FileManager.default.removeItem(at: folder.url("asked"))
            let ended = try calls(script(cpus: nil), code: code, signal: true)
            #expect(ended.exit == code)
            #expect(ended.calls.first?.hasPrefix(start) == true)
            #expect(Array(ended.calls.dropFirst()) == ["scancel --signal=TERM 7"] + last)
        }
    }
}
