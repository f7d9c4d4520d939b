"""Writes internvl-chats.json: make_internvl_chats.py REFERENCE (see make_fixtures.py).

Conversations with pictures in InternVL's layouts: the text before pads are put in, and the ids, as the reference
programs gave them for the goldens of the tiny InternVL models.
"""
import json
import pathlib
import sys

from safetensors.numpy import load_file

goldens, here = pathlib.Path(sys.argv[1]) / "goldens", pathlib.Path(__file__).parent
rows = []
for path in sorted(goldens.glob("internvl*.json")):
    record = json.loads(path.read_text())
    if "format" not in record or not path.with_suffix(".safetensors").exists():
        continue
    images = record["images"]
    parts = [{"type": "image"} for _ in images] + [{"type": "text", "text": record["question"]}]
    messages = [{"role": "user", "content": parts}]
    given = "You are a careful assistant."
    if f"system\n{given}" in record["text"]:
        messages.insert(0, {"role": "system", "content": given})
    rows.append({
        "name": path.stem, "template": "internVL" if record["format"] == "hf" else "internVL25",
        "messages": messages, "text": record["text"],
        "imageTokenCounts": [4 * tiles for tiles in record["num_tiles"]],
        "ids": load_file(path.with_suffix(".safetensors"))["input_ids"].reshape(-1).tolist()})
lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
(here / "internvl-chats.json").write_text("[\n" + lines + "\n]\n")
print(len(rows))
