#!/usr/bin/env python3
"""Select the committed fixtures from the full set of reference goldens.

    python3 make_fixtures.py GOLDENS_FOLDER

The full set (about 60 MB) is computed once with PyTorch and transformers: randomly initialised Qwen2.5-VL and InternVL
models of a few hundred thousand weights in the exact public file layout, and what the reference implementation answers
for them. This script keeps what the tests read, byte for byte where nothing is said below, and

* replaces `pixel_values` and `pixel_values_videos` by the SHA-256 of their bytes (`pixel_values.sha256`): our processors
  give the same bits, so the tests compute them from images/ and the frames in `videos`;
* replaces the logits of all rows by the 20 largest of each row (`topk_ids`, `topk_logits`), the normaliser
  (`logsumexp`), the whole last row (`logits_last`) and a sketch of all (see below), but in one case of each family; of the last rows of 151,936 logits
  it keeps every 61st (`logits_last.every_61st`);
* replaces resized pictures (`resized_u8`) by the SHA-256 of their bytes;
* rounds gradients to 16 significant bits, stored as three bytes each (`NAME.f24`);
* leaves out or thins arrays named in GOLDENS below: of gradients of middle blocks a sketch stays (`NAME.sketch`), 16 sums of all
  numbers with random signs, whose distance from another sketch tells how far the arrays are apart (Johnson and
  Lindenstrauss 1984); of others every 61st number (`NAME.every_61st`);
* leaves out the float32 copies of bfloat16 models and one of two layouts of each InternVL model, which the tests make
  from the other;
* replaces the 151,936-word model's table of tokens (4.9 MB) by how PyTorch drew it: the seed, the place in the generator's
  numbers, the few entries that come out otherwise, and the SHA-256 of the table, all of whose rows the tests draw again.

`make test-goldens GOLDENS=FOLDER` runs the same tests on the full set, with what is left out here.

It needs numpy and safetensors, writes images/, checkpoints/ and goldens/ beside itself and prints the sizes.
"""
import hashlib
import json
import pathlib
import re
import shutil
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 17_500_000  # bytes; the tokenizer's files and others share the folder, which stays below 20 MB

# Checkpoints copied whole, and what of them is not copied.
CHECKPOINTS = {
    "qwen25vl-tiny": (),
    "qwen25vl-tiny-ref": (),
    "qwen25vl-tiny-untied-newnames": (),
    # Its weights become goldens/qwen25vl-tiny-realvocab.weights; its tokenizer is tokenizer/qwen25.
    "qwen25vl-tiny-realvocab": ("*.safetensors", "*.index.json", "tokenizer*.json"),
    "internvl-tiny-hf": (),
    "internvl-tiny-ref": (),
    "internvl-internlm2-tiny-orig": (),
    "internvl35-tiny-hf": (),
    # The other layouts' configurations; their weights are made by the tests.
    "internvl-tiny-orig": ("*.safetensors", "*.index.json", "tokenizer*.json", "vocab.json", "merges.txt"),
    "internvl-internlm2-tiny-hf": ("*.safetensors", "*.index.json", "tokenizer*.json"),
    "internvl35-tiny-orig": ("*.safetensors", "tokenizer*.json"),
}

# Golden file -> regular expressions of arrays that are not kept whole: gradients are sketched, large arrays thinned, others left out.
GOLDENS = {
    "images_decoded": (),
    "qwen_preprocess": (r".*\.pixel_values",),  # SHA-256 of each in the JSON
    "logits_processors": (),
    "qwen25vl-tiny.text_only": (),
    "qwen25vl-tiny.text_default_system": (),
    "qwen25vl-tiny.one_image": (),
    "qwen25vl-tiny.two_images_ids": (),
    "qwen25vl-tiny.wide_image": (),
    "qwen25vl-tiny.tall_image": (),
    "qwen25vl-tiny.exif_tiny": (),
    "qwen25vl-tiny.multi_turn": (),
    "qwen25vl-tiny.video_v1": (),
    "qwen25vl-tiny.video_v2": (),
    "qwen25vl-tiny.image_and_videos": (),
    "qwen25vl-tiny.batch_left_pad": (),
    "qwen25vl-tiny.stages_one_image": (),
    "qwen25vl-tiny.grpo": (),
    "qwen25vl-tiny.sft_one_image": (
        r"grad\.model\.layers\.(1\..*|2\.mlp\..*)",
        r"grad\.visual\.(blocks\.([12]\..*|3\.mlp\..*)|merger\.mlp\.0\.weight)",
        r"adamw_.*\.model\.embed_tokens\.weight",
    ),
    "qwen25vl-tiny-untied-newnames.two_images_ids": (),
    "qwen25vl-tiny-untied-newnames.video_v2": (),
    "qwen25vl-tiny-realvocab.text_only": ("logits_last",),
    "qwen25vl-tiny-realvocab.two_images_ids": ("logits_last",),
    "videos": (),
    "pixel_shuffle": (),
    "internvl-tiny-hf.text_only": (),
    "internvl-tiny-hf.one_image_hf": (),
    "internvl-tiny-hf.one_image_orig": (),
    "internvl-tiny-hf.two_images_orig": (),
    "internvl-internlm2-tiny-hf.text_only": (),
    "internvl-internlm2-tiny-hf.one_image_orig": (),
    "internvl35-tiny-hf.text_only": (),
    "internvl35-tiny-hf.one_image_orig": (),
    "internvl-tiny-hf.stages": (),
    "internvl35-tiny-hf.stages": (),
    "internvl-tiny-hf.grpo": (),
    "internvl-tiny-hf.sft_one_image": (
        r"grad\.language_model\.model\.(layers\.1\..*|embed_tokens\.weight)",
        r"grad\.vision_tower\.encoder\.layer\.1\..*",
        r"adamw_.*\.embed_tokens\.weight",
    ),
}
WHOLE_LOGITS = {"qwen25vl-tiny.one_image", "internvl-tiny-hf.one_image_hf"}


def fresh(folder):
    """An empty folder of this name beside the script."""
    target = HERE / folder
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    return target


def copy(source, target):
    """Copies bytes only: the source may be read-only."""
    target.write_bytes(source.read_bytes())


def read(path):
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}


def rounded(array):
    """The upper three bytes of each float32, rounded to nearest even."""
    bits = np.ascontiguousarray(array, dtype="<f4").view("<u4").astype(np.uint64)
    bits = ((bits + 0x7F + ((bits >> 8) & 1)) >> 8).astype("<u4")
    return bits.reshape(array.shape + (1,)).view(np.uint8).reshape(array.shape + (4,))[..., :3].copy()


def sketch(array):
    """Sums of all numbers with signs, 16 times; bit j of SplitMix64's i-th number turns number i of sum j."""
    with np.errstate(over="ignore"):
        bits = (np.arange(array.size, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    wide = array.reshape(-1).astype(np.float64)
    sums = [np.where(bits >> np.uint64(j) & np.uint64(1), -wide, wide).sum() for j in range(16)]
    return np.array(sums, np.float32)


def top(logits):
    """The 20 largest logits of each row, the normaliser, and the last row."""
    ids = np.argsort(-logits, axis=1, kind="stable")[:, :20]
    wide = logits.astype(np.float64)
    largest = wide.max(axis=1, keepdims=True)
    sums = np.log(np.exp(wide - largest).sum(axis=1)) + largest[:, 0]
    return {
        "topk_ids": ids.astype(np.int32), "topk_logits": np.take_along_axis(logits, ids, 1),
        "logsumexp": sums.astype(np.float32), "logits_last": logits[-1].copy(),
    }


def select(goldens, name, target):
    arrays = read(goldens / f"{name}.safetensors")
    kept = {}
    for key, array in arrays.items():
        if not any(re.fullmatch(pattern, key) for pattern in GOLDENS[name]):
            kept[key] = array
        elif key.startswith("grad"):
            kept[f"{key}.sketch"] = sketch(array)
        elif key.startswith("adamw") or key == "logits_last":
            kept[f"{key}.every_61st"] = array.reshape(-1)[::61].copy()
    for key in [k for k in kept if k in ("pixel_values", "pixel_values_videos") or k.endswith(".resized_u8")]:
        digest = hashlib.sha256(kept.pop(key).tobytes()).digest()
        kept[f"{key}.sha256"] = np.frombuffer(digest, np.uint8).copy()
    if "logits" in kept and name not in WHOLE_LOGITS:
        kept["logits.sketch"] = sketch(kept["logits"])
        kept.update(top(kept.pop("logits")))
    for key in [key for key in kept if key.startswith("grad") and not key.endswith(".sketch")]:
        kept[f"{key}.f24"] = rounded(kept.pop(key))
    save_file(kept, target / f"{name}.safetensors")
    described = goldens / f"{name}.json"
    if described.exists():
        copy(described, target / described.name)
    return len(arrays), len(kept)


def tensors(path):
    """The tensors of a safetensors file as [type, shape, bytes]; numpy has no bfloat16."""
    file = path.read_bytes()
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    header.pop("__metadata__", None)
    places = {name: slice(start + t["data_offsets"][0], start + t["data_offsets"][1]) for name, t in header.items()}
    return {name: [header[name]["dtype"], header[name]["shape"], file[place]] for name, place in places.items()}


def write_tensors(tensors, path):
    """What `tensors` read."""
    header, body = {}, b""
    for name, (dtype, shape, data) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)


def drawn_table(seed, skipped, count, scale, factor):
    """PyTorch's `randn` times a scale in bfloat16, times a power of two, as the bits that Tests/TestKit/DrawnTable.swift makes."""
    generator = np.random.MT19937()
    generator._legacy_seeding(seed)
    words = generator.random_raw(skipped + count)[skipped:].astype(np.uint32)
    uniform = ((words & 0xFFFFFF).astype(np.float32) * np.float32(2**-24)).reshape(-1, 2, 8)
    logs = np.log((np.float32(1) - uniform[:, 0]).astype(np.float64)).astype(np.float32)
    radius = np.sqrt(np.float32(-2) * logs)
    angle = (np.float32(2 * np.pi) * uniform[:, 1]).astype(np.float64)
    turned = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    return bfloat16(np.float32(scale) * (radius[:, None] * turned).reshape(-1), factor)


def bfloat16(values, factor):
    """The bits of values rounded to bfloat16, then multiplied by a power of two."""
    bits = values.view("<u4").astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u4") << 16
    return ((rounded.view("<f4") * np.float32(factor)).view("<u4") >> 16).astype("<u2")


def select_drawn(source, target):
    """The 151,936-word model's weights, its table of tokens as what is needed to draw it again."""
    name = "model.embed_tokens.weight"
    kept = {}
    for shard in sorted((source / "checkpoints" / "qwen25vl-tiny-realvocab").glob("*.safetensors")):
        kept.update(tensors(shard))
    dtype, shape, table = kept.pop(name)
    drawing = {"seed": 20_250, "skipped": 2_569_740, "scale": 0.06, "factor": 2}
    true = np.frombuffer(table, "<u2")
    at = np.flatnonzero(drawn_table(count=true.size, **drawing) != true)
    kept["otherwise.at"] = ["I32", [at.size], at.astype("<i4").tobytes()]
    kept["otherwise.bits"] = [dtype, [at.size], true[at].tobytes()]
    write_tensors(kept, target / "qwen25vl-tiny-realvocab.weights.safetensors")
    description = {"name": name, "shape": shape, **drawing, "sha256": hashlib.sha256(table).hexdigest()}
    (target / "qwen25vl-tiny-realvocab.weights.json").write_text(json.dumps(description, indent=1) + "\n")
    print(f"{at.size} of {true.size:,} entries of the drawn table are otherwise")


def main(source):
    images = fresh("images")
    for path in sorted((source / "images").iterdir()):
        copy(path, images / path.name)
    checkpoints = fresh("checkpoints")
    for name, excluded in CHECKPOINTS.items():
        (checkpoints / name).mkdir()
        for path in sorted((source / "checkpoints" / name).iterdir()):
            if not any(path.match(pattern) for pattern in excluded):
                copy(path, checkpoints / name / path.name)
    goldens = HERE / "goldens"  # Also holds internvl_preprocess.json, which another script makes.
    for path in [goldens / f"{name}.{ending}" for name in GOLDENS for ending in ("safetensors", "json")]:
        path.unlink(missing_ok=True)
    for name in GOLDENS:
        found, kept = select(source / "goldens", name, goldens)
        print(f"{(goldens / f'{name}.safetensors').stat().st_size:>9,}  {name}  ({found} arrays, {kept} kept)")
    select_drawn(source, goldens)
    total = sum(p.stat().st_size for f in (images, checkpoints, goldens) for p in f.rglob("*") if p.is_file())
    print(f"{total:,} bytes in all")
    if total > LIMIT:
        sys.exit(f"over the limit of {LIMIT:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
