"""Saves small configurations with one installed release of transformers.

    python make_configurations.py OUT.json

Adds to OUT.json, for each configuration: the text of config.json as `save_pretrained` writes it, and the values
that `from_pretrained` reads back from it.
"""
import json, pathlib, sys, tempfile
import transformers
from transformers import AutoConfig, Qwen2_5_VLConfig, Qwen2Config, LlamaConfig

V = transformers.__version__
MROPE = {"type": "mrope", "mrope_section": [16, 24, 24]}
TEXT = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
        "vocab_size", "rms_norm_eps", "max_position_embeddings"]


def qwen(**keys):
    return Qwen2_5_VLConfig.from_dict({"model_type": "qwen2_5_vl", "rope_scaling": dict(MROPE), **keys})


def shapes():
    vision = {"hidden_size": 1280, "out_hidden_size": 2048, "tokens_per_second": 2}
    yield "3B", qwen(hidden_size=2048, intermediate_size=11008, num_hidden_layers=36, num_attention_heads=16,
                     num_key_value_heads=2, rms_norm_eps=1e-6, vocab_size=151936, max_position_embeddings=128000,
                     tie_word_embeddings=True, vision_config=vision)
    yield "72B", qwen(max_position_embeddings=32768, rms_norm_eps=1e-5,
                      vision_config={"hidden_size": 1280, "out_hidden_size": 8192, "intermediate_size": 3456})
    yield "qwen2", Qwen2Config(hidden_size=1536, intermediate_size=8960, num_hidden_layers=28,
                               num_attention_heads=12, num_key_value_heads=2)
    try:
        from transformers import Qwen3Config
        yield "qwen3", Qwen3Config(hidden_size=1024, num_hidden_layers=28, num_attention_heads=16,
                                   num_key_value_heads=8)
    except ImportError:
        pass
    try:
        from transformers import InternVLConfig
    except ImportError:
        return
    yield "internvl", InternVLConfig()
    yield "internvl-llama", InternVLConfig(
        image_token_id=31999, text_config={"model_type": "llama", "hidden_size": 4096},
        vision_config={"attention_bias": True})


def facts(config):
    text = config.get_text_config(decoder=True)
    read = {key: getattr(text, key) for key in TEXT}
    rope = getattr(text, "rope_parameters", None)
    read["rope_theta"] = text.rope_theta if rope is None else rope["rope_theta"]
    if getattr(text, "head_dim", None): read["head_dim"] = text.head_dim
    vision = getattr(config, "vision_config", None)
    if vision is not None:
        read["vision"] = {k: v for k, v in vision.to_dict().items() if k in (
            "depth", "hidden_size", "intermediate_size", "num_heads", "num_attention_heads", "num_hidden_layers",
            "patch_size", "spatial_merge_size", "temporal_patch_size", "tokens_per_second", "window_size",
            "out_hidden_size", "fullatt_block_indexes", "image_size", "attention_bias", "use_qk_norm", "norm_type",
            "layer_norm_eps")}
        if hasattr(config, "image_token_id"): read["image_token_id"] = config.image_token_id
    return read


out = pathlib.Path(sys.argv[1])
known = json.loads(out.read_text()) if out.exists() else []
for name, config in shapes():
    with tempfile.TemporaryDirectory() as folder:
        config.save_pretrained(folder)
        text = pathlib.Path(folder, "config.json").read_text()
        again = AutoConfig.from_pretrained(folder)
    known.append({"release": V, "name": name, "config": json.dumps(json.loads(text)), "read": facts(again)})
out.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in known) + "\n]\n")
