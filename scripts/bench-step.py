#!/usr/bin/env python3
"""Measures steps of a GRPO run beside their limits and their plan, in one run.

    scripts/bench-step.py R1-TRAIN ENGINE-BENCHMARK BENCHMARKS CONFIG [--set NAME=VALUE ...] [--runs 3]

Prints the seconds of each phase (medians of the second steps of the runs), what `r1-train plan` predicts for them, and

rollout  tokens a second as a share of the engine's, which answers as many prompts of 64 tokens with 64 tokens each;
update   multiplications a second as a share of those of matrix products of the same type, of BENCHMARKS' shapes of 512 rows or
         more. A processor may multiply two or three times as fast in one second as in the next one, and an update lasts many
         seconds: rounds of products alternate with the runs, and the share is of their mean, beside that of the fastest.

Memory is the most that the process had: its own (RssAnon), and with the pages of the mapped model (VmHWM).
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 3   # of products, before each run and after the last
PHASES = ["rollout", "reward", "reference", "update"]


def environment():
    return {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}


def output(command):
    result = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command[:3])}: exit code {result.returncode}: {result.stderr.strip()[-500:]}")
    return result.stdout


def measured(command):
    """Runs a command; returns the most bytes of its own that it had, and with mapped files."""
    script = pathlib.Path(__file__).with_name("measured.py")
    _, own, resident = output([sys.executable, str(script), *command]).splitlines()[-1].split()
    return int(own) << 20, int(resident) << 20


def engine_rate(text, sequences):
    """The number of sequences of the row with as many, of the next larger one or else of the largest, and its tokens a second."""
    rates = {int(count): float(rate) for count, rate in
             re.findall(r"^(\d+) sequences after prompts of 64 tokens\s+([\d.]+)", text, re.M)}
    if not rates:
        sys.exit(f"the engine's benchmark prints no sequences:\n{text}")
    count = min((count for count in rates if count >= sequences), default=max(rates))
    return count, rates[count]


def product_rates(benchmarks, dtype):
    """Products of 512 rows or more of some rounds, in multiplications (each with an addition) a second."""
    rates = []
    for _ in range(ROUNDS):
        text = output([benchmarks, "products"])
        found = [float(rate) * 1e9 / 2 for rows, rate in
                 re.findall(rf"^{dtype} product (\d+)x\S+\s+([\d.]+) GFLOP/s", text, re.M) if int(rows) >= 512]
        if not found:
            sys.exit(f"the benchmarks print no {dtype} product:\n{text}")
        rates += found
    return rates


def lines(run, name):
    return [json.loads(line) for line in (run / name).read_text().splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train")
    parser.add_argument("engine")
    parser.add_argument("benchmarks")
    parser.add_argument("config")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the run")
    parser.add_argument("--runs", type=int, default=3, help="runs of two steps, of which the second one counts")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs: at least 1")
    settings = [part for value in [*arguments.set, "steps=2"] for part in ("--set", value)]
    plan = json.loads(output([arguments.train, "plan", arguments.config, *settings, "--json"]))
    work = plan["work"]
    if work["method"] != "grpo":
        parser.error(f"{arguments.config}: method is {work['method']}, and only steps of grpo are measured")
    dtype, answers = work["dtype"], work["questions"] * work["answers"]
    timing, metrics, sizes = [], [], []
    products = product_rates(arguments.benchmarks, dtype)
    for _ in range(arguments.runs):
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder) / "run"
            sizes.append(measured([arguments.train, "grpo", "--config", arguments.config, *settings, "--run", str(run)]))
            timing.append(lines(run, "timing.jsonl")[-1])
            metrics.append(lines(run, "metrics.jsonl")[-1])
            model = re.search(r"^model: *(.+)$", (run / "config.yaml").read_text(), re.M)[1].strip("\"'")
        products += product_rates(arguments.benchmarks, dtype)
    own, resident = map(max, zip(*sizes))
    product, fastest = statistics.mean(products), max(products)
    seconds = {name: statistics.median(line.get(f"timing/{name}", 0) for line in timing) for name in PHASES}
    step = statistics.median(line["step_time"] for line in timing)
    planned = {phase["name"]: phase for phase in plan["time"]["phases"]}

    narrow = ["bfloat16"] if dtype == "bfloat16" else []
    count, engine = engine_rate(output([arguments.engine, model, *narrow, "batches"]), answers)
    tokens = statistics.median(line["completions/mean_length"] * answers for line in metrics)
    rollout = tokens / seconds["rollout"]
    update = planned["update"]["multiplications"] / seconds["update"]

    print(f"{dtype}, {work['questions']} questions x {work['answers']} answers x {tokens / answers:.0f} tokens, "
          f"medians of {len(timing)} runs")
    print(f"{'':12}{'seconds':>10}{'planned':>10}{'ratio':>8}")
    for name, value in [*seconds.items(), ("step", step)]:
        expected = plan["time"]["step"] if name == "step" else planned.get(name, {}).get("seconds", 0)
        ratio = f"{value / expected:8.2f}" if expected > 0.01 else ""
        print(f"{name:12}{value:10.2f}{expected:10.2f}{ratio}")
    print(f"rollout: {rollout:.0f} tokens/s, engine with {count} sequences {engine:.0f}: {rollout / engine:.2f}")
    print(f"update: {2e-9 * update:.0f} GFLOP/s, {dtype} products {2e-9 * product:.0f} on average: {update / product:.2f}, "
          f"the fastest {2e-9 * fastest:.0f}: {update / fastest:.2f}")
    print(f"memory: {own / 1e9:.2f} GB, with mapped files {resident / 1e9:.2f} GB; planned {plan['memory']['total'] / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
