#!/usr/bin/env python3
"""A reward for captions from a model's hidden states, as an external scorer of r1-train (docs/rewards.md).

    rewards: {external: {open: {command: [python3, scripts/embedding-judge.py, Checkpoints/small-qwen25vl.h5]}}}

The text alone goes through the decoder of a Qwen2.5-VL or Qwen2 checkpoint. Its embedding is the mean over its tokens of the last
layer's hidden states after the final norm. The reward is the cosine of the embeddings of answer and reference, the best one where
there are several references; an empty answer has 0. Needs numpy, h5py and tokenizers. `scripts/embedding-judge.py MODEL --check
SCORES` prints the largest difference from the log-probabilities in a file that `r1-infer score` wrote for rows without pictures.
"""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import functools
import json
import sys

import h5py
import numpy as np
import tokenizers


class Decoder:
    def __init__(self, path):
        self.weights = {}
        with h5py.File(path) as file:
            file["tensors"].visititems(self.keep)
            self.config = json.loads(file["files/config.json"][()].tobytes())
            self.tokenizer = tokenizers.Tokenizer.from_str(file["files/tokenizer.json"][()].tobytes().decode())

    def keep(self, _, item):
        if isinstance(item, h5py.Dataset):
            name = item.attrs["name"]
            name = name.decode() if isinstance(name, bytes) else name
            if not name.startswith("visual."):
                self.weights[name] = item[()].astype(np.float32)

    def norm(self, x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["rms_norm_eps"]) * self.weights[name]

    def linear(self, x, name):
        bias = self.weights.get(f"{name}.bias")
        return x @ self.weights[f"{name}.weight"].T + (0 if bias is None else bias)

    def hidden(self, ids):
        """The last hidden states [tokens, hidden] of a text, after the final norm."""
        heads, shared = self.config["num_attention_heads"], self.config["num_key_value_heads"]
        count, width = len(ids), self.config["hidden_size"] // heads
        angles = np.arange(count)[:, None] * self.config["rope_theta"] ** (-np.arange(0, width, 2) / width)
        # In a text the three positions of Qwen2.5-VL are equal, so its rotary angles are the usual ones.
        cosines, sines = (np.concatenate([f(angles)] * 2, -1)[:, None].astype(np.float32) for f in (np.cos, np.sin))

        def rotated(x):
            first, second = np.split(x, 2, -1)
            return x * cosines + np.concatenate([-second, first], -1) * sines

        mask = np.triu(np.full((count, count), -np.inf, np.float32), 1)
        x = self.weights["model.embed_tokens.weight"][ids]
        for layer in range(self.config["num_hidden_layers"]):
            name = f"model.layers.{layer}"
            y = self.norm(x, f"{name}.input_layernorm.weight")
            q, k, v = (self.linear(y, f"{name}.self_attn.{part}_proj").reshape(count, -1, width) for part in "qkv")
            k, v = (np.repeat(part, heads // shared, 1) for part in (rotated(k), v))
            scores = np.einsum("ihd,jhd->hij", rotated(q), k) * width**-0.5 + mask
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            y = np.einsum("hij,jhd->ihd", shares / shares.sum(-1, keepdims=True), v).reshape(count, -1)
            x = x + self.linear(y, f"{name}.self_attn.o_proj")
            y = self.norm(x, f"{name}.post_attention_layernorm.weight")
            gate = self.linear(y, f"{name}.mlp.gate_proj")
            x = x + self.linear(gate / (1 + np.exp(-gate)) * self.linear(y, f"{name}.mlp.up_proj"), f"{name}.mlp.down_proj")
        return self.norm(x, "model.norm.weight")

    @functools.lru_cache(65536)
    def embedding(self, text):
        """A unit vector, or nothing for a text without tokens."""
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        if not ids:
            return None
        mean = self.hidden(ids).mean(0)
        return mean / np.linalg.norm(mean)

    def similarity(self, answer, reference):
        pair = self.embedding(answer.strip()), self.embedding(reference.strip())
        return 0.0 if pair[0] is None or pair[1] is None else float(pair[0] @ pair[1])

    def log_probabilities(self, ids):
        """Those of all tokens but the first."""
        logits = self.hidden(ids) @ self.weights["model.embed_tokens.weight"].T
        logits -= logits.max(-1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        return logs[np.arange(len(ids) - 1), ids[1:]]


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 3 and arguments[1] == "--check":
        decoder, largest = Decoder(arguments[0]), 0.0
        with open(arguments[2]) as file:
            for row in map(json.loads, file):
                found = decoder.log_probabilities(row["promptTokenIDs"] + row["tokenIDs"])[-len(row["tokenIDs"]):]
                largest = max(largest, np.abs(found - row["logProbabilities"]).max())
        print(f"{largest:.2g}")
        return
    if len(arguments) != 1:
        sys.exit(__doc__)
    decoder = Decoder(arguments[0])
    for line in sys.stdin:
        request = json.loads(line)
        best = max(decoder.similarity(request["answer"], reference) for reference in request["solution"])
        print(json.dumps({"id": request["id"], "reward": best}), flush=True)


if __name__ == "__main__":
    main()
