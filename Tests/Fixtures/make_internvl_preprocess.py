#!/usr/bin/env python3
"""InternVL's picture goldens as hashes: make_internvl_preprocess.py REFERENCE, beside which images/ must lie.

REFERENCE/goldens/internvl_preprocess.{json,safetensors} holds tiles and pixel values as OpenGVLab's code and
transformers 5.23 made them (1.3 MB). Here every picture is cut again with Pillow 11.3, compared with the arrays
that are there, and kept as SHA-256: of the tiles' bytes [tiles, S, S, 3] and of the pixel values [tiles, 3, S, S] in
little-endian float32. `ties` are pictures between two grids of equal area, where the two programs' orders differ:
[width, height, fewest, most, grid of OpenGVLab, grid of transformers]. Needs numpy, Pillow and safetensors.
"""
import hashlib
import itertools
import json
import pathlib
import sys
from fractions import Fraction

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import load_file

here, source = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1]) / "goldens"
record = json.loads((source / "internvl_preprocess.json").read_text())
arrays = load_file(source / "internvl_preprocess.safetensors")
FILES = {"exif6": "exif6.jpg", "jpeg420": "jpeg420.jpg"}
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def original_order(least, most):
    pairs = set((i, j) for n in range(least, most + 1) for i in range(1, n + 1) for j in range(1, n + 1)
                if least <= i * j <= most)
    return sorted(pairs, key=lambda pair: pair[0] * pair[1])


def converted_order(least, most):
    pairs = [(i, j) for i in range(1, most + 1) for j in range(1, most + 1) if least <= i * j <= most]
    return sorted(pairs, key=lambda pair: pair[0] * pair[1])


def best(candidates, width, height, size):
    choice, nearest = (1, 1), float("inf")
    for columns, rows in candidates:
        distance = abs(width / height - columns / rows)
        if distance < nearest:
            choice, nearest = (columns, rows), distance
        elif distance == nearest and width * height > 0.5 * size * size * columns * rows:
            choice = (columns, rows)
    return choice


def cut(image, least, most, size):
    columns, rows = best(original_order(least, most), *image.size, size)
    whole = image.resize((size * columns, size * rows), Image.BICUBIC)
    tiles = [whole.crop((c * size, r * size, c * size + size, r * size + size))
             for r in range(rows) for c in range(columns)]
    if len(tiles) > 1:
        tiles.append(image.resize((size, size), Image.BICUBIC))
    return (columns, rows), np.stack([np.asarray(tile) for tile in tiles])


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


images = {}
for name, facts in record["images"].items():
    if name == "tiles448":
        continue
    image = ImageOps.exif_transpose(Image.open(here / "images" / FILES.get(name, f"{name}.png"))).convert("RGB")
    grid, tiles = cut(image, 1, 12, record["tile"])
    assert list(grid) == facts["grid_cols_rows"] and len(tiles) == facts["n_tiles"], name
    scaled = (tiles.astype(np.float64) * (1 / 255)).astype(np.float32)
    values = ((scaled - MEAN) / STD).transpose(0, 3, 1, 2)
    for key, mine in [("tiles_u8", tiles), ("pixel_values", values)]:
        golden = arrays.get(f"{name}.{key}")
        assert golden is None or np.array_equal(golden, mine), (name, key)
    images[name] = {"grid": list(grid), "tiles": len(tiles), "sha256_tiles": sha(tiles), "sha256_values": sha(values)}

ties = []
for least, most in itertools.product(range(1, 13), range(1, 25)):
    both = original_order(least, most), converted_order(least, most)
    for a, b in itertools.combinations(both[0], 2):
        if a[0] * a[1] == b[0] * b[1]:
            middle = (Fraction(*a) + Fraction(*b)) / 2
            for factor in (1, 40):
                width, height = middle.numerator * factor, middle.denominator * factor
                found = [best(order, width, height, 448) for order in both]
                if found[0] != found[1]:
                    ties.append([width, height, least, most, *found])
large = record["images"]["tiles448"]
out = {"tile": record["tile"], "images": images, "grid_table": record["grid_table"],
       "original_order_1_12": record["target_ratio_order_1_12"], "ties": ties,
       "tiles448": {key: large[key] for key in ["image", "min", "max", "grid", "sha256_u8_hwc"]}}
(here / "goldens/internvl_preprocess.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(len(images), "pictures,", len(ties), "ties")
