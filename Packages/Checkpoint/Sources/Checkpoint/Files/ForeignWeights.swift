// Files and folders that users mistake for a checkpoint: what they are, and what to do with them.

/// Weights in a form that is not read here.
enum ForeignWeights {
    /// Throws `CheckpointError.unsupported` for a file that is the pointer of Git LFS and not the file itself.
    static func refusePointer(_ file: MappedFile) throws {
        guard file.starts(with: Array("version https://git-lfs.github.com/spec/".utf8)) else { return }
        throw CheckpointError.unsupported(
            file: file.path,
            problem:
                "a Git LFS pointer of \(file.byteCount) bytes, not the file itself; run `git lfs pull` in its folder"
        )
    }

    /// Throws `CheckpointError.unsupported` when a file is a known kind of other weights.
    static func refuse(_ file: MappedFile) throws {
        try refusePointer(file)
        let kinds: [(start: [UInt8], name: String)] = [
            (Array("PK\u{3}\u{4}".utf8), "weights of PyTorch (zip), which only r1-convert reads"),
            ([0x80, 0x02], "weights of PyTorch (pickle), which only r1-convert reads"),
            (
                Array("GGUF".utf8),
                "a GGUF file of llama.cpp, which is not read; take the model's safetensors instead"
            ),
        ]
        guard let kind = kinds.first(where: { file.starts(with: $0.start) }) else { return }
        throw CheckpointError.unsupported(file: file.path, problem: kind.name)
    }

    /// The files of a directory that hold PyTorch's weights: those of `save_pretrained`, or else any that may.
    ///
    /// What trainers save beside the weights is none of them.
    static func pyTorchFiles(_ names: [String]) -> [String] {
        if names.contains("pytorch_model.bin") { return ["pytorch_model.bin"] }
        let others = ["training_args", "optimizer", "scheduler", "scaler", "rng_state", "adapter_model"]
        return names.filter { name in
            [".bin", ".pth", ".pt"].contains(where: name.hasSuffix) && !name.hasPrefix(".")
                && !others.contains(where: name.hasPrefix)
        }
    }

    /// Whether a directory has the weights that PyTorch's `save_pretrained` writes.
    static func hasPyTorchModel(_ names: [String]) -> Bool {
        names.contains("pytorch_model.bin") || names.contains("pytorch_model.bin.index.json")
    }

    /// Refuses a directory without safetensors that holds a known kind of other weights.
    ///
    /// - Parameters:
    ///   - names: The directory's entries.
    ///   - path: The directory.
    /// - Throws: `CheckpointError.unsupported`, which names the kind and what to do.
    static func refuse(_ names: [String], in path: String) throws {
        try refuseParts(names, in: path)
        let problem: String
        if let name = pyTorchFiles(names).first {
            problem = "has \(name), weights of PyTorch; convert them first: r1-convert \(path) NAME.h5"
        } else if let name = names.first(where: { $0.hasSuffix(".gguf") }) {
            problem =
                "has \(name), a GGUF file of llama.cpp, which is not read; take the model's safetensors instead"
        } else {
            return
        }
        throw CheckpointError.unsupported(file: path, problem: problem)
    }

    /// Refuses a directory with something that must become a whole model first: an adapter or the parts of a trainer.
    static func refuseParts(_ names: [String], in path: String) throws {
        func has(_ test: (String) -> Bool) -> Bool { names.contains(where: test) }
        let problem: String
        if names.contains("adapter_config.json") || has({ $0.hasPrefix("adapter_model.") }) {
            problem =
                "a LoRA adapter, not a whole model; merge it into its base first: r1-convert --adapter \(path) BASE "
                + "NAME.h5 (or `merge_and_unload` of PEFT)"
        } else if has({ $0.hasPrefix("model_world_size_") && $0.hasSuffix(".pt") }) {
            problem =
                "shards of verl (FSDP), one for each process; merge them with verl's model merger and give the merged "
                + "folder"
        } else if names.contains("zero_to_fp32.py") || has({ $0.hasPrefix("global_step") })
            || has({ $0.contains("zero_pp_rank_") || $0.hasPrefix("mp_rank_") })
        {
            problem =
                "a checkpoint of DeepSpeed; run its zero_to_fp32.py with --safe_serialization and give the result"
        } else if has({ $0.hasSuffix(".distcp") }) {
            problem =
                "a distributed checkpoint of PyTorch; save the whole model as safetensors and give that folder"
        } else {
            return
        }
        throw CheckpointError.unsupported(file: path, problem: problem)
    }
}
