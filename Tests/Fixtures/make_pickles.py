"""Makes files of torch.save and what they hold.

    python make_pickles.py     (torch 2.13, safetensors)

Writes `pickles/*.pt` in both forms with `pickles/tensors.safetensors` (what the readable ones hold), the refused ones as
`pickles/refused-*.pt`, and a small model in all layouts: `pickles/model` (safetensors) and `pickles/model-*`.
"""
import collections, json, pathlib, shutil, types
import torch
from safetensors.torch import load_file, save_file

OUT = pathlib.Path(__file__).parent / "pickles"
shutil.rmtree(OUT, ignore_errors=True)
OUT.mkdir()
torch.manual_seed(1)


def both(value, name):
    torch.save(value, OUT / f"{name}.zip.pt")
    torch.save(value, OUT / f"{name}.legacy.pt", _use_new_zipfile_serialization=False)


base = torch.randn(6, 8)
shared = torch.randn(40)
tensors = collections.OrderedDict([
    ("float32", base),
    ("bfloat16", torch.randn(3, 5).to(torch.bfloat16)),
    ("float16", torch.randn(7).to(torch.float16)),
    ("int32", torch.arange(5, dtype=torch.int32)),
    ("uint8", torch.arange(9, dtype=torch.uint8)),
    ("scalar", torch.tensor(2.5)),
    ("transposed", base.t()),
    ("rows", base[2:5]),
    ("columns", base[:, 1:6:2]),
    ("shared.left", shared[:16].view(4, 4)),
    ("shared.right", shared[10:34].view(2, 3, 4).permute(2, 0, 1)),
    ("expanded", torch.randn(1, 4).expand(3, 4)),
    ("parameter", torch.nn.Parameter(torch.randn(2, 2))),
    ("frozen", torch.nn.Parameter(torch.randn(3), requires_grad=False)),
    ("ünïcode", torch.randn(2)),
    ("rotary.inv_freq", torch.randn(4)),
    ("embeddings.position_ids", torch.arange(4)),
])
both(tensors, "tensors")
save_file({k: v.detach().contiguous().clone() for k, v in tensors.items() if "inv_freq" not in k and "position_ids" not in k},
          OUT / "tensors.safetensors")
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
both(module.state_dict(), "module")
save_file(module.state_dict(), OUT / "module.safetensors")
both({"state_dict": dict(tensors), "epoch": 3, "args": {"lr": 0.1, "names": ["a", None, True]}}, "nested")

both({"weight": torch.eye(3).to_sparse()}, "refused-sparse")
both({"weight": torch.eye(3).to_sparse_csr()}, "refused-csr")
both({"weight": torch.randn(2).double()}, "refused-double")
both({"weight": torch.randn(2), "step": 5}, "refused-number")
both([torch.randn(2)], "refused-list")
both({"weight": torch.randn(2), "args": types.SimpleNamespace(a=1)}, "refused-namespace")
torch.save(module, OUT / "refused-module.zip.pt")
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), OUT / "refused-script.zip.pt")


class Evil:
    def __reduce__(self):
        import os
        return os.system, ("echo executed",)


both({"weight": Evil()}, "refused-evil")

def wide(data):
    """The same zip file with its sizes and places in 64 bits, as files of more than 4 GB have them."""
    import struct
    end = data.rindex(b"PK\5\6")
    count, size, first = struct.unpack("<HII", data[end + 10:end + 20])
    place, entries = first, b""
    for _ in range(count):
        head = bytearray(data[place:place + 46])
        name, extra, comment = struct.unpack("<HHH", head[28:34])
        packed, plain = struct.unpack("<II", head[20:28])
        local, = struct.unpack("<I", head[42:46])
        head[20:28] = head[42:46] * 0 + b"\xff" * 8
        head[42:46] = b"\xff" * 4
        field = struct.pack("<HHQQQ", 1, 24, plain, packed, local)
        head[30:32] = struct.pack("<H", extra + len(field))
        rest = data[place + 46:place + 46 + name + extra + comment]
        entries += bytes(head) + rest[:name + extra] + field + rest[name + extra:]
        place += 46 + name + extra + comment
    record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(entries), first)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, first + len(entries), 1)
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:first] + entries + record + locator + tail


(OUT / "wide.zip.pt").write_bytes(wide((OUT / "module.zip.pt").read_bytes()))
torch.load(OUT / "wide.zip.pt", weights_only=True)
adapter = OUT.parent / "adapters" / "qwen2"
shutil.rmtree(adapter / "pickled", ignore_errors=True)
(adapter / "pickled").mkdir()
shutil.copy(adapter / "plain/adapter_config.json", adapter / "pickled")
torch.save(load_file(adapter / "plain/adapter_model.safetensors"), adapter / "pickled/adapter_model.bin")

# A whole model: Qwen2 with two layers.
source = OUT.parent / "adapters" / "qwen2" / "base"
weights = load_file(source / "model.safetensors")
for name in ["zip", "legacy", "shards", "pth"]:
    folder = OUT / f"model-{name}"
    folder.mkdir()
    shutil.copy(source / "config.json", folder)
torch.save(weights, OUT / "model-zip/pytorch_model.bin")
torch.save(weights, OUT / "model-legacy/pytorch_model.bin", _use_new_zipfile_serialization=False)
torch.save({"model": weights, "optimizer": {"lr": 1e-3}}, OUT / "model-pth/weights.pth")
names = sorted(weights)
parts = [names[:10], names[10:]]
index = {}
for number, part in enumerate(parts, 1):
    file = f"pytorch_model-{number:05}-of-00002.bin"
    torch.save({k: weights[k] for k in part}, OUT / "model-shards" / file)
    index.update({k: file for k in part})
(OUT / "model-shards/pytorch_model.bin.index.json").write_text(json.dumps({"metadata": {"total_size": 0}, "weight_map": index}))

# FP8: the matrices of the same model in blocks of 10 x 6, those of the second layer with a scale each or for each row.
folder = OUT.parent / "fp8"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir()
for kind in ["blocks", "tensors", "rows"]:
    (folder / kind).mkdir()
    stored, widened = {}, {}
    for name, weight in weights.items():
        if "_proj.weight" not in name:
            stored[name] = widened[name] = weight.to(torch.bfloat16)
            continue
        rows, columns = weight.shape
        block = {"blocks": (10, 6), "tensors": (rows, columns), "rows": (1, columns)}[kind]
        counts = [-(-rows // block[0]), -(-columns // block[1])]
        scale = torch.zeros(counts)
        for i in range(counts[0]):
            for j in range(counts[1]):
                part = weight[i * block[0]:(i + 1) * block[0], j * block[1]:(j + 1) * block[1]]
                scale[i, j] = part.abs().max() / 448
        full = scale.repeat_interleave(block[0], 0)[:rows].repeat_interleave(block[1], 1)[:, :columns]
        eight = (weight / full).to(torch.float8_e4m3fn)
        stored[name] = eight
        suffix = "weight_scale_inv" if kind == "blocks" else "weight_scale"
        stored[name.replace("weight", suffix)] = (scale.reshape(()) if kind == "tensors" else scale).clone()
        if kind == "tensors":
            stored[name.replace("weight", "input_scale")] = torch.ones(())
        widened[name] = (eight.float() * full).to(torch.bfloat16)
    save_file(stored, folder / kind / "model.safetensors", metadata={"format": "pt"})
    save_file(widened, folder / f"{kind}.widened.safetensors", metadata={"format": "pt"})
    config = json.loads((source / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
                                     "weight_block_size": [10, 6] if kind == "blocks" else None}
    (folder / kind / "config.json").write_text(json.dumps(config, indent=2))
values = torch.arange(256, dtype=torch.uint8)
save_file({"e4m3": values.view(torch.float8_e4m3fn).float(), "e5m2": values.view(torch.float8_e5m2).float()},
          folder / "values.safetensors")
