// Whole or not at all: what happens when writing stops, fails, or meets something in its way.
import Basics
import Foundation
import TestKit
import Testing

@testable import Checkpoint
@testable import CheckpointDiff

struct WritingTests {
    @Test("Without a commit nothing stays behind, and the old file stays as it was")
    func abandoned() throws {
        let folder = TemporaryFolder()
        try write([1, 2, 3], to: folder("model.h5"))
        do {
            let writer = try CheckpointWriter(folder("model.h5"), expectedByteCount: 1 << 16)
            try writer.addSideFile("notes.txt", [1])
            // The old file, the new one under construction, and the lock.
            #expect(try folder.entries.count == 3)
        }
        #expect(try folder.entries == ["model.h5"])
        #expect(try contents(folder("model.h5")) == [1, 2, 3])
    }

    @Test("The leftovers of dead processes are cleared away, those of living ones stay")
    func leftovers() throws {
        let folder = TemporaryFolder()
        let dead = "model.h5.partial-\(Int32.max)"
        let own = "model.h5.partial-\(getpid())"
        let living = "model.h5.partial-\(getppid())"
        for name in [dead, own, living, "model.h5.partial-x"] { try write([1], to: folder(name)) }
        let writer = try CheckpointWriter(folder("model.h5"), expectedByteCount: 0)
        #expect(throws: CheckpointError.self) {
            try CheckpointWriter(folder("model.h5"), expectedByteCount: 0)
        }
        try writer.commit()
        #expect(try folder.entries == ["model.h5", living, "model.h5.partial-x"].sorted())
    }

    @Test("A destination without room, without a folder or of the wrong kind is refused at once")
    func destinations() throws {
        let folder = TemporaryFolder()
        #expect { try CheckpointWriter(folder("a.h5"), expectedByteCount: 1 << 60) } throws: { error in
            if case .noSpace(_, 1 << 60, let available)? = error as? CheckpointError {
                available > 0
            } else {
                false
            }
        }
        #expect(throws: CheckpointError.self) {
            try CheckpointWriter(folder("no/a.h5"), expectedByteCount: 0)
        }
        #expect(throws: CheckpointError.self) { try CheckpointWriter(folder.path(), expectedByteCount: 0) }
        try write([1], to: folder("file"))
        #expect(throws: CheckpointError.alreadyExists(file: folder("file"))) {
            try SafetensorsWriter(folder("file"), expectedByteCount: 0)
        }
        #expect(throws: CheckpointError.self) {
            try SafetensorsWriter(folder("file"), expectedByteCount: 0, replacing: true)
        }
        #expect(try folder.entries == ["file"])
    }

    @Test("Replacing exchanges a whole checkpoint directory, and only such a directory")
    func replacing() throws {
        let folder = TemporaryFolder()
        try TestModel(shardCount: 2).write(to: folder("old"), seed: 1)
        try TestModel().write(to: folder("new"), seed: 2)
        try writeSafetensors(openCheckpoint(folder("new")), to: folder("old"), replacing: true)
        let comparison = try CheckpointComparison.compare(
            openCheckpoint(folder("new")), openCheckpoint(folder("old")))
        #expect(comparison.isSame)
        #expect(try folder.entries == ["new", "old"])
        try FileManager.default.createDirectory(atPath: folder("home"), withIntermediateDirectories: true)
        try write([1], to: folder("home/letter.txt"))
        #expect(throws: CheckpointError.self) {
            try writeSafetensors(openCheckpoint(folder("new")), to: folder("home"), replacing: true)
        }
        #expect(try contents(folder("home/letter.txt")) == [1])
    }

    @Test(
        "Names that cannot be a path are refused",
        arguments: [
            "", ".", "a..b", "a/b", "../a", "a.", "a\u{0}b", "a\nb", String(repeating: "n", count: 5000),
        ])
    func names(_ name: String) throws {
        let folder = TemporaryFolder()
        let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 0)
        let info = TensorInfo(name: name, dtype: .uint8, shape: [0])
        #expect(throws: CheckpointError.self) {
            try writer.add(info, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
        }
    }

    @Test("A name stored twice, a tensor inside a tensor, and bytes of the wrong length are refused")
    func contradictions() throws {
        let folder = TemporaryFolder()
        let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 0)
        func add(_ name: String, _ shape: [Int]) throws {
            try [UInt8](repeating: 0, count: 2).withUnsafeBytes {
                try writer.add(TensorInfo(name: name, dtype: .uint8, shape: shape), bytes: $0)
            }
        }
        try add("a.b", [2])
        #expect(
            throws: CheckpointError.badName(name: "a.b", file: folder("a.h5"), problem: "is stored twice")
        ) {
            try add("a.b", [2])
        }
        #expect(throws: CheckpointError.self) { try add("a.b.c", [2]) }
        #expect(throws: CheckpointError.self) { try add("a.d", [3]) }
        #expect(throws: CheckpointError.self) { try add("a.e", [Int.max, Int.max]) }
        #expect(throws: CheckpointError.self) { try writer.addSideFile("../x", [1]) }
    }

    @Test("A disk that refuses gives the system's words, and the program ends in peace")
    func refusal() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 18, rlim_max: 1 << 18)
            let folder = TemporaryFolder()
            let writers = try CheckpointLayout.allCases.map {
                try CheckpointWriter(folder("\($0).h5"), expectedByteCount: 0, layout: $0)
            }
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            let info = TensorInfo(name: "w", dtype: .uint8, shape: [1 << 21])
            var generator = SeededGenerator(state: 1)
            let bytes = (0..<1 << 21).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let failures = (writers + writers).compactMap { writer -> String? in
                do { try bytes.withUnsafeBytes { try writer.add(info, bytes: $0) } } catch {
                    return "\(error)"
                }
                return nil
            }
            let isWorded = failures.allSatisfy { $0.hasSuffix("cannot write: File too large") }
            exit(failures.count == 4 && isWorded ? 7 : 1)
        }
    }

    @Test("A shard plan that does not fit the tensors stops the commit")
    func wrongPlan() throws {
        let folder = TemporaryFolder()
        let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 0)
        try writer.setShardPlan(ShardPlan.split([TensorInfo(name: "other", dtype: .uint8, shape: [1])]))
        #expect(throws: CheckpointError.self) { try writer.commit() }
    }
}
