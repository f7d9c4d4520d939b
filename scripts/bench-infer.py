#!/usr/bin/env python3
"""Measures generation with a text model in bfloat16, int8 and int4, and llama.cpp beside it, in one run.

    scripts/bench-infer.py BENCHMARK MODEL [--llama FOLDER] [--rounds 3] [--forms bfloat16 int8 int4]

BENCHMARK is the program engine-benchmark. FOLDER has the same model as bf16.gguf, q8_0.gguf and q4_k_m.gguf; it needs
`pip install llama-cpp-python`, built on this machine. Where its AMX kernels end with an illegal instruction, build it with

    CMAKE_ARGS="-DGGML_NATIVE=OFF -DGGML_AVX512=ON -DGGML_AVX512_VNNI=ON -DGGML_AVX512_VBMI=ON -DGGML_AVX512_BF16=ON"

Rounds alternate between the programs, because a machine's speed changes from minute to minute; every figure is a median
over the rounds. Speeds are tokens per second.
"""

import argparse
import collections
import os
import statistics
import subprocess
import sys

FORMS = {"bfloat16": "bf16", "int8": "q8_0", "int4": "q4_k_m"}
NAMES = {
    "prefill": "prompt of 512 tokens",
    "one": "one sequence",
    "many": "32 sequences",
    "group": "8 answers to one prompt of 512, over 1",
}

LLAMA = r"""
import sys, time, llama_cpp
import numpy as np
from llama_cpp import llama_cpp as c

path, form = sys.argv[1], sys.argv[2]
threads = int(sys.argv[3])
quiet = c.llama_log_callback(lambda level, text, data: None)  # the library keeps no reference
c.llama_log_set(quiet, None)
c.llama_backend_init()
parameters = c.llama_model_default_params()
model = c.llama_model_load_from_file(path.encode(), parameters)
assert model, path
vocabulary = c.llama_vocab_n_tokens(c.llama_model_get_vocab(model))

def context(sequences):
    parameters = c.llama_context_default_params()
    parameters.n_ctx = max(1024, 128 * sequences)
    parameters.n_batch, parameters.n_ubatch, parameters.n_seq_max = 2048, 512, sequences
    parameters.n_threads = parameters.n_threads_batch = threads
    return c.llama_init_from_model(model, parameters)

def run(ctx, rows, wanted):
    batch = c.llama_batch_init(len(rows), 0, 64)
    batch.n_tokens = len(rows)
    for i, (token, position, sequence) in enumerate(rows):
        batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1
        batch.seq_id[i][0] = sequence
        batch.logits[i] = wanted(i)
    assert c.llama_decode(ctx, batch) == 0
    logits = c.llama_get_logits_ith(ctx, -1)
    best = int(np.ctypeslib.as_array(logits, (vocabulary,)).argmax())
    c.llama_batch_free(batch)
    return best

def prefill():
    ctx = context(1)
    run(ctx, [(100 + i, i, 0) for i in range(512)], lambda i: i == 511)  # warm
    c.llama_free(ctx)
    ctx = context(1)
    start = time.perf_counter()
    run(ctx, [(200 + i, i, 0) for i in range(512)], lambda i: i == 511)
    seconds = time.perf_counter() - start
    c.llama_free(ctx)
    return 512 / seconds

def decode(sequences, tokens):
    ctx = context(sequences)
    rows = [(100 + (7 * s + i) % 5000, i, s) for s in range(sequences) for i in range(64)]
    run(ctx, rows, lambda i: i % 64 == 63)
    token, start = 100, time.perf_counter()
    for i in range(tokens):
        token = run(ctx, [(token, 64 + i, s) for s in range(sequences)], lambda i: True)
    seconds = time.perf_counter() - start
    c.llama_free(ctx)
    return sequences * tokens / seconds

print("prefill", prefill())
print("one", decode(1, 32))
if form == "bfloat16":
    print("many", decode(32, 16))
"""


def figures(command):
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command[:3])}: exit code {result.returncode}: {result.stderr.strip()[-500:]}")
    return {line.split()[0]: float(line.split()[1]) for line in result.stdout.splitlines()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("benchmark")
    parser.add_argument("model")
    parser.add_argument("--llama", help="a folder with bf16.gguf, q8_0.gguf and q4_k_m.gguf")
    parser.add_argument("--python", default=sys.executable, help="a Python that has llama_cpp")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS), help="forms of the weights (all)")
    arguments = parser.parse_args()
    if arguments.llama and subprocess.run([arguments.python, "-c", "import llama_cpp"], capture_output=True).returncode:
        sys.exit(f"{arguments.python} has no llama_cpp: pip install llama-cpp-python, or leave --llama out")
    found = collections.defaultdict(list)
    for _ in range(arguments.rounds):
        for form in arguments.forms:
            for name, value in figures([arguments.benchmark, arguments.model, "figures", form]).items():
                found["ours", form, name].append(value)
            if arguments.llama:
                path = os.path.join(arguments.llama, FORMS[form] + ".gguf")
                threads = str(len(os.sched_getaffinity(0)))
                for name, value in figures([arguments.python, "-c", LLAMA, path, form, threads]).items():
                    found["llama", form, name].append(value)
    median = {key: statistics.median(values) for key, values in found.items()}
    bandwidth = [value for (_, _, name), values in found.items() if name == "bandwidth" for value in values]
    print(f"memory bandwidth {statistics.median(bandwidth):.1f} GB/s; medians of {arguments.rounds} rounds")
    print(f"{'':58}{'ours':>10}" + (f"{'llama.cpp':>12}{'ratio':>8}" if arguments.llama else ""))
    for form in arguments.forms:
        for name, title in NAMES.items():
            if ("ours", form, name) not in median:
                continue
            ours, other = median["ours", form, name], median.get(("llama", form, name))
            line = f"{form + ': ' + title:58}{ours:10.2f}"
            print(line + (f"{other:12.2f}{ours / other:8.2f}  ({FORMS[form]})" if other else ""))


if __name__ == "__main__":
    main()
