#!/usr/bin/env python3
"""Makes a sharded checkpoint with random weights, to measure what depends on size and not on content.

usage: scripts/make_sharded_model.py DIRECTORY [--size NAME] [--seed N] [--side-files FOLDER]

7b and 3b have the shapes of Qwen2.5-VL (16.6 and 7.5 GB), internvl3-2b those of InternVL3 in Hugging Face's layout
(4.2 GB), small is 0.3 GB in two shards. Weights are bfloat16 numbers of a normal distribution, as compressible as trained
ones; the same command makes the same bytes. With a seed above 1 one weight in a hundred differs, as after a step of
training. A folder of side files (the configuration of any model of the family, tokenizer, preprocessor) makes a model that
answers: its config.json is taken over with the sizes changed. Standard library only.
"""
import argparse, array, json, os, random, shutil, struct

QWEN = dict(depth=32, vision=1280, vision_inner=3420, vision_heads=16, full=[7, 15, 23, 31], tied=False)
SIZES = {
    "7b": dict(QWEN, hidden=3584, inner=18944, layers=28, heads=28, keys=4, vocabulary=152064),
    "3b": dict(QWEN, hidden=2048, inner=11008, layers=36, heads=16, keys=2, vocabulary=151936, tied=True),
    "small": dict(
        hidden=1024, inner=2816, layers=8, heads=16, keys=4, vocabulary=32000, depth=4, vision=256, vision_inner=684,
        vision_heads=16, full=[3], tied=False),
    "internvl3-2b": dict(
        hidden=1536, inner=8960, layers=28, heads=12, keys=2, vocabulary=151674, depth=24, vision=1024, vision_inner=4096,
        vision_heads=16, side=448, tied=False),
}
SHARD_BYTES = 4_000_000_000


def qwen_tower(s):
    vision = s["vision"]
    yield "visual.patch_embed.proj.weight", [vision, 3, 2, 14, 14]
    for layer in range(s["depth"]):
        name = f"visual.blocks.{layer}."
        yield from [(name + "norm1.weight", [vision]), (name + "norm2.weight", [vision])]
        yield from [(name + "attn.qkv.weight", [3 * vision, vision]), (name + "attn.qkv.bias", [3 * vision])]
        yield from [(name + "attn.proj.weight", [vision, vision]), (name + "attn.proj.bias", [vision])]
        for part in ("gate_proj", "up_proj"):
            yield from [(f"{name}mlp.{part}.weight", [s["vision_inner"], vision]), (f"{name}mlp.{part}.bias", [s["vision_inner"]])]
        yield from [(name + "mlp.down_proj.weight", [vision, s["vision_inner"]]), (name + "mlp.down_proj.bias", [vision])]
    yield from [("visual.merger.ln_q.weight", [vision])]
    yield from [("visual.merger.mlp.0.weight", [4 * vision, 4 * vision]), ("visual.merger.mlp.0.bias", [4 * vision])]
    yield from [("visual.merger.mlp.2.weight", [s["hidden"], 4 * vision]), ("visual.merger.mlp.2.bias", [s["hidden"]])]


def internvl_tower(s):
    vision, inner, patches = s["vision"], s["vision_inner"], (s["side"] // 14) ** 2
    start = "vision_tower.embeddings."
    yield from [(start + "cls_token", [1, 1, vision]), (start + "position_embeddings", [1, patches + 1, vision])]
    start += "patch_embeddings.projection."
    yield from [(start + "weight", [vision, 3, 14, 14]), (start + "bias", [vision])]
    for layer in range(s["depth"]):
        name = f"vision_tower.encoder.layer.{layer}."
        for part in ("q_proj", "k_proj", "v_proj", "projection_layer"):
            yield from [(f"{name}attention.{part}.weight", [vision, vision]), (f"{name}attention.{part}.bias", [vision])]
        for part in ("layernorm_before", "layernorm_after"):
            yield from [(f"{name}{part}.weight", [vision]), (f"{name}{part}.bias", [vision])]
        yield from [(name + "lambda_1", [vision]), (name + "lambda_2", [vision])]
        yield from [(name + "mlp.fc1.weight", [inner, vision]), (name + "mlp.fc1.bias", [inner])]
        yield from [(name + "mlp.fc2.weight", [vision, inner]), (name + "mlp.fc2.bias", [vision])]
    start, merged = "multi_modal_projector.", 4 * vision
    yield from [(start + "layer_norm.weight", [merged]), (start + "layer_norm.bias", [merged])]
    yield from [(start + "linear_1.weight", [s["hidden"], merged]), (start + "linear_1.bias", [s["hidden"]])]
    yield from [(start + "linear_2.weight", [s["hidden"], s["hidden"]]), (start + "linear_2.bias", [s["hidden"]])]


def tensors(s):
    hidden, inner = s["hidden"], s["inner"]
    key = hidden // s["heads"] * s["keys"]
    is_qwen = "full" in s
    yield from qwen_tower(s) if is_qwen else internvl_tower(s)
    start = "" if is_qwen else "language_model."
    yield start + "model.embed_tokens.weight", [s["vocabulary"], hidden]
    for layer in range(s["layers"]):
        name = f"{start}model.layers.{layer}."
        yield from [(name + "input_layernorm.weight", [hidden]), (name + "post_attention_layernorm.weight", [hidden])]
        for part, rows in (("q", hidden), ("k", key), ("v", key)):
            yield from [(f"{name}self_attn.{part}_proj.weight", [rows, hidden]), (f"{name}self_attn.{part}_proj.bias", [rows])]
        yield name + "self_attn.o_proj.weight", [hidden, hidden]
        yield from [(name + "mlp.gate_proj.weight", [inner, hidden]), (name + "mlp.up_proj.weight", [inner, hidden])]
        yield name + "mlp.down_proj.weight", [hidden, inner]
    yield start + "model.norm.weight", [hidden]
    if not s["tied"]:
        yield start + "lm_head.weight", [s["vocabulary"], hidden]


def configuration(s, base):
    """config.json of the sizes, over that of a model of the family."""
    language = {
        "hidden_size": s["hidden"], "intermediate_size": s["inner"], "num_hidden_layers": s["layers"],
        "num_attention_heads": s["heads"], "num_key_value_heads": s["keys"], "vocab_size": s["vocabulary"],
        "tie_word_embeddings": s["tied"], "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "hidden_act": "silu",
    }
    vision = {"hidden_size": s["vision"], "intermediate_size": s["vision_inner"]}
    config = {"torch_dtype": "bfloat16"} | base
    if "full" in s:
        vision |= {
            "depth": s["depth"], "num_heads": s["vision_heads"], "out_hidden_size": s["hidden"], "in_chans": 3, "patch_size": 14,
            "temporal_patch_size": 2, "spatial_merge_size": 2, "window_size": 112, "fullatt_block_indexes": s["full"],
            "hidden_act": "silu",
        }
        half = s["hidden"] // s["heads"] // 2
        scaling = {"type": "mrope", "mrope_section": [half - 2 * (half * 3 // 8), half * 3 // 8, half * 3 // 8]}
        config |= {"architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "rope_scaling": scaling}
        return config | language | {"vision_config": base.get("vision_config", {}) | vision}
    vision |= {
        "num_hidden_layers": s["depth"], "num_attention_heads": s["vision_heads"], "image_size": [s["side"], s["side"]],
        "patch_size": [14, 14],
    }
    config |= {"model_type": "internvl", "image_seq_length": (s["side"] // 28) ** 2, "tie_word_embeddings": s["tied"]}
    return config | {
        "text_config": base.get("text_config", {"model_type": "qwen2"}) | language,
        "vision_config": base.get("vision_config", {"model_type": "internvl_vision"}) | vision,
    }


def copy_side_files(folder, target, s):
    for name in sorted(os.listdir(folder)):
        if name == "config.json" or not name.endswith((".json", ".txt", ".jinja", ".model")) or name.endswith(".index.json"):
            continue
        shutil.copyfile(os.path.join(folder, name), os.path.join(target, name))
    path = os.path.join(target, "preprocessor_config.json")
    if "side" in s and os.path.exists(path):
        with open(path) as file:
            preprocessor = json.load(file)
        preprocessor["size"] = {"height": s["side"], "width": s["side"]}
        with open(path, "w") as file:
            json.dump(preprocessor, file, indent=2)


def byte_count(shape):
    count = 2
    for size in shape:
        count *= size
    return count


def block(generator, seed, count=1 << 22):
    """bfloat16 numbers of a normal distribution: the upper halves of float32."""
    wide = array.array("f", (generator.gauss(0, 0.02) for _ in range(count))).tobytes()
    narrow = bytearray(2 * count)
    narrow[0::2], narrow[1::2] = wide[2::4], wide[3::4]
    if seed > 1:
        for place in random.Random(seed).sample(range(count), count // 100):
            narrow[2 * place] ^= 1
    return memoryview(bytes(narrow))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--size", choices=SIZES, default="7b")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side-files")
    options = parser.parse_args()
    s = SIZES[options.size]
    os.makedirs(options.directory)
    shards, filled = [[]], 0
    for name, shape in tensors(s):
        if filled and filled + byte_count(shape) > (200_000_000 if options.size == "small" else SHARD_BYTES):
            shards.append([])
            filled = 0
        shards[-1].append((name, shape))
        filled += byte_count(shape)
    generator = random.Random(1)
    numbers = block(generator, options.seed)
    weight_map = {}
    for number, shard in enumerate(shards):
        file_name = f"model-{number + 1:05}-of-{len(shards):05}.safetensors"
        header, end = {"__metadata__": {"format": "pt"}}, 0
        for name, shape in shard:
            header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + byte_count(shape)]}
            end += byte_count(shape)
            weight_map[name] = file_name
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(os.path.join(options.directory, file_name), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for name, shape in shard:
                left, start = byte_count(shape), 2 * generator.randrange(len(numbers) // 2)
                while left:
                    piece = numbers[start : start + left]
                    file.write(piece)
                    left, start = left - len(piece), 0
    index = {"metadata": {"total_size": sum(byte_count(shape) for _, shape in tensors(s))}, "weight_map": weight_map}
    base = {}
    if options.side_files:
        with open(os.path.join(options.side_files, "config.json")) as file:
            base = json.load(file)
        copy_side_files(options.side_files, options.directory, s)
    config = configuration(s, base)
    for name, value in (("model.safetensors.index.json", index), ("config.json", config)):
        with open(os.path.join(options.directory, name), "w") as file:
            json.dump(value, file, indent=2)


main()
