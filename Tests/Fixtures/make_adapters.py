"""Makes small models, PEFT adapters for them and what PEFT merges them to.

    python make_adapters.py     (torch 2.13, transformers 5.24, peft 0.21, safetensors)

Writes `adapters/MODEL/base` (a model in float32), `adapters/MODEL/NAME` (an adapter) and
`adapters/MODEL/NAME.merged.safetensors` (every tensor that `merge_and_unload` changed, under its name in memory).
"""
import json, pathlib, shutil
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import (AutoConfig, InternVLConfig, InternVLForConditionalGeneration, Qwen2Config, Qwen2ForCausalLM,
                          Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration)

OUT = pathlib.Path(__file__).parent / "adapters"
TEXT = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
            vocab_size=40, max_position_embeddings=64, rms_norm_eps=1e-6, bos_token_id=0, eos_token_id=1, pad_token_id=1,
            tie_word_embeddings=False)


def qwen25vl():
    config = Qwen2_5_VLConfig(
        text_config=dict(TEXT, rope_parameters={"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 1e4}),
        vision_config=dict(depth=1, hidden_size=16, intermediate_size=24, num_heads=2, out_hidden_size=16, patch_size=2,
                           window_size=8, fullatt_block_indexes=[0]),
        image_token_id=10, video_token_id=11, vision_start_token_id=12, vision_end_token_id=13, tie_word_embeddings=False)
    return Qwen2_5_VLForConditionalGeneration(config)


def internvl():
    config = InternVLConfig(
        text_config=dict(TEXT, model_type="qwen2", head_dim=8),
        vision_config=dict(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
                           image_size=[8, 8], patch_size=[2, 2]),
        image_token_id=10, tie_word_embeddings=False)
    return InternVLForConditionalGeneration(config)


def qwen2():
    return Qwen2ForCausalLM(Qwen2Config(**TEXT))


ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
CASES = {
    "qwen25vl": (qwen25vl, {
        "plain": dict(r=4, lora_alpha=8, target_modules=ALL + ["qkv", "attn.proj"]),
        "patterns": dict(r=4, lora_alpha=8, use_rslora=True, target_modules=["q_proj", "v_proj", "down_proj"],
                         rank_pattern={r"layers\.1\.self_attn\.q_proj": 2, "down_proj": 3},
                         alpha_pattern={"v_proj": 5, r"model\.language_model\.layers\.0\..*": 3}, bias="lora_only"),
        "saved": dict(r=2, lora_alpha=4, target_modules=["up_proj", "embed_tokens"], modules_to_save=["lm_head"],
                      bias="all"),
        "layers": dict(r=2, lora_alpha=4, target_modules=["q_proj"], lora_bias=True, layers_to_transform=[1]),
        "dora": dict(r=2, lora_alpha=4, target_modules=["q_proj"], use_dora=True),
    }),
    "internvl": (internvl, {"plain": dict(r=4, lora_alpha=8, target_modules=ALL + ["projection_layer", "fc1", "linear_1"])}),
    "qwen2": (qwen2, {"plain": dict(r=3, lora_alpha=7, target_modules=ALL)}),
}

shutil.rmtree(OUT, ignore_errors=True)
torch.manual_seed(0)
for name, (make, adapters) in CASES.items():
    base = make().to(torch.float32).eval()
    for parameter in base.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    base.save_pretrained(OUT / name / "base")
    before = {key: value.clone() for key, value in base.state_dict().items()}
    for adapter, settings in adapters.items():
        fresh = make().to(torch.float32)
        fresh.load_state_dict(before)
        model = get_peft_model(fresh, LoraConfig(**settings))
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:
                torch.nn.init.normal_(parameter, std=0.5)
        model.save_pretrained(OUT / name / adapter)
        (OUT / name / adapter / "README.md").unlink(missing_ok=True)
        # Read back: the written file is what has to be merged, and PEFT sorts its patterns.
        fresh = make().to(torch.float32)
        fresh.load_state_dict(before)
        merged = PeftModel.from_pretrained(fresh, OUT / name / adapter).merge_and_unload().state_dict()
        changed = {key: value.contiguous() for key, value in merged.items() if not torch.equal(value, before[key])}
        if adapter != "dora":
            save_file(changed, OUT / name / f"{adapter}.merged.safetensors")
        print(name, adapter, len(changed))
for file in OUT.rglob("generation_config.json"):
    file.unlink()
