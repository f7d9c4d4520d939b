#!/usr/bin/env python3
"""The paper's questions in small: runs the arms of docs/experiments.md, records them, writes its tables and plots.

    scripts/experiments.py PROGRAM [--seeds 1 2 3] [--arms WORD...] [--jobs 2]   runs what is not recorded yet
    scripts/experiments.py --list                                              every arm with its settings
    scripts/experiments.py --tables                                            writes tables and plots alone
    scripts/experiments.py --curve RUN                                         draws the curves of one run

PROGRAM is r1-train. An arm is Examples/handwritten/grpo.yaml with fewer steps and some settings or rows of its own. Each run
trains with one thread, and its last weights then answer the test rows with the same rewards and the same random numbers for every
arm. A finished run is one line of docs/experiments/results.jsonl, so that work stopped at any time goes on where it was. `--arms`
selects the arms whose name begins with one of the words. A run that fails ends the program.
"""
import argparse
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

import experiment_tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "Examples/handwritten"
RESULTS = ROOT / "docs/experiments/results.jsonl"
TASKS = experiment_tables.TASKS
MODEL = "Checkpoints/small-qwen25vl.h5"
JUDGE_NEEDS = ("numpy", "h5py", "tokenizers")

# Every arm, on top of Examples/handwritten/grpo.yaml: 60 steps of 15 questions with 8 answers each, about three minutes.
COMMON = {
    "steps": 60, "threads": 1, "grpo.promptsPerStep": 15, "learningRate.peak": "2.0e-4", "data.test": "", "checkpoints.every": 0,
}
CAPTIONS = {"grpo.promptsPerStep": 6}
PAPER_BMAS = {"rewards.bmas.variant": "bmas", "rewards.bmas.floor": "0.0"}
SEVERAL = {"grpo.updatesPerRollout": 3}


class Arm:
    """Settings over COMMON, the rows that are trained on, and the tasks whose test rows are asked."""

    def __init__(self, settings=None, rows="filtered", tasks=TASKS, count=None, asked=TASKS):
        self.settings, self.rows, self.tasks, self.count, self.asked = settings or {}, rows, tuple(tasks), count, tuple(asked)

    def steps(self):
        return (COMMON | self.settings)["steps"]

    def questions(self):
        return self.steps() * (COMMON | self.settings)["grpo.promptsPerStep"]

    def described(self):
        words = [f"{name}={value}".replace(sys.executable, "python3") for name, value in self.settings.items()]
        if self.rows != "filtered":
            words.append(f"rows={self.rows}")
        if self.tasks != TASKS:
            words.append("tasks=" + "+".join(self.tasks))
        if self.count:
            words.append(f"count={self.count}")
        return " ".join(words)


ARMS = {
    "start": Arm({"steps": 0}),
    "base": Arm(),
    # Specialists, a fifth of the questions each: in as many steps, or in a fifth of the steps.
    **{f"single-{task}": Arm({"grpo.promptsPerStep": 3}, tasks=[task], asked=[task]) for task in TASKS},
    **{f"short-{task}": Arm({"steps": 12}, tasks=[task], asked=[task]) for task in TASKS},
    # Rewards one by one, in the paper's order, with as many questions; all five are the base.
    "added-1": Arm(tasks=TASKS[:1]),
    "added-2": Arm(tasks=TASKS[:2]),
    "added-3": Arm(tasks=TASKS[:3]),
    "added-4": Arm(tasks=TASKS[:4]),
    # The similarity that captions are trained on; captions alone, so that the scale of the reward does not matter.
    "captions-rescaled-bipartite": Arm(CAPTIONS, tasks=["open"], asked=["open"]),
    "captions-bmas": Arm(CAPTIONS | PAPER_BMAS, tasks=["open"], asked=["open"]),
    "captions-f1": Arm(CAPTIONS | PAPER_BMAS | {"rewards.bmas.variant": "f1"}, tasks=["open"], asked=["open"]),
    "captions-bipartite": Arm(CAPTIONS | PAPER_BMAS | {"rewards.bmas.variant": "bipartite"}, tasks=["open"], asked=["open"]),
    "captions-rescaled-bmas": Arm(CAPTIONS | PAPER_BMAS | {"rewards.bmas.floor": "0.8"}, tasks=["open"], asked=["open"]),
    # The cosine of mean hidden states of the start model; needs numpy, h5py and tokenizers.
    "captions-judge": Arm(CAPTIONS | {"rewards.external.open.command": f"[{sys.executable}, scripts/embedding-judge.py, {MODEL}]"},
                          tasks=["open"], asked=["open"]),
    # As many rows of each task as the filtered file has, but the first ones of the whole file.
    "unfiltered": Arm(rows="unfiltered"),
    "scaling-group": Arm({"grpo.advantages.scaling": "group"}),
    "scaling-perReward": Arm({"grpo.advantages.scaling": "perReward"}),
    "scaling-taskEMA": Arm({"grpo.advantages.scaling": "taskEMA"}),
    # Three updates for each rollout: with one, all ratios are 1, and gspo and cispo are grpo and dapo.
    "loss-grpo": Arm(SEVERAL),
    "loss-dapo": Arm(SEVERAL | {"grpo.loss.aggregation": "dapo", "grpo.loss.clipHigh": 0.28}),
    "loss-dr_grpo": Arm(SEVERAL | {"grpo.loss.aggregation": "dr_grpo"}),
    "loss-gspo": Arm(SEVERAL | {"grpo.loss.ratioLevel": "sequence", "grpo.loss.clipLow": "3.0e-4", "grpo.loss.clipHigh": "4.0e-4"}),
    "loss-cispo": Arm(SEVERAL | {"grpo.loss.objective": "cispo", "grpo.loss.aggregation": "dapo", "grpo.loss.clipLow": 1,
                                 "grpo.loss.clipHigh": 4}),
    "rows-60": Arm(count=60),
    "rows-250": Arm(count=250),
    "format-0.1": Arm({"rewards.formatWeight": 0.1}),
    "format-0.5": Arm({"rewards.formatWeight": 0.5}),
    "format-1.0": Arm({"rewards.formatWeight": 1.0}),
}

# The first test rows of each task are asked, the same way for all arms, whatever they were trained on.
ASKED_ROWS = 80
EVALUATION = """\
model: {model}
data: {{test: {test}}}
steps: 0
seed: 1
threads: 1
grpo: {{maxNewTokens: 80}}
rewards: {{bmas: {{variant: bipartite, floor: 0.8}}}}
evaluation: {{answersPerPrompt: 4, maxNewTokens: 80, batchSize: 100}}
"""


def lines_of(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def write_rows(path, rows):
    """Rows with the paths of their pictures seen from the new file."""
    images = os.path.relpath(EXAMPLES, path.parent)
    with open(path, "w") as file:
        for row in rows:
            file.write(json.dumps(row | {"images": [f"{images}/{image}" for image in row["images"]]}) + "\n")


def first_rows(rows, counts):
    """The first rows of each task, up to the given numbers, in their order."""
    chosen, left = [], dict(counts)
    for row in rows:
        if left.get(row["task"], 0) > 0:
            left[row["task"]] -= 1
            chosen.append(row)
    return chosen


def train_rows(arm):
    filtered = lines_of(EXAMPLES / "train-filtered.jsonl")
    rows = filtered
    if arm.rows == "unfiltered":
        counts = {task: sum(row["task"] == task for row in filtered) for task in TASKS}
        rows = first_rows(lines_of(EXAMPLES / "train.jsonl"), counts)
    rows = [row for row in rows if row["task"] in arm.tasks]
    return [rows[index * len(rows) // arm.count] for index in range(arm.count)] if arm.count else rows


def digits_module():
    spec = importlib.util.spec_from_file_location("digits_named", ROOT / "scripts/digits-named.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scores(path, share_right):
    """The means of one evaluation by task, and the sampled score of every row as one character each."""
    found = {"sampled": {}, "greedy": {}}
    for answer in lines_of(path):
        measures = {answer["task"]: answer["accuracy"]}
        if answer["task"] == "open":
            measures["digits"] = share_right(answer["answer"], answer["gold"][0])
        for measure, value in measures.items():
            found[answer["kind"]].setdefault(measure, {}).setdefault(answer["id"], []).append(value)
    result = {kind: {measure: round(sum(map(sum, rows.values())) / sum(map(len, rows.values())), 5)
                     for measure, rows in measures.items()} for kind, measures in found.items()}
    result["rows"] = {measure: "".join(experiment_tables.coded(sum(values) / len(values)) for values in rows.values())
                      for measure, rows in found["sampled"].items()}
    return result


class Experiments:
    def __init__(self, options):
        self.program, self.work, self.lock = str(options.program.resolve()), options.work.resolve(), threading.Lock()
        # The commit of what r1-train is built from.
        self.commit = subprocess.run(["git", "log", "-1", "--format=%h", "--", "Packages", "Tools", "Package.swift"], cwd=ROOT,
                                     check=True, capture_output=True, text=True).stdout.strip()
        self.share_right = digits_module().share_right

    def call(self, folder, config, *settings):
        """Runs r1-train into a new folder; returns its seconds."""
        shutil.rmtree(folder, ignore_errors=True)
        command = [self.program, "grpo", "--config", str(config), "--run", str(folder)]
        for setting in settings:
            command += ["--set", setting]
        start = time.monotonic()
        with open(f"{folder}.log", "w") as log:
            code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode
        if code != 0:
            raise RuntimeError(f"exit code {code}; the output is in {folder}.log: {' '.join(command)}")
        return time.monotonic() - start

    def run(self, name, seed):
        arm, folder = ARMS[name], self.work / f"{name}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        seconds, tokens, model = 0, 0, MODEL
        if arm.steps():
            write_rows(folder / "train.jsonl", train_rows(arm))
            settings = COMMON | arm.settings | {"seed": seed, "data.train": folder / "train.jsonl"}
            seconds = self.call(folder / "train", EXAMPLES / "grpo.yaml", *(f"{key}={value}" for key, value in settings.items()))
            tokens = sum(line["step_tokens"] for line in lines_of(folder / "train/metrics.jsonl"))
            (model,) = (folder / "train/checkpoints").glob("step-*.h5")
        write_rows(folder / "test.jsonl", first_rows(lines_of(EXAMPLES / "test.jsonl"), dict.fromkeys(arm.asked, ASKED_ROWS)))
        (folder / "test.yaml").write_text(EVALUATION.format(model=model, test=folder / "test.jsonl"))
        self.call(folder / "test", folder / "test.yaml")
        result = {"arm": name, "seed": seed, "settings": arm.described(), "steps": arm.steps(), "questions": arm.questions(),
                  "tokens": tokens, "seconds": round(seconds), "commit": self.commit}
        result |= scores(folder / "test/answers/step-000000.jsonl", self.share_right)
        with self.lock:
            RESULTS.parent.mkdir(exist_ok=True)
            with open(RESULTS, "a") as file:
                file.write(json.dumps(result) + "\n")
            mean = " ".join(f"{task} {value:.3f}" for task, value in result["sampled"].items())
            print(f"{name} seed {seed}: {seconds:.0f} s, sampled {mean}", flush=True)
        shutil.rmtree(folder / "train" / "checkpoints", ignore_errors=True)


def recorded():
    return lines_of(RESULTS) if RESULTS.exists() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--arms", nargs="+", default=[""], metavar="WORD")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time, one core each (1)")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "runs/experiments")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--tables", action="store_true")
    parser.add_argument("--curve", type=pathlib.Path, metavar="RUN")
    options = parser.parse_args()
    chosen = [name for name in ARMS if any(name.startswith(word) for word in options.arms)]
    if not chosen:
        parser.error(f"no arm begins with {' or '.join(options.arms)}; --list shows all")
    done = {(line["arm"], line["seed"]) for line in recorded()}
    if options.list:
        for name in chosen:
            seeds = " ".join(str(seed) for arm, seed in sorted(done) if arm == name)
            print(f"{name:28} seeds done: {seeds or '-':8} {ARMS[name].described()}")
        return
    if options.curve:
        experiment_tables.write_curves(options.curve, ROOT / "docs/images/one-hour.svg")
        return
    if not options.tables:
        if options.program is None:
            parser.error("give PROGRAM, or --list, --tables or --curve")
        # The start has no seed: it is asked once.
        wanted = [(name, seed) for seed in options.seeds for name in chosen]
        wanted = [pair for pair in dict.fromkeys((name, 0 if name == "start" else seed) for name, seed in wanted) if pair not in done]
        missing = [name for name in JUDGE_NEEDS if importlib.util.find_spec(name) is None]
        if missing and any(name == "captions-judge" for name, _ in wanted):
            print(f"captions-judge is left out: this Python has no {', '.join(missing)}", flush=True)
            wanted = [pair for pair in wanted if pair[0] != "captions-judge"]
        experiments = Experiments(options)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            futures = [pool.submit(experiments.run, *pair) for pair in wanted]
            for future in concurrent.futures.as_completed(futures):
                if future.exception():
                    pool.shutdown(wait=False, cancel_futures=True)
                    sys.exit(f"experiments: {future.exception()}")
    experiment_tables.write(recorded(), ROOT / "docs/experiments.md", ROOT / "docs/images/experiments.svg")


if __name__ == "__main__":
    main()
