// Damaged bytes are found before they are used: at resume, export and training, and once when a model is read.
import Foundation
import TestKit
import Testing

/// Changes one bit in each of `count` bytes of a file.
func flip(_ url: URL, at place: Int, count: Int = 1) throws {
    var bytes = try Data(contentsOf: url)
    for at in place..<place + count { bytes[at] ^= 0x40 }
    try bytes.write(to: url)
}

@Suite(.serialized) struct DamagedInputTests {
    private static let small = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5")
    /// A byte inside a tensor of the small model.
    private static let place = 4_441_064
    let folder = TemporaryFolder()

    private func damagedModel() throws -> String {
        try FileManager.default.copyItem(at: Self.small, to: folder.url("m.h5"))
        try flip(folder.url("m.h5"), at: Self.place)
        return folder.path("m.h5")
    }

    @Test("A damaged model gives no output, whatever writes it: one line that names the tensor")
    func damagedModelIsRefused() throws {
        let model = try damagedModel()
        let sound = Self.small.path
        let commands: [(String, [String])] = [
            ("r1-train", ["export", model, folder.path("out.h5")]),
            ("r1-convert", [model, folder.path("out.h5")]),
            ("r1-convert", ["--layout", "compressed", model, folder.path("out.h5")]),
            ("r1-convert", ["--dtype", "f32", model, folder.path("out.h5")]),
            ("r1-convert", [model, folder.path("out")]),
            ("r1-convert", ["delta", model, sound, "-o", folder.path("out.delta")]),
            ("r1-convert", ["delta", sound, model, "-o", folder.path("out.delta")]),
        ]
        for (tool, arguments) in commands {
            let result = try run(tool, arguments)
            expectTrouble(result, from: tool, naming: ["m.h5", "damaged: tensors: "])
            #expect(try folder.names() == ["m.h5"], "\(arguments)")
        }
        let train = try TrainFolder()
        for method in TrainMethod.allCases {
            let result = try run("r1-train", train.new(method, "run", "--set", "model=\(model)"))
            expectTrouble(result, from: "r1-train", naming: ["m.h5", "damaged: tensors: "])
            #expect(!train.folder.has("run"))
        }
    }

    @Test(
        "r1-infer verifies a model once, remembers the file, and finds damage although the time was set back")
    func remembered() throws {
        try FileManager.default.copyItem(at: Self.small, to: folder.url("m.h5"))
        let (url, model) = (folder.url("m.h5"), folder.path("m.h5"))
        func chat(_ more: String...) throws -> ToolResult {
            try run(
                "r1-infer", ["chat", model, "--prompt", "hi", "--max-tokens", "1"] + more,
                environment: ["XDG_CACHE_HOME": folder.path("cache")])
        }
        usleep(100_000)
        #expect(try chat("--no-verify").errors.contains("not verified (--no-verify)"))
        #expect(try chat().errors.contains("verified every SHA-256"))
        #expect(try chat().errors.contains("unchanged since it was verified at"))
        let time = try FileManager.default.attributesOfItem(atPath: model)[.modificationDate]
        let handle = try FileHandle(forUpdating: url)
        try handle.seek(toOffset: UInt64(Self.place))
        let byte = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: UInt64(Self.place))
        try handle.write(contentsOf: Data([byte ^ 0x40]))
        try handle.close()
        try FileManager.default.setAttributes([.modificationDate: try #require(time)], ofItemAtPath: model)
        let damaged = try chat()
        expectTrouble(damaged, from: "r1-infer", naming: ["m.h5", "damaged: tensors: "])
        try folder.write("file", "")
        try FileManager.default.removeItem(at: url)
        try FileManager.default.copyItem(at: Self.small, to: url)
        // A cache that cannot be written is no error.
        let result = try run(
            "r1-infer", ["chat", model, "--prompt", "hi", "--max-tokens", "1"],
            environment: ["XDG_CACHE_HOME": folder.path("file")])
        #expect(result.exitCode == 0 && result.errors.contains("verified every SHA-256"))
    }

    @Test("A damaged newest checkpoint is named with a sound one; resume --from it ends like a whole run")
    func resumeFrom() throws {
        let train = try TrainFolder()
        let keep = ["--set", "checkpoints.keepLast=0"]
        try train.finish(train.new(.sft, "whole") + keep)
        try train.finish(train.new(.sft, "cut") + keep)
        let newest = train.folder.url("cut/checkpoints/step-000005.h5")
        let size = try Data(contentsOf: newest).count
        // More bytes than any gap between two tensors has, so that some tensor changes.
        try flip(newest, at: size / 2, count: 8192)
        try flip(train.folder.url("cut/checkpoints/step-000004.h5"), at: size / 2, count: 8192)
        let metrics = try train.folder.text("cut/metrics.jsonl")
        let refused = try run("r1-train", train.resume("cut"))
        expectTrouble(
            refused, from: "r1-train",
            naming: ["step-000005.h5", "damaged", "r1-train resume \(train.folder.path("cut")) --from 3"])
        #expect(try train.folder.text("cut/metrics.jsonl") == metrics)
        expectTrouble(
            try run("r1-train", train.resume("cut") + ["--from", "7"]), from: "r1-train",
            naming: ["no checkpoint after step 7", "1, 2, 3, 4, 5"])

        try train.finish(train.resume("cut") + ["--from", "3"])
        #expect(try train.folder.text("cut/metrics.jsonl") == train.folder.text("whole/metrics.jsonl"))
        for step in 4...5 {
            let name = "checkpoints/step-00000\(step).h5"
            #expect(
                try Data(contentsOf: train.folder.url("cut/\(name)"))
                    == Data(contentsOf: train.folder.url("whole/\(name)")))
        }
        #expect(
            try train.folder.names("cut/set-aside-1/checkpoints") == ["step-000004.h5", "step-000005.h5"])
        #expect(try train.folder.text("cut/set-aside-1/metrics.jsonl") == metrics)
        try train.finish(train.resume("cut") + ["--from", "0"])
        #expect(try train.folder.text("cut/metrics.jsonl") == train.folder.text("whole/metrics.jsonl"))
        #expect(try train.folder.names("cut/set-aside-2/checkpoints").count == 5)
        #expect(!train.folder.has("cut/run.lock"))
    }
}
