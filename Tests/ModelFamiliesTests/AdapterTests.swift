// LoRA adapters of PEFT merged into their bases: the same numbers as PEFT's own merge_and_unload, and what cannot be
// merged is refused by name.
import Basics
import Checkpoint
import Foundation
import TestKit
import Testing

@testable import ModelFamilies

struct AdapterTests {
    private static let cases = [
        "qwen25vl/plain", "qwen25vl/patterns", "qwen25vl/saved", "qwen25vl/layers", "internvl/plain",
        "qwen2/plain",
    ]

    private func base(_ name: String) throws -> any CheckpointReader {
        try openCheckpoint(Fixtures.url("adapters/\(name.prefix { $0 != "/" })/base").path)
    }

    private func numbers(_ name: String, in reader: any CheckpointReader) throws -> [Float] {
        let info = try #require(reader.info(name), "\(name)")
        return try #require(try floats(info, in: reader))
    }

    /// Compares a merged model with PEFT's.
    private func expectMerged(_ merged: any CheckpointReader, _ name: String) throws {
        let base = try base(name)
        let theirs = try SafetensorsFile(Fixtures.url("adapters/\(name).merged.safetensors").path)
        let table = try KeyTable.of(base)
        // The names in memory, and those of the file.
        let expected = Dictionary(
            uniqueKeysWithValues: try theirs.tensors.map { ($0.name, try numbers($0.name, in: theirs)) })
        var changed = 0
        for tensor in merged.tensors {
            let before = try numbers(tensor.name, in: base)
            let after = try numbers(tensor.name, in: merged)
            let canonical = try #require(table.canonical(tensor.name))
            let inMemory = table.publicName(canonical, style: .nested) ?? canonical
            guard let wanted = expected[inMemory] else {
                #expect(after == before, "\(tensor.name)")
                continue
            }
            changed += 1
            for (value, number) in zip(after, wanted) {
                #expect(abs(value - number) <= 2e-6 * max(1, abs(number)), "\(tensor.name)")
            }
        }
        #expect(changed == expected.count && changed > 0)
    }

    @Test("A merged adapter gives PEFT's numbers", arguments: cases)
    func merged(_ name: String) throws {
        let merged = try merging(base(name), adapter: Fixtures.url("adapters/\(name)").path)
        try expectMerged(merged, name)
        #expect(try merged.tensors == base(name).tensors)
        #expect(merged.readingNotes.last?.contains("merged") == true)
        #expect(merged.sourceFiles.contains { $0.hasSuffix("adapter_model.safetensors") })
    }

    @Test("Parts of a merged tensor are those of the whole")
    func parts() throws {
        let merged = try merging(base("qwen25vl"), adapter: Fixtures.url("adapters/qwen25vl/saved").path)
        for tensor in merged.tensors {
            let whole = try merged.withBytes(of: tensor.name) { Array($0) }
            let cuts = [0, 3, tensor.byteCount / 3, tensor.byteCount / 2 + 1, tensor.byteCount]
            let parts = try zip(cuts, cuts.dropFirst()).flatMap { start, end in
                try merged.withBytes(of: tensor.name, in: start..<end) { Array($0) }
            }
            #expect(parts == whole, "\(tensor.name)")
        }
    }

    @Test(
        "An adapter is merged into a base in another style, and the result keeps that style",
        arguments: [WeightStyle.nested, .original])
    func otherStyle(_ style: WeightStyle) throws {
        let plain = try base("internvl")
        let styled = try StyledCheckpoint(plain, style: style)
        let merged = try merging(styled, adapter: Fixtures.url("adapters/internvl/plain").path)
        #expect(merged.tensors == styled.tensors)
        try expectMerged(StyledCheckpoint(merged), "internvl/plain")
    }

    @Test("Sums are rounded once, to the base's type")
    func rounding() throws {
        let narrow = RetypedCheckpoint(try base("qwen2"), dtype: .bfloat16)
        let merged = try merging(narrow, adapter: Fixtures.url("adapters/qwen2/plain").path)
        let name = "model.layers.0.mlp.down_proj.weight"
        #expect(merged.info(name)?.dtype == .bfloat16)
        let exact = try numbers(
            name, in: SafetensorsFile(Fixtures.url("adapters/qwen2/plain.merged.safetensors").path))
        let wide = try numbers(name, in: base("qwen2"))
        let rounded = try numbers(name, in: narrow)
        for (place, value) in try numbers(name, in: merged).enumerated() {
            let sum = rounded[place] + (exact[place] - wide[place])
            #expect(abs(value - sum) <= abs(sum) / 255)
        }
    }

    /// A copy of an adapter.
    private func changed(_ name: String, _ change: (TemporaryFolder) throws -> Void) throws -> (
        TemporaryFolder, String
    ) {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "adapters/\(name)", to: "adapter")
        try change(folder)
        return (folder, path)
    }

    /// Replaces text of the adapter's configuration.
    private func configured(_ name: String, _ old: String, _ new: String) throws -> (TemporaryFolder, String)
    {
        try changed(name) { folder in
            let text = try folder.text("adapter/adapter_config.json")
            #expect(text.contains(old), "\(old)")
            try folder.write("adapter/adapter_config.json", text.replacing(old, with: new))
        }
    }

    private func message(_ name: String, _ path: String) throws -> String {
        let base = try base(name)
        do { _ = try merging(base, adapter: path) } catch { return "\(error)" }
        return "merged"
    }

    private static let refusals: [(old: String, new: String, parts: [String])] = [
        (#""use_dora": false"#, #""use_dora": true"#, ["use_dora", "DoRA"]),
        (#""peft_type": "LORA""#, #""peft_type": "IA3""#, ["peft_type", "IA3"]),
        (#""layer_replication": null"#, #""layer_replication": [[0, 1]]"#, ["layer_replication"]),
        (
            #""trainable_token_indices": null"#, #""trainable_token_indices": [1]"#,
            ["trainable_token_indices"]
        ),
        (
            #""alora_invocation_tokens": null"#, #""alora_invocation_tokens": [1]"#,
            ["alora_invocation_tokens"]
        ),
        (
            #""init_lora_weights": true"#, #""init_lora_weights": "pissa_niter_4""#,
            ["init_lora_weights", "pissa"]
        ),
        (#""init_lora_weights": true"#, #""init_lora_weights": "olora""#, ["init_lora_weights", "olora"]),
        (#""use_dora": false"#, #""use_something_new": 3"#, ["use_something_new", "not known"]),
        (#""r": 4"#, #""r": 5"#, ["r or rank_pattern", "5"]),
        (#""r": 4"#, #""r": "four""#, ["'r'"]),
        (#""lora_alpha": 8"#, #""lora_alpha": null, "alpha_pattern_": {"a": 1}"#, ["alpha_pattern_"]),
        (#""rank_pattern": {}"#, #""rank_pattern": {"(": 4}"#, ["rank_pattern", "regular expressions"]),
        (#""rank_pattern": {}"#, #""rank_pattern": {"q_proj": 0}"#, ["rank_pattern", "q_proj"]),
    ]

    @Test(
        "Every key that changes an adapter's meaning is honored or refused by its name", arguments: refusals)
    func refused(_ refusal: (old: String, new: String, parts: [String])) throws {
        let (folder, path) = try configured("qwen25vl/plain", refusal.old, refusal.new)
        let text = try message("qwen25vl", path)
        for part in refusal.parts + ["adapter_config.json"] { #expect(text.contains(part), "\(text)") }
        withExtendedLifetime(folder) {}
    }

    @Test("Every tensor of an adapter is used, or an error names it")
    func tensors() throws {
        func renamed(_ old: String, _ new: String) throws -> String {
            #expect(old.utf8.count == new.utf8.count)
            let (folder, path) = try changed("qwen2/plain") { folder in
                let url = folder.url("adapter/adapter_model.safetensors")
                var data = try Data(contentsOf: url)
                let range = try #require(data.range(of: Data(old.utf8)))
                data.replaceSubrange(range, with: Data(new.utf8))
                try data.write(to: url)
            }
            defer { withExtendedLifetime(folder) {} }
            return try message("qwen2", path)
        }
        let up = "layers.0.mlp.up_proj"
        #expect(try renamed("\(up).lora_A.weight", "\(up).lora_C.weight").contains("\(up).lora_C.weight"))
        #expect(try renamed("\(up).lora_A.weight", "\(up).lora_B.weighs").contains("lora_B.weighs"))
        #expect(
            try renamed("\(up).lora_A.weight", "layers.0.mlp.xp_proj.lora_A.weight").contains(
                "the other is missing"))
        let other = try message("internvl", Fixtures.url("adapters/qwen25vl/plain").path)
        #expect(other.contains("has no place in the model"), "\(other)")
        #expect(try message("qwen2", Fixtures.url("adapters/qwen2").path).contains("adapter_config.json"))
    }

    @Test("Names from a part of the model on, with the adapter's own name inside, are found")
    func partOfModel() throws {
        let plain = try base("internvl")
        let adapter = try SafetensorsFile(
            Fixtures.url("adapters/internvl/plain/adapter_model.safetensors").path)
        let changes = try AdapterChanges(
            Renamed(adapter) { name in
                guard name.contains("language_model") else { return nil }
                return name.replacing(
                    "base_model.model.model.language_model.", with: "base_model.model.model."
                )
                .replacing("lora_A.weight", with: "lora_A.default.weight")
            })
        let table = try KeyTable.of(plain)
        let places = try AdapterPlaces(changes, of: adapter, table, style: .hf)
        #expect(places.style == .hf)
        #expect(places.name("model.norm.weight") == "language_model.model.norm.weight")
        #expect(changes.all.count == 14)
    }

    @Test("A tensor without elements is named with its file and what to do")
    func zeroSized() throws {
        let base = try base("qwen2")
        let error = #expect(throws: CheckpointError.self) {
            try Renamed(base, shape: [0]) { $0 }.requireKnownModel()
        }
        let text = "\(String(describing: error))"
        for part in ["model.safetensors: tensor ", "has no elements", "zero_to_fp32.py"] {
            #expect(text.contains(part), "\(text)")
        }
    }

    @Test("An adapter opens as a model: the same tensors as merged, its own path, and hashes of both parts")
    func opened() throws {
        let (path, base) = (
            Fixtures.url("adapters/qwen2/plain").path, Fixtures.url("adapters/qwen2/base").path
        )
        let (model, found) = try openModel(path, base: base)
        #expect(found == base && model.location == path)
        let merged = try merging(openCheckpoint(base), adapter: path)
        #expect(try computedIdentity(of: model) == computedIdentity(of: merged))
        #expect(Set(model.sourceFiles) == Set(merged.sourceFiles))

        // A base with hashes: damage in it is found, and its identity is not that of the model.
        let folder = TemporaryFolder()
        let file = folder.path("base.h5")
        try writeHDF5(openCheckpoint(base), to: file)
        let stored = try openModel(path, base: file).checkpoint
        let identity = try #require(stored.identity)
        #expect(try identity != openCheckpoint(file).identity)
        #expect(try stored.hashedFiles == openCheckpoint(file).hashedFiles)
        try stored.requireSound()
    }

    @Test("What has no base, and a base for what is no adapter, are errors that say what to give")
    func withoutBase() throws {
        let base = Fixtures.url("adapters/qwen2/base").path
        let plain = Fixtures.url("adapters/qwen2/plain").path
        #expect(throws: ConfigurationError.notAdapter(checkpoint: base)) { try openModel(base, base: base) }
        #expect(throws: ConfigurationError.noBase(adapter: plain, base: "")) { try openModel(plain) }
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "adapters/qwen2/plain", to: "adapter")
        let settings = try folder.text("adapter/adapter_config.json")
        try folder.write(
            "adapter/adapter_config.json",
            settings.replacing(
                #""base_model_name_or_path": null"#, with: #""base_model_name_or_path": "org/model""#))
        #expect(throws: ConfigurationError.noBase(adapter: path, base: "org/model")) { try openModel(path) }
    }

    @Test("A tied model refuses an adapter that would untie it")
    func tied() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "adapters/qwen25vl/base", to: "base")
        let config = try folder.text("base/config.json")
        try folder.write(
            "base/config.json",
            config.replacing(#""tie_word_embeddings": false"#, with: #""tie_word_embeddings": true"#))
        let base = try openCheckpoint(path)
        let error = #expect(throws: CheckpointError.self) {
            try merging(base, adapter: Fixtures.url("adapters/qwen25vl/saved").path)
        }
        #expect("\(String(describing: error))".contains("tie_word_embeddings"))
    }
}

/// Some tensors of a file under other names or in other shapes.
private final class Renamed: CheckpointView {
    let source: any CheckpointReader
    let tensors: [TensorInfo]

    init(_ source: any CheckpointReader, shape: [Int]? = nil, _ rename: (String) -> String?) {
        self.source = source
        tensors = source.tensors.compactMap { info in
            rename(info.name).map { TensorInfo(name: $0, dtype: info.dtype, shape: shape ?? info.shape) }
        }
    }

    func info(_ name: String) -> TensorInfo? { tensors.first { $0.name == name } }
}
