#!/usr/bin/env python3
"""Select the committed fixtures from the full set of reference goldens.

    python3 make_fixtures.py GOLDENS_FOLDER

The full set (about 60 MB) is computed once with PyTorch and transformers: randomly initialised Qwen2.5-VL models
of a few hundred thousand weights in the exact public file layout, and what the reference implementation answers
for them. This script keeps what the tests read, byte for byte where a file is kept whole, and leaves out

* arrays that another kept file holds already (`pixel_values` of the same image); the file then says in its
  safetensors metadata, key `pixel_values_from`, which file of goldens/ has them. The script checks they are equal;
* gradients of the middle blocks and of the last blocks' MLPs, whose norms stay in the JSON file beside;
* whole-vocabulary rows and the embedding of the 151,936-word model (4.9 MB of random numbers);
* everything about video and InternVL.

It needs numpy and safetensors, writes images/, checkpoints/ and goldens/ beside itself and prints the sizes.
"""
import pathlib
import re
import shutil
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 15_500_000  # bytes; the tokenizer's files share the folder, which stays below 18 MB

# Checkpoints copied whole, and what of them is not copied.
CHECKPOINTS = {
    "qwen25vl-tiny": (),
    "qwen25vl-tiny-ref": (),
    "qwen25vl-tiny-untied-newnames": (),
    # Configuration only: its goldens test the real token ids, template and positions.
    "qwen25vl-tiny-realvocab": ("*.safetensors", "*.index.json", "tokenizer*.json"),
}

# Golden file -> (regular expressions of arrays to leave out, file that holds its pixel_values or None).
GOLDENS = {
    "images_decoded": ((), None),
    "qwen_preprocess": ((r".*\.pixel_values",), None),  # SHA-256 of each in the JSON, arrays in the cases below
    "logits_processors": ((), None),
    "qwen25vl-tiny.text_only": ((), None),
    "qwen25vl-tiny.text_default_system": ((), None),
    "qwen25vl-tiny.one_image": ((), None),
    "qwen25vl-tiny.two_images_ids": ((), None),
    "qwen25vl-tiny.wide_image": ((), None),
    "qwen25vl-tiny.tall_image": ((), None),
    "qwen25vl-tiny.exif_tiny": ((), None),
    "qwen25vl-tiny.multi_turn": ((), None),
    "qwen25vl-tiny.batch_left_pad": ((), "qwen25vl-tiny.one_image"),
    "qwen25vl-tiny.stages_one_image": ((), None),
    "qwen25vl-tiny.grpo": ((), "qwen25vl-tiny.one_image"),
    "qwen25vl-tiny.sft_one_image": (
        (
            r"grad\.model\.layers\.(1\..*|2\.mlp\..*)",
            r"grad\.visual\.blocks\.([12]\..*|3\.mlp\..*)",
        ),
        "qwen25vl-tiny.one_image",
    ),
    "qwen25vl-tiny-untied-newnames.two_images_ids": ((), "qwen25vl-tiny.two_images_ids"),
    "qwen25vl-tiny-realvocab.text_only": (("logits_last",), None),
    "qwen25vl-tiny-realvocab.two_images_ids": (("logits_last",), "qwen25vl-tiny.two_images_ids"),
}


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


def select(goldens, name, target):
    leave_out, pixels_from = GOLDENS[name]
    arrays = read(goldens / f"{name}.safetensors")
    kept = {k: v for k, v in arrays.items() if not any(re.fullmatch(p, k) for p in leave_out)}
    metadata = {}
    if pixels_from:
        elsewhere = read(goldens / f"{pixels_from}.safetensors")["pixel_values"]
        assert np.array_equal(kept.pop("pixel_values"), elsewhere), f"{name}: pixel_values differ from {pixels_from}"
        metadata["pixel_values_from"] = pixels_from
    save_file(kept, target / f"{name}.safetensors", metadata or None)
    described = goldens / f"{name}.json"
    if described.exists():
        copy(described, target / described.name)
    return sorted(set(arrays) - set(kept))


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
    goldens = fresh("goldens")
    for name in GOLDENS:
        dropped = select(source / "goldens", name, goldens)
        print(f"{(goldens / f'{name}.safetensors').stat().st_size:>9,}  {name}  ({len(dropped)} arrays left out)")
    total = sum(p.stat().st_size for f in (images, checkpoints, goldens) for p in f.rglob("*") if p.is_file())
    print(f"{total:,} bytes in all")
    if total > LIMIT:
        sys.exit(f"over the limit of {LIMIT:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
