// Checkpoints/FORMAT.md is true: the Python reader that it prints reads our files.
import Basics
import CHDF5
import Foundation
import TestKit
import Testing

@testable import Checkpoint

/// Whether `command` runs and ends well.
private func succeeds(_ command: [String]) -> Bool { (try? run(command))?.code == 0 }

/// Runs a program from the search path and returns its output.
private func run(_ command: [String]) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

struct FormatTests {
    @Test(
        "The reader printed in FORMAT.md reads every form and agrees on the hashes",
        .enabled(if: succeeds(["python3", "-c", "import h5py"])), arguments: TestModel.forms)
    func python(_ model: TestModel) throws { try expectPythonReads(model, .mapped) }

    @Test(
        "The reader printed in FORMAT.md reads the compressed layout too",
        .enabled(if: succeeds(["python3", "-c", "import h5py, hdf5plugin"])), arguments: TestModel.forms)
    func pythonCompressed(_ model: TestModel) throws { try expectPythonReads(model, .compressed) }

    private func expectPythonReads(_ model: TestModel, _ layout: CheckpointLayout) throws {
        let page = try String(
            contentsOf: Fixtures.repository.appendingPathComponent("Checkpoints/FORMAT.md"), encoding: .utf8)
        let script = try #require(
            page.components(separatedBy: "```python\n").last?.components(separatedBy: "```").first)
        let folder = TemporaryFolder()
        try model.write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("model.h5"), layout: layout)
        try write(Array(script.utf8), to: folder("reader.py"))
        let (code, output) = try run(["python3", folder("reader.py"), folder("model.h5")])
        #expect(code == 0, "\(output)")
        let checkpoint = try openCheckpoint(folder("model.h5"))
        let lines = output.split(separator: "\n")
        #expect(lines.count == checkpoint.tensors.count + 1)
        for (line, tensor) in zip(lines, checkpoint.tensors) {
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            #expect(line.hasPrefix("\(tensor.name) \(tensor.dtype) [\(shape)] "))
        }
        #expect(output.contains(try #require(checkpoint.identity)))
    }

    @Test("What a later minor version adds is passed over, and a later major version is refused")
    func versions() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("model"))
        for layout in CheckpointLayout.allCases {
            let path = folder("\(layout).h5")
            try writeHDF5(openCheckpoint(folder("model")), to: path, layout: layout)
            let before = try openCheckpoint(path)
            try change(path) { file in
                #expect(r1_h5_write_integer(file, "format_minor", 7) >= 0)
                #expect(H5Gclose(H5Gcreate2(file, "/later", 0, 0, 0)) >= 0)
            }
            let after = try openCheckpoint(path)
            #expect(after.tensors == before.tensors && after.identity == before.identity)
            #expect(try after.damages().isEmpty)
            try change(path) { #expect(r1_h5_write_integer($0, "format_version", 2) >= 0) }
            #expect {
                try openCheckpoint(path)
            } throws: {
                "\($0)".contains("format version 2 with layout '\(layout)'; this program reads version 1")
            }
        }
    }

    /// Changes a finished file as another program could.
    private func change(_ path: String, _ body: (hid_t) throws -> Void) throws {
        r1_h5_prepare()
        let file = r1_h5_file_for_writing(path, 64, 65536, 0, 0)
        try #require(file >= 0)
        try body(file)
        #expect(H5Fclose(file) >= 0)
    }

    @Test("h5dump prints bfloat16 weights as numbers", .enabled(if: succeeds(["h5dump", "--version"])))
    func dump() throws {
        let folder = TemporaryFolder()
        let info = TensorInfo(name: "w", dtype: .bfloat16, shape: [2])
        let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 4)
        try [0xC0, 0x3F, 0x20, 0xC1].map { UInt8($0) }.withUnsafeBytes { try writer.add(info, bytes: $0) }
        try writer.commit()
        let (code, output) = try run(["h5dump", "-d", "/tensors/w", folder("a.h5")])
        #expect(code == 0 && output.contains("1.5, -10"), "\(output)")
    }
}
