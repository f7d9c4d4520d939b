#!/usr/bin/env python3
"""The model of docs/scale.md: how long a step of GRPO takes on 1 to 64 machines, and where the links limit it.

    scripts/scale-model.py PROGRAMS [--cores 64] [--work FOLDER]         measures this machine, prints tables, draws the plot
    scripts/scale-model.py --seconds 2.1e-10 --backward 0.3 [--cores 64] the same with known seconds and share of backward

One thread makes a few steps in bfloat16 of a Qwen2.5-VL shape with 61 million weights; a step's seconds over its tokens and
weights are the cost of one core. A machine of the model has --cores such cores, which share a step without loss. A step has 64
questions with prompts of 600 tokens and 8 answers of 256 tokens. A process sends 6 (R - 1) / R bytes per weight and update: sums
of gradients in float32, 4 of the 6, and weights in bfloat16. The sums overlap with the backward pass of the last micro-batch, of
at most 4,096 tokens; two thirds of an update's seconds are those of backward passes. Nothing else takes time.
"""
import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = {"3B": 3.1e9, "7B": 7.6e9}
LINKS = (10, 25, 100, 200)
MACHINES = (1, 2, 4, 8, 16, 32, 64)
TOKENS = 64 * (600 + 8 * 256)
MICRO_BATCH = 4096
COLORS = ("#b3541e", "#8a7a14", "#2f7d4f", "#2b6cb0")


def measured(options):
    """Seconds of one core for a weight and a token, and the share of them that backward passes take."""
    spec = importlib.util.spec_from_file_location("long_scale", ROOT / "scripts/long-scale.py")
    long_scale = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(long_scale)
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    model = long_scale.large_shape(options)
    runs = long_scale.Runs(options, "model", long_scale.LARGE | {
        "model": model, "dtype": "bfloat16", "steps": 4, "grpo.units": 1, "grpo.promptsPerStep": 8, "grpo.groupSize": 8,
        "grpo.maxNewTokens": 64, "microBatchTokens": 2048})
    folder = runs.work / "model"
    runs.finish(None, runs.new(folder))
    steps = list(zip(long_scale.metrics(folder), long_scale.timings(folder)))[1:]
    weights = os.path.getsize(model) / 4
    return (statistics.median(time["step_time"] / (numbers["step_tokens"] * weights) for numbers, time in steps),
            statistics.median(2 / 3 * time["timing/update"] / time["step_time"] for _, time in steps))


def step(weights, machines, gigabits, core):
    """Seconds of computation, and of waiting for communication, for a core with seconds and a share of backward."""
    seconds, backward = core
    work = seconds * TOKENS * weights / machines
    last = backward * seconds * min(MICRO_BATCH, TOKENS / machines) * weights
    sums, values = (8 * size * weights * (machines - 1) / machines / (gigabits * 1e9) for size in (4, 2))
    return work, values + max(0, sums - last)


def meeting(weights, gigabits, core):
    """Machines at which waiting takes as long as computation."""
    low, high = 1, 1 << 20
    while high - low > 1:
        middle = (low + high) // 2
        work, wait = step(weights, middle, gigabits, core)
        low, high = (middle, high) if wait < work else (low, middle)
    return high


def table(core):
    lines = ["| model | link | " + " | ".join(str(machines) for machines in MACHINES) + " | waiting = computation at |",
             "|---|---|" + "---|" * (len(MACHINES) + 1)]
    for name, weights in MODELS.items():
        for gigabits in LINKS:
            cells = []
            for machines in MACHINES:
                work, wait = step(weights, machines, gigabits, core)
                cells.append(f"{work + wait:.1f} ({100 * work / (work + wait):.0f} %)")
            lines.append(f"| {name} | {gigabits} Gbit/s | " + " | ".join(cells)
                         + f" | {meeting(weights, gigabits, core)} machines |")
    return "\n".join(lines)


def plot(core, path):
    """Speed over that of one machine, of the 7B model; legible on light and dark pages."""
    width, height, left, bottom = 560, 330, 56, 40
    logs = {machines: index / (len(MACHINES) - 1) for index, machines in enumerate(MACHINES)}

    def place(machines, gain):
        import math
        return (left + logs[machines] * (width - left - 110), height - bottom - math.log2(gain) / 6 * (height - bottom - 20))

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             "<style>text{fill:#57606a}.grid{stroke:#8b949e;stroke-opacity:.35}</style>"]
    for machines in MACHINES:
        x, y = place(machines, machines)
        parts.append(f'<line class="grid" x1="{left}" x2="{width - 110}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{machines}</text>')
        parts.append(f'<text x="{x:.1f}" y="{height - bottom + 18}" text-anchor="middle">{machines}</text>')
    parts.append(f'<text x="{(left + width - 110) / 2}" y="{height - 6}" text-anchor="middle">machines</text>')
    parts.append(f'<text x="{left - 8}" y="14" text-anchor="end">times as fast</text>')
    for gigabits, color in zip(LINKS, COLORS):
        points = []
        for machines in MACHINES:
            one, _ = step(MODELS["7B"], 1, gigabits, core)
            points.append(place(machines, max(0.5, one / sum(step(MODELS["7B"], machines, gigabits, core)))))
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')
        parts.append(f'<text x="{points[-1][0] + 6:.1f}" y="{points[-1][1] + 4:.1f}" style="fill:{color}">{gigabits} Gbit/s</text>')
    pathlib.Path(path).write_text("\n".join(parts) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="?")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--backward", type=float)
    parser.add_argument("--cores", type=int, default=64)
    parser.add_argument("--work", default=str(ROOT / ".build/scale-model"))
    options = parser.parse_args()
    known = (options.seconds, options.backward)
    if None in known and options.programs is None:
        parser.error("give PROGRAMS, or --seconds and --backward")
    seconds, backward = measured(options) if None in known else known
    print(f"one core: {seconds:.3g} s for a weight and a token, {100 * backward:.0f} % of them in backward passes; a machine has "
          f"{options.cores} of them; seconds of a step, and the share of computation in it\n")
    core = (seconds / options.cores, backward)
    print(table(core))
    plot(core, ROOT / "docs/images/scale-model.svg")


if __name__ == "__main__":
    main()
