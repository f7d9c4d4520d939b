// The command line of one process of a run.
internal import Foundation

/// A run that several processes make together.
public struct LaunchedRun: Equatable, Sendable {
    /// The path of r1-train, the same on all machines.
    public var program: String
    /// `grpo` or `sft`.
    public var method: String
    /// The file of settings.
    public var config: String
    /// The run directory.
    public var folder: String
    /// Single settings over the file, as `path=value`.
    public var assignments: [String]
    /// Minutes that a process waits for another; nil for the program's default.
    public var timeout: Double?
    /// Whether process 0 sends a run that resumes to machines without its folder.
    public var broadcasts: Bool

    /// A run.
    public init(
        program: String, method: String, config: String, folder: String, assignments: [String] = [],
        timeout: Double? = nil, broadcasts: Bool = false
    ) {
        (self.program, self.method, self.config) = (program, method, config)
        (self.folder, self.assignments) = (folder, assignments)
        (self.timeout, self.broadcasts) = (timeout, broadcasts)
    }

    /// The file whose existence makes the folder a run: the settings that it resumes with.
    public var marker: String { "\(folder)/config.yaml" }

    /// Whether the folder contains a run, which then resumes.
    public var exists: Bool { FileManager.default.fileExists(atPath: marker) }

    /// The words that begin the run.
    public var beginning: [String] {
        [program, method, "--config", config, "--run", folder] + assignments.flatMap { ["--set", $0] }
            + waiting
    }

    /// The words that resume it.
    public var resuming: [String] {
        [program, "resume", folder] + waiting + (broadcasts ? ["--broadcast"] : [])
    }

    private var waiting: [String] { timeout.map { ["--timeout", "\($0)"] } ?? [] }

    /// The words that begin or resume it, whichever is possible now.
    public var words: [String] { exists ? resuming : beginning }
}

/// Words as a POSIX shell reads them back: plain ones as they are, others in single quotes.
///
/// - Parameter words: Any texts.
/// - Returns: One line, unless a word has a line break.
public func shellText(_ words: [String]) -> String {
    words.map { word in
        let isPlain =
            !word.isEmpty
            && word.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "-_./=:,@%+".unicodeScalars.contains($0)
            }
        return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }.joined(separator: " ")
}
