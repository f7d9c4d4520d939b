// The disk of a run: checkpoints and records, and how fast checkpoints are written.
internal import Basics
internal import Checkpoint
internal import Foundation
internal import PolicyOptimization
internal import Rollouts
internal import TensorMath

extension RunPlanner {
    /// The disk of a run.
    ///
    /// - Throws: When the run's folder cannot be asked for its free bytes.
    func disk(of configuration: RunConfiguration, _ need: RunNeed) throws -> RunPlan.Disk {
        var disk = RunPlan.Disk()
        disk.free = try freeBytes(of: request.folder)
        let options = configuration.checkpoints, steps = configuration.steps
        if steps > 0 {
            let each = CheckpointWriter.storedByteCount(need.saved)
            let saves = options.every > 0 ? (steps + options.every - 1) / options.every : 1
            // An older one is removed only after the new one is complete.
            var kept = options.keepLast > 0 ? min(saves, options.keepLast + 1) : saves
            if options.keepBest { kept = min(saves, kept + 1) }
            disk.parts.append(
                .init(
                    name: "checkpoints", bytes: kept * each,
                    from: "\(kept) of \(byteText(each)) at the same time, weights and moments in float32"))
        }
        disk.parts.append(
            .init(
                name: "records", bytes: recordBytes(configuration),
                from: "about, for answers of the most tokens"))
        disk.total = disk.parts.reduce(0) { $0 + $1.bytes }
        return disk
    }

    /// Bytes of the lines that a run writes: about 600 for an answer and 5 for each of its tokens, 4,000 for the numbers of
    /// a step.
    private func recordBytes(_ configuration: RunConfiguration) -> Int {
        let (grpo, evaluation) = (configuration.grpo, configuration.evaluation)
        let evaluations = 2 + (evaluation.every > 0 ? configuration.steps / evaluation.every : 0)
        let rows = testRowCount(configuration)
        let sample = configuration.method == .grpo ? grpo.groupSize * (600 + 5 * grpo.maxNewTokens) : 0
        return configuration.steps * (4000 + sample)
            + evaluations * rows * (1 + evaluation.answersPerPrompt) * (600 + 5 * evaluation.maxNewTokens)
    }
}

/// The free bytes of the disk of a folder, or of the nearest folder above that exists.
private func freeBytes(of folder: String) throws -> Int {
    var url = URL(fileURLWithPath: folder).standardizedFileURL
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
    var status = statvfs()
    guard statvfs(url.path, &status) == 0 else {
        throw RunError.cannotWrite(path: folder, reason: String(cString: strerror(errno)))
    }
    return Int(status.f_bavail) * Int(status.f_frsize)
}

/// Bytes of a checkpoint that are hashed, written and verified in a second on the disk of a folder, measured with 32 MiB.
func writtenBytesPerSecond(in folder: String) throws -> Double {
    let count = 32 << 20
    var url = URL(fileURLWithPath: folder).standardizedFileURL
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
    let path = url.appendingPathComponent(".r1-plan-\(ProcessInfo.processInfo.processIdentifier).h5").path
    defer { try? FileManager.default.removeItem(atPath: path) }  // There is none when writing it failed.
    let words = (0..<UInt64(count / 8)).map { $0 &* 0x9E37_79B9_7F4A_7C15 }
    var watch = Stopwatch()
    let writer = try CheckpointWriter(path, expectedByteCount: CheckpointWriter.storedByteCount([count]))
    try words.withUnsafeBytes {
        try writer.add(TensorInfo(name: "trial", dtype: .uint8, shape: [count]), bytes: $0)
    }
    try writer.commit()
    try openCheckpoint(path).requireSound()
    return Double(count) / max(1e-6, watch.lap())
}
