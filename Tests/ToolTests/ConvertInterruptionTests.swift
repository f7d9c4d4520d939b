// r1-convert under kill -9 and on a full disk: the result appears whole or not at all.
import Foundation
import TestKit
import Testing

@Suite struct ConvertInterruptionTests {
    let folder = TemporaryFolder()
    let tiny = Fixtures.url("checkpoints/qwen25vl-tiny").path

    @Test(
        "A conversion killed while it writes leaves no destination, and the next one clears away what it left"
    )
    func killed() throws {
        try killWhileWriting([tiny, folder.path("model.h5")])
        #expect(!folder.has("model.h5"))
        #expect(try convert(tiny, folder.path("model.h5")).exitCode == 0)
        #expect(try folder.names() == ["model.h5"])

        try killWhileWriting([folder.path("model.h5"), folder.path("back")])
        #expect(!folder.has("back"))
        #expect(try convert(folder.path("model.h5"), folder.path("back")).exitCode == 0)
        #expect(try folder.names() == ["back", "model.h5"])
        #expect(try diff(tiny, folder.path("back")).exitCode == 0)
    }

    @Test("With --overwrite the old result stays until the new one is complete")
    func killedOverwriting() throws {
        let other = Fixtures.url("checkpoints/qwen25vl-tiny-ref").path
        #expect(try convert(tiny, folder.path("model.h5")).exitCode == 0)
        #expect(try convert(folder.path("model.h5"), folder.path("back")).exitCode == 0)
        #expect(try convert(other, folder.path("other.h5")).exitCode == 0)
        let old = try Data(contentsOf: folder.url("model.h5"))

        try killWhileWriting(["--overwrite", other, folder.path("model.h5")])
        #expect(try Data(contentsOf: folder.url("model.h5")) == old)
        try killWhileWriting(["--overwrite", folder.path("other.h5"), folder.path("back")])
        #expect(try diff(tiny, folder.path("back")).exitCode == 0)

        #expect(try convert("--overwrite", other, folder.path("model.h5")).exitCode == 0)
        #expect(try convert("--overwrite", folder.path("other.h5"), folder.path("back")).exitCode == 0)
        #expect(try diff(other, folder.path("model.h5")).exitCode == 0)
        #expect(try diff(other, folder.path("back")).exitCode == 0)
        #expect(try folder.names() == ["back", "model.h5", "other.h5"])
    }

    @Test("A kill at any moment leaves the destination absent or complete")
    func killedAnywhere() throws {
        for milliseconds in stride(from: 1, to: 60, by: 5) {
            let running = try RunningTool("r1-convert", [tiny, folder.path("model.h5")])
            usleep(UInt32(milliseconds) * 1000)
            running.signal(SIGKILL)
            _ = try running.finish()
            guard folder.has("model.h5") else { continue }
            #expect(
                try convert("verify", folder.path("model.h5")).exitCode == 0, "after \(milliseconds) ms")
            try FileManager.default.removeItem(at: folder.url("model.h5"))
        }
    }

    @Test(
        "A kill at any moment of writing a delta leaves none or a whole one, and the next run ends the same")
    func killedDelta() throws {
        let other = Fixtures.url("checkpoints/qwen25vl-tiny-ref").path
        let command = ["delta", "--overwrite", tiny, other, "-o", folder.path("d")]
        #expect(try run("r1-convert", command).exitCode == 0)
        let whole = try Data(contentsOf: folder.url("d"))
        for milliseconds in stride(from: 1, to: 60, by: 9) {
            try FileManager.default.removeItem(at: folder.url("d"))
            let running = try RunningTool("r1-convert", command)
            usleep(UInt32(milliseconds) * 1000)
            running.signal(SIGKILL)
            _ = try running.finish()
            if folder.has("d") { #expect(try Data(contentsOf: folder.url("d")) == whole) }
            #expect(try run("r1-convert", command).exitCode == 0)
            #expect(try Data(contentsOf: folder.url("d")) == whole, "after \(milliseconds) ms")
            #expect(try folder.names() == ["d"])
        }
    }

    @Test("A full disk is one line with exit code 1, and nothing stays behind", .needsSmallDisk)
    func fullDisk() throws {
        let disk = try SmallDisk(mebibytes: 1)
        let there = try convert(tiny, disk.path("model.h5"))
        expectTrouble(there, from: "r1-convert", naming: [disk.path("model.h5"), "needs", "free"])
        #expect(try convert(tiny, folder.path("model.h5")).exitCode == 0)
        let back = try convert(folder.path("model.h5"), disk.path("back"))
        expectTrouble(back, from: "r1-convert", naming: [disk.path("back"), "needs", "free"])
        #expect(try disk.names().isEmpty)
    }

    @Test("A disk that fills up during the work is one line with exit code 1", .needsSmallDisk)
    func diskFillsUp() throws {
        // With room for few files the check of free bytes passes and the writing itself fails.
        let disk = try SmallDisk(mebibytes: 4, files: 6)
        #expect(try convert(tiny, folder.path("model.h5")).exitCode == 0)
        let back = try convert(folder.path("model.h5"), disk.path("back"))
        expectTrouble(back, from: "r1-convert", naming: [disk.path("back"), "No space left on device"])
        #expect(try disk.names().isEmpty)
        try disk.fillWithFiles()
        let there = try convert(tiny, disk.path("model.h5"))
        expectTrouble(there, from: "r1-convert", naming: [disk.path("model.h5"), "No space left on device"])
        #expect(!(try disk.names().contains { $0.contains("model.h5") }))
    }

    /// Starts a conversion and kills it as soon as its unfinished result is there.
    private func killWhileWriting(_ arguments: [String]) throws {
        for _ in 0..<20 {
            let running = try RunningTool("r1-convert", arguments)
            let isWriting = try running.signal(SIGKILL) {
                (try? folder.names().contains { $0.contains(".partial-") }) ?? false
            }
            let isKilled = try running.finish().exitCode == 128 + SIGKILL
            if isWriting && isKilled { return }
            // It was too quick for the signal. Without --overwrite what it wrote has to go before the next
            // try.
            guard !arguments.contains("--overwrite"), let destination = arguments.last else { continue }
            try FileManager.default.removeItem(atPath: destination)
        }
        Issue.record("no conversion was killed while it wrote")
    }
}
