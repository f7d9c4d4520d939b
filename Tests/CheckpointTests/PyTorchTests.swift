// Files of torch.save in both forms: what is read equals what PyTorch has, and what is no tensor is refused by its name.
import Foundation
import TestKit
import Testing

@testable import Checkpoint

/// A form of `torch.save`.
private let forms = ["zip", "legacy"]

struct PyTorchTests {
    /// All bytes of a tensor, as a whole and in two parts that are no whole elements.
    private func bytes(_ name: String, in reader: any CheckpointReader) throws -> [UInt8] {
        let count = try #require(reader.info(name)?.byteCount)
        let whole = try reader.withBytes(of: name) { Array($0) }
        let middle = count / 2 | 1
        let parts = try [0..<min(middle, count), min(middle, count)..<count].flatMap { range in
            try reader.withBytes(of: name, in: range) { Array($0) }
        }
        #expect(parts == whole, "\(name)")
        return whole
    }

    @Test(
        "Views, transposes, shared storages, parameters and scalars are what PyTorch says they are",
        arguments: forms,
        ["tensors", "module", "nested"])
    func values(_ form: String, _ name: String) throws {
        let reader = try openCheckpoint(Fixtures.url("pickles/\(name).\(form).pt").path, orForeign: true)
        let expected = try SafetensorsFile(
            Fixtures.url("pickles/\(name == "nested" ? "tensors" : name).safetensors").path)
        #expect(Set(reader.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
        for tensor in expected.tensors {
            #expect(reader.info(tensor.name) == tensor)
            #expect(try bytes(tensor.name, in: reader) == bytes(tensor.name, in: expected), "\(tensor.name)")
        }
        let notes = reader.readingNotes.joined(separator: "\n")
        #expect(notes.contains("rotary.inv_freq and 1 more") == (name != "module"))
        #expect(notes.contains("no weights: epoch, args") == (name == "nested"))
    }

    @Test("Sizes and places in 64 bits, which large files have, are read")
    func wide() throws {
        let reader = try openCheckpoint(Fixtures.url("pickles/wide.zip.pt").path, orForeign: true)
        let expected = try SafetensorsFile(Fixtures.url("pickles/module.safetensors").path)
        for tensor in expected.tensors {
            #expect(try bytes(tensor.name, in: reader) == bytes(tensor.name, in: expected), "\(tensor.name)")
        }
        #expect(reader.tensors.count == expected.tensors.count)
    }

    private static let refusals = [
        ("sparse", "weight is a sparse tensor"), ("csr", "weight is a sparse tensor"),
        ("double", "tensor weight has type float64"), ("number", "step is no tensor"),
        ("list", "expected a dictionary of tensors"), ("namespace", "the global types.SimpleNamespace"),
        ("module", "the global torch.nn.modules.container.Sequential"), ("evil", "the global posix.system"),
    ]

    @Test(
        "What is no tensor or container is refused by its name, and nothing is executed", arguments: forms,
        refusals)
    func refused(_ form: String, _ refusal: (name: String, part: String)) throws {
        // The older form of a module carries the module's source.
        if refusal.name == "module", form == "legacy" { return }
        let path = Fixtures.url("pickles/refused-\(refusal.name).\(form).pt").path
        let error = #expect(throws: CheckpointError.self) { try openCheckpoint(path, orForeign: true) }
        let text = "\(String(describing: error))"
        #expect(text.contains(refusal.part) && text.contains(path), "\(text)")
    }

    @Test("A program of TorchScript is named")
    func script() {
        let error = #expect(throws: CheckpointError.self) {
            try openCheckpoint(Fixtures.url("pickles/refused-script.zip.pt").path, orForeign: true)
        }
        #expect("\(String(describing: error))".contains("TorchScript"))
    }

    @Test(
        "Only a conversion reads these files; other programs name r1-convert",
        arguments: ["model-zip", "model-pth"])
    func notForeign(_ folder: String) {
        let path = Fixtures.url("pickles/\(folder)").path
        let error = #expect(throws: CheckpointError.self) { try openCheckpoint(path) }
        #expect("\(String(describing: error))".contains("r1-convert \(path) NAME.h5"))
    }

    @Test("Every shortened file is refused, and every changed byte is refused or read", arguments: forms)
    func damage(_ form: String) throws {
        let sound = try Fixtures.bytes("pickles/tensors.\(form).pt")
        let folder = TemporaryFolder()
        let path = folder.path("file.pt")
        func read(_ bytes: [UInt8]) throws -> Bool {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                let reader = try openCheckpoint(path, orForeign: true)
                for tensor in reader.tensors { _ = try bytes_(tensor.name, reader) }
                return true
            } catch is CheckpointError { return false }
        }
        #expect(try read(sound))
        for length in stride(from: 0, to: sound.count, by: 7) {
            #expect(try !read(Array(sound[..<length])), "\(length) of \(sound.count) bytes")
        }
        var generator = SeededGenerator(state: 3)
        var refused = 0
        for _ in 0..<400 {
            var bytes = sound
            bytes[Int.random(in: bytes.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            refused += try read(bytes) ? 0 : 1
        }
        #expect(refused > 50, "\(refused)")
    }

    private func bytes_(_ name: String, _ reader: any CheckpointReader) throws -> Int {
        try reader.withBytes(of: name) { $0.reduce(0) { $0 &+ Int($1) } }
    }

    @Test("Layouts that leave their storage, or whose sizes overflow, are none")
    func layouts() throws {
        let float = try #require(TorchType(global: "torch.float32"))
        func layout(_ offset: Int, _ shape: [Int], _ strides: [Int]) -> StridedLayout? {
            StridedLayout(
                PickleTensor(storage: 0, type: float, offset: offset, shape: shape, strides: strides),
                in: 100..<180)
        }
        // 20 elements.
        #expect(layout(0, [4, 5], [5, 1])?.run == 100..<180)
        #expect(layout(4, [4, 4], [4, 1])?.run == 116..<180)
        #expect(layout(5, [4, 4], [4, 1]) == nil)
        #expect(layout(0, [5, 4], [1, 5]).map { $0.run == nil } == true)
        #expect(layout(0, [6, 4], [1, 5]) == nil)
        #expect(layout(20, [0], [1])?.count == 0)
        #expect(layout(21, [0], [1]) == nil)
        #expect(layout(.max, [1], [1]) == nil)
        #expect(layout(0, [.max, 2], [0, 0]) == nil)
        #expect(layout(0, [2, 2], [.max, 1]) == nil)
        #expect(layout(0, [3], [.max / 2]) == nil)
    }

    /// What a machine says of some bytes.
    private func problem(_ bytes: [UInt8]) -> String? {
        var machine = PickleMachine(bytes)
        do { _ = try machine.run() } catch { return (error as? PickleProblem)?.message ?? "\(error)" }
        return nil
    }

    @Test("Broken pickles are problems, never traps")
    func broken() {
        let cases: [(String, String)] = [
            ("", "cut off"), (".", "left over"), ("N", "cut off"), ("NN.", "left over"), ("0.", "not there"),
            ("t.", "no mark"), ("(0.", "not there"), ("]N.", "left over"), ("NNa.", "no container"),
            ("}(Nu.", "without a value"), ("NN\u{52}.", "no global"), ("h\u{5}.", "before it is made"),
            ("X\u{9}\0\0\0ab.", "cut off"), ("cos\nsystem\n.", "os.system"), ("(i", "0x69"),
            ("NQ.", "no storage"), ("Ixyz\n.", "a number"), ("b.", "not there"), ("NNb.", "no dictionary"),
        ]
        for (text, part) in cases {
            #expect(
                problem(Array(text.utf8))?.contains(part) == true,
                "\(text): \(problem(Array(text.utf8)) ?? "read")")
        }
        // A deep nest is a row of containers here.
        #expect(
            problem([UInt8](repeating: 0x5D, count: 1) + [UInt8](repeating: 0x85, count: 200_000) + [0x2E])
                == nil)
    }
}
