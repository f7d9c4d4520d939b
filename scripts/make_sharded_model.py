#!/usr/bin/env python3
"""Makes a sharded Qwen2.5-VL checkpoint with random weights, to measure what depends on size and not on content.

usage: scripts/make_sharded_model.py DIRECTORY [--size 7b|small] [--seed N]

7b has the shapes of Qwen2.5-VL-7B-Instruct (16.6 GB in five shards), small is 0.3 GB in two. Weights are bfloat16
numbers of a normal distribution, as compressible as trained ones; the same command makes the same bytes. With a
seed above 1 one weight in a hundred differs, as after a step of training. Standard library only.
"""
import argparse, array, json, os, random, struct

SIZES = {
    "7b": dict(hidden=3584, inner=18944, layers=28, heads=28, keys=4, vocabulary=152064, depth=32, vision=1280, vision_inner=3420),
    "small": dict(hidden=1024, inner=2816, layers=8, heads=16, keys=4, vocabulary=32000, depth=4, vision=256, vision_inner=684),
}
SHARD = {"7b": 4_000_000_000, "small": 200_000_000}


def tensors(s):
    hidden, inner, vision = s["hidden"], s["inner"], s["vision"]
    key = hidden // s["heads"] * s["keys"]
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
    yield from [("visual.merger.mlp.2.weight", [hidden, 4 * vision]), ("visual.merger.mlp.2.bias", [hidden])]
    yield "model.embed_tokens.weight", [s["vocabulary"], hidden]
    for layer in range(s["layers"]):
        name = f"model.layers.{layer}."
        yield from [(name + "input_layernorm.weight", [hidden]), (name + "post_attention_layernorm.weight", [hidden])]
        for part, rows in (("q", hidden), ("k", key), ("v", key)):
            yield from [(f"{name}self_attn.{part}_proj.weight", [rows, hidden]), (f"{name}self_attn.{part}_proj.bias", [rows])]
        yield name + "self_attn.o_proj.weight", [hidden, hidden]
        yield from [(name + "mlp.gate_proj.weight", [inner, hidden]), (name + "mlp.up_proj.weight", [inner, hidden])]
        yield name + "mlp.down_proj.weight", [hidden, inner]
    yield from [("model.norm.weight", [hidden]), ("lm_head.weight", [s["vocabulary"], hidden])]


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
    options = parser.parse_args()
    s = SIZES[options.size]
    os.makedirs(options.directory)
    shards, filled = [[]], 0
    for name, shape in tensors(s):
        if filled and filled + byte_count(shape) > SHARD[options.size]:
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
    config = {
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "torch_dtype": "bfloat16",
        "hidden_size": s["hidden"], "intermediate_size": s["inner"], "num_hidden_layers": s["layers"],
        "num_attention_heads": s["heads"], "num_key_value_heads": s["keys"], "vocab_size": s["vocabulary"],
        "tie_word_embeddings": False, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0, "hidden_act": "silu",
        "vision_config": {
            "depth": s["depth"], "hidden_size": s["vision"], "intermediate_size": s["vision_inner"], "in_chans": 3,
            "out_hidden_size": s["hidden"], "patch_size": 14, "temporal_patch_size": 2, "spatial_merge_size": 2,
            "num_heads": 16, "window_size": 112, "fullatt_block_indexes": [s["depth"] - 1], "hidden_act": "silu"},
    }
    for name, value in (("model.safetensors.index.json", index), ("config.json", config)):
        with open(os.path.join(options.directory, name), "w") as file:
            json.dump(value, file, indent=2)


main()
