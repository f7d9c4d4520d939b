// r1-convert with weights in other forms: PyTorch's files, FP8 and adapters.
import Foundation
import TestKit
import Testing

@Suite("Foreign weights")
struct ForeignWeightsTests {
    private let folder = TemporaryFolder()
    private func fixture(_ path: String) -> String { Fixtures.url(path).path }

    @Test(
        "PyTorch's weights become the same model as its safetensors",
        arguments: ["zip", "legacy", "shards", "pth"])
    func pickles(_ kind: String) throws {
        let source = fixture("pickles/model-\(kind)")
        let report = try convert("inspect", source)
        #expect(
            report.exitCode == 0 && report.output.contains("PyTorch, family qwen2"),
            "\(report.testDescription)")
        let result = try convert(source, folder.path("model.h5"))
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.errors.contains("left out, no weights: optimizer") == (kind == "pth"))
        #expect(try diff(fixture("adapters/qwen2/base"), folder.path("model.h5")).exitCode == 0)
        #expect(try convert("verify", folder.path("model.h5")).exitCode == 0)
        // There is no form to go back to: the export is what transformers writes today.
        #expect(try convert(folder.path("model.h5"), folder.path("back")).exitCode == 0)
        #expect(try folder.names("back") == ["config.json", "model.safetensors"])
        expectTrouble(
            try run("r1-infer", ["inspect", source]), from: "r1-infer", naming: ["r1-convert", source])
    }

    @Test("What a pickle would run is named, nothing is run and nothing appears")
    func evil() throws {
        _ = try folder.copy(fixture: "pickles/model-zip", to: "model")
        for form in ["zip", "legacy"] {
            try FileManager.default.removeItem(at: folder.url("model/pytorch_model.bin"))
            try FileManager.default.copyItem(
                at: Fixtures.url("pickles/refused-evil.\(form).pt"), to: folder.url("model/pytorch_model.bin")
            )
            let result = try convert(folder.path("model"), folder.path("model.h5"))
            expectTrouble(
                result, from: "r1-convert",
                naming: ["pytorch_model.bin", "posix.system", "nothing was executed"])
            #expect(!result.output.contains("executed") && !folder.has("model.h5"))
        }
    }

    @Test("The parts of trainers stay refused with advice, also beside other files of PyTorch")
    func trainers() throws {
        for (file, part) in [
            ("model_world_size_2_rank_0.pt", "verl"), ("zero_to_fp32.py", "DeepSpeed"),
            ("__0_0.distcp", "distributed"),
            ("mp_rank_00_model_states.pt", "DeepSpeed"),
        ] {
            let name = "trainer-\(part)-\(file.count)"
            try FileManager.default.createDirectory(at: folder.url(name), withIntermediateDirectories: false)
            for entry in [file, "other.pt", "config.json"] { try folder.write("\(name)/\(entry)", "{}") }
            expectTrouble(
                try convert(folder.path(name), folder.path("x.h5")), from: "r1-convert", naming: [name, part])
        }
    }

    @Test("FP8 becomes bfloat16, to HDF5 and to a directory", arguments: ["blocks", "tensors", "rows"])
    func widened(_ kind: String) throws {
        let result = try convert("--style", "hf", fixture("fp8/\(kind)"), folder.path("wide"))
        #expect(
            result.exitCode == 0 && result.errors.contains("14 tensors in FP8 become bfloat16"),
            "\(result.testDescription)")
        #expect(try !folder.text("wide/config.json").contains("quantization_config"))
        #expect(try convert(fixture("fp8/\(kind)"), folder.path("model.h5")).exitCode == 0)
        #expect(try diff(folder.path("wide"), folder.path("model.h5")).exitCode == 0)
        let refused = try run("r1-infer", ["inspect", fixture("fp8/\(kind)")])
        expectTrouble(refused, from: "r1-infer", naming: ["quantization_config", "'fp8'", "r1-convert"])
    }

    @Test("An adapter is merged while converting; the result may be a directory, and its own folder is kept")
    func adapter() throws {
        let (base, adapter) = (fixture("adapters/qwen2/base"), fixture("adapters/qwen2/plain"))
        let result = try convert("--adapter", adapter, base, folder.path("merged"))
        #expect(
            result.exitCode == 0 && result.errors.contains("merged 28 tensors"), "\(result.testDescription)")
        #expect(try convert("--adapter", adapter, base, folder.path("merged.h5")).exitCode == 0)
        #expect(try diff(folder.path("merged"), folder.path("merged.h5")).exitCode == 0)
        #expect(try diff(base, folder.path("merged.h5")).exitCode == 1)
        // The same adapter as PyTorch saves it.
        let pickled = fixture("adapters/qwen2/pickled")
        #expect(try convert("--adapter", pickled, base, folder.path("pickled.h5")).exitCode == 0)
        #expect(try diff(folder.path("merged.h5"), folder.path("pickled.h5")).exitCode == 0)
        // From HDF5, and in another element type.
        #expect(try convert(base, folder.path("base.h5")).exitCode == 0)
        #expect(
            try convert("--adapter", adapter, folder.path("base.h5"), folder.path("again.h5")).exitCode == 0)
        #expect(try diff(folder.path("merged.h5"), folder.path("again.h5")).exitCode == 0)
        #expect(
            try convert("--adapter", adapter, "--dtype", "bf16", base, folder.path("narrow.h5")).exitCode == 0
        )

        let before = try folder.names()
        expectTrouble(
            try convert(
                "--adapter", fixture("adapters/qwen25vl/dora"), fixture("adapters/qwen25vl/base"),
                folder.path("x.h5")),
            from: "r1-convert", naming: ["adapter_config.json", "use_dora"])
        expectTrouble(
            try convert("--adapter", folder.path("none"), base, folder.path("x.h5")), from: "r1-convert",
            naming: ["none"])
        expectTrouble(
            try convert(adapter, folder.path("x.h5")), from: "r1-convert",
            naming: ["LoRA adapter", "--adapter"])
        #expect(try folder.names() == before)
    }

    @Test("inspect says where the settings for images are, or that they are missing")
    func imageSettings() throws {
        let model = try ChangedCheckpoint()
        #expect(try convert("inspect", model.path).output.contains("settings in preprocessor_config.json"))
        try model.remove("preprocessor_config.json")
        let report = try convert("inspect", model.path)
        #expect(
            report.exitCode == 0 && report.output.contains("settings missing: "), "\(report.testDescription)")
        #expect(
            try convert("inspect", "--json", model.path).output.contains(
                #""imageSettings" : "settings missing"#))
        #expect(try !convert("inspect", fixture("adapters/qwen2/base")).output.contains("settings missing"))
    }
}
