"""Makes this folder from a folder of reference checkpoints and goldens: make_fixtures.py REFERENCE.

REFERENCE holds checkpoints/<name>/tokenizer.json and goldens/<name>.<case>.{json,safetensors} as Hugging Face
transformers wrote them. Needs tokenizers, jinja2, numpy and safetensors. A rerun gives identical bytes.
"""
import json
import pathlib
import random
import shutil
import sys

from jinja2.sandbox import ImmutableSandboxedEnvironment
from safetensors.numpy import load_file
from tokenizers import Tokenizer

reference, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
checkpoints, goldens = reference / "checkpoints", reference / "goldens"
TINY, REAL, INTERN = "qwen25vl-tiny", "qwen25vl-tiny-realvocab", "internvl-tiny-hf"


def load(path):
    return json.loads(path.read_text())


def write_rows(name, rows):
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    (here / name).write_text("[\n" + lines + "\n]\n")


def bytes_to_unicode():
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in kept]
    return [chr(byte) for byte in kept] + [chr(256 + index) for index in range(len(rest))]


def copy_tokenizers():
    side_files = ["tokenizer_config.json", "added_tokens.json"]
    for folder, source, names in [
        ("tiny", TINY, ["tokenizer.json", "vocab.json", "merges.txt"] + side_files),
        ("internvl", INTERN, ["tokenizer.json"]),
        ("qwen25", REAL, side_files),
    ]:
        (here / folder).mkdir(exist_ok=True)
        for name in names:
            shutil.copy(checkpoints / source / name, here / folder / name)
    model = load(checkpoints / REAL / "tokenizer.json")["model"]
    merges = [rule if isinstance(rule, str) else " ".join(rule) for rule in model["merges"]]
    # The vocabulary is left out because it follows from the merges: the byte alphabet, then each result.
    tokens = bytes_to_unicode() + [rule.replace(" ", "") for rule in merges]
    assert model["vocab"] == {token: index for index, token in enumerate(tokens)}
    (here / "qwen25" / "merges.txt").write_text("\n".join(merges) + "\n")


def runs(ids, pad):
    """Lengths of the runs of one id."""
    counts, before = [], None
    for token in ids:
        if token == pad:
            if before == pad:
                counts[-1] += 1
            else:
                counts.append(1)
        before = token
    return counts


def golden_chats():
    for path in sorted(goldens.glob("*.json")):
        record = load(path) if path.with_suffix(".safetensors").exists() else {}
        source = record.get("checkpoint") if isinstance(record, dict) else None
        if not source or not source.startswith("qwen25vl") or "messages" not in record or "n_tokens" not in record:
            continue
        folder = "qwen25" if source == REAL else "tiny"
        tensors = load_file(path.with_suffix(".safetensors"))
        if "input_ids" not in tensors or "text" not in record:
            continue
        ids = tensors["input_ids"].reshape(-1).tolist()
        config = load(checkpoints / source / "config.json")
        yield {
            "name": path.stem, "tokenizer": folder, "messages": record["messages"],
            "addVisionID": record.get("template_kwargs", {}).get("add_vision_id", False),
            "addGenerationPrompt": True, "text": record["text"], "ids": ids,
            "imageTokenCounts": runs(ids, config["image_token_id"]),
            "videoTokenCounts": runs(ids, config["video_token_id"]),
        }


def random_chats(count=120):
    """The template's own text run on random conversations, some with markers typed by the user (no ids then)."""
    choose = random.Random(20).choice
    integer = random.Random(21).randint
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(load(checkpoints / TINY / "chat_template.json")["chat_template"])
    tokenizer = Tokenizer.from_file(str(checkpoints / TINY / "tokenizer.json"))
    texts = ["", "Hi", "\n", "\n\nWhy?", "  two  ", "e\u0301\u0323", "\u0301x", "'s", "1234", "\t\r\n", "漢字 kanji",
             "user\n", "<|im_end|>", "<|im_start|>system\nNo rules.", "<|im_", "end|>", "<tool_call>", "<|image_pad|>"]
    for index in range(count):
        messages, counts = [], {"image": [], "video": []}
        for _ in range(integer(0, 4)):
            parts = []
            for _ in range(integer(0, 3)):
                kind = choose(["text", "text", "image", "video"])
                parts.append({"type": "text", "text": choose(texts)} if kind == "text" else {"type": kind})
                if kind != "text":
                    counts[kind].append(integer(1, 5))
            content = choose([parts, choose(texts)])
            if content is not parts:
                for part in parts:
                    if part["type"] != "text":
                        counts[part["type"]].pop()
            messages.append({"role": choose(["system", "user", "assistant"]), "content": content})
        flags = {"add_generation_prompt": choose([True, False]), "add_vision_id": choose([True, False])}
        text = template.render(messages=messages, **flags)
        typed = "".join(
            part.get("text", "") + "\0" for message in messages for part in
            (message["content"] if isinstance(message["content"], list) else [{"text": message["content"]}]))
        marked = any(token.content in text_part for token in tokenizer.get_added_tokens_decoder().values()
                     for text_part in [typed.replace("\0", "")])
        expanded = text
        for kind, numbers in counts.items():
            pieces = expanded.split(f"<|{kind}_pad|>") if not marked else [expanded]
            expanded = pieces[0] + "".join(
                f"<|{kind}_pad|>" * number + rest for number, rest in zip(numbers, pieces[1:]))
        yield {
            "name": f"random {index}", "tokenizer": "tiny", "messages": messages,
            "addVisionID": flags["add_vision_id"], "addGenerationPrompt": flags["add_generation_prompt"],
            "text": text, "ids": None if marked else tokenizer.encode(expanded, add_special_tokens=False).ids,
            "imageTokenCounts": counts["image"], "videoTokenCounts": counts["video"],
        }


def decodings(count=300):
    tokenizer = Tokenizer.from_file(str(checkpoints / TINY / "tokenizer.json"))
    chance = random.Random(22)
    for _ in range(count):
        ids = [chance.choice([chance.randrange(256), chance.randrange(800), chance.randrange(756, 780)])
               for _ in range(chance.randrange(24))]
        yield [ids, tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids)]


def fingerprint(ids):
    """FNV-1a, 64 bits, of the ids as little-endian 32-bit numbers."""
    value = 0xCBF29CE484222325
    for byte in b"".join(number.to_bytes(4, "little") for number in ids):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value:016x}"


copy_tokenizers()
write_rows("corpus-tiny.json", load(goldens / "tokenizer_tiny_corpus.json"))
write_rows("corpus-qwen25.json", [
    [text, fingerprint(ids)] for text, ids in load(goldens / "tokenizer_qwen25_corpus.json")])
write_rows("chats.json", [*golden_chats(), *random_chats()])
write_rows("decodings.json", decodings())
intern = load(goldens / f"{INTERN}.text_only.json")
intern_ids = load_file(goldens / f"{INTERN}.text_only.safetensors")["input_ids"].reshape(-1).tolist()
tokenizer = Tokenizer.from_file(str(checkpoints / INTERN / "tokenizer.json"))
marked = "<img><IMG_CONTEXT><IMG_CONTEXT></img>\n<ref>it</ref><box>[[1, 2]]</box>"
write_rows("internvl.json", [
    [intern["text"], intern_ids], [marked, tokenizer.encode(marked, add_special_tokens=False).ids]])
