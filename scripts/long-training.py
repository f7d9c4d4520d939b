#!/usr/bin/env python3
"""Kills and stops training runs of the shipped example, and compares them with undisturbed ones.

    scripts/long-training.py PROGRAMS [--parts kills signals] [--phases rollout update evaluation save] [--seed 1] [--work FOLDER]

kills    30 steps of GRPO, killed with SIGKILL at 10 random moments and resumed each time, or begun again where there was no
         checkpoint yet: metrics, answers, evaluation and the final weights must equal those of an undisturbed run, byte for
         byte. For training all weights, for LoRA, and for LoRA in bfloat16.
signals  SIGTERM at random moments of runs that spend most of their time in one phase (rollout, update, evaluation, save):
         the process must leave within 10 seconds with exit code 143, and resume must end with the undisturbed weights.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOMENTS, LEAVING_SECONDS, LIMIT = 10, 10, 1800

COMMON = {
    "steps": 30, "seed": 5, "evaluation.rowLimit": 40, "evaluation.every": 10, "evaluation.answersPerPrompt": 2,
    "checkpoints.every": 2, "checkpoints.keepLast": 2, "checkpoints.keepBest": "true", "grpo.promptsPerStep": 8,
    "grpo.groupSize": 4, "grpo.maxNewTokens": 48, "grpo.updatesPerRollout": 2, "grpo.resamplingRounds": 2,
    "grpo.advantages.scaling": "taskEMA",
}
LORA = {"lora.rank": 8, "lora.alpha": 16, "lora.dropout": 0.05, "learningRate.peak": 0.001}
KINDS = {"full": {}, "lora": LORA, "lora in bfloat16": LORA | {"dtype": "bfloat16"}}

UNEVALUATED = {"evaluation.every": 0, "evaluation.rowLimit": 4, "checkpoints.keepBest": "false"}
PHASES = {
    "rollout": UNEVALUATED | {"grpo.promptsPerStep": 32, "grpo.groupSize": 16, "grpo.maxNewTokens": 200,
                              "grpo.temperature": 1.5, "checkpoints.every": 0, "steps": 3},
    "update": UNEVALUATED | {"grpo.promptsPerStep": 16, "grpo.groupSize": 16, "grpo.updatesPerRollout": 16,
                             "checkpoints.every": 0, "steps": 4},
    "evaluation": {"evaluation.every": 1, "evaluation.rowLimit": 400, "evaluation.answersPerPrompt": 8, "steps": 2},
    "save": UNEVALUATED | {"checkpoints.every": 1, "grpo.promptsPerStep": 2, "grpo.groupSize": 2,
                           "grpo.updatesPerRollout": 1, "grpo.resamplingRounds": 0, "steps": 20},
}


class Runs:
    """The runs of one kind of settings."""

    def __init__(self, options, settings):
        self.program = str(pathlib.Path(options.programs).resolve() / "r1-train")
        self.work = pathlib.Path(options.work).resolve()
        self.arguments = ["grpo", "--config", "Examples/handwritten/grpo.yaml"]
        for name, value in (COMMON | settings).items():
            self.arguments += ["--set", f"{name}={value}"]

    def start(self, arguments):
        return subprocess.Popen([self.program, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def end(self, process, code=0):
        _, errors = process.communicate(timeout=LIMIT)
        if process.returncode != code:
            sys.exit(f"{' '.join(process.args)}: exit code {process.returncode}, expected {code}:\n{errors.decode()}")

    def whole(self, name):
        """An undisturbed run; returns its seconds."""
        folder = self.work / name
        start = time.monotonic()
        self.end(self.start([*self.arguments, "--run", str(folder)]))
        return time.monotonic() - start

    def go_on(self, folder):
        """The arguments that continue a run, or begin it again where it has nothing to continue from."""
        if any(folder.glob("checkpoints/step-*.h5")):
            return ["resume", str(folder)]
        shutil.rmtree(folder, ignore_errors=True)
        return [*self.arguments, "--run", str(folder)]


def facts(folder):
    """What must be equal: SHA-256 of the records and of the last checkpoint."""
    folder = pathlib.Path(folder)
    last = sorted(folder.glob("checkpoints/step-*.h5"))[-1]
    names = [folder / name for name in ("metrics.jsonl", "samples.jsonl", "evaluations.jsonl", "diagnosis.jsonl")]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names if path.exists()}
    found["weights"] = last.name + " " + hashlib.sha256(last.read_bytes()).hexdigest()
    return found


def require_equal(want, found, what):
    different = [key for key in want if want[key] != found.get(key)]
    if different or want.keys() != found.keys():
        sys.exit(f"{what}: not as in an undisturbed run: {different or sorted(want.keys() ^ found.keys())}")


def kills(options):
    numbers = random.Random(options.seed)
    for kind, settings in KINDS.items():
        runs = Runs(options, settings)
        name = kind.replace(" ", "-")
        seconds = runs.whole(f"{name}-whole")
        folder = runs.work / f"{name}-killed"
        want, killed, resumed = facts(runs.work / f"{name}-whole"), 0, 0
        while True:
            arguments = runs.go_on(folder)
            resumed += arguments[0] == "resume"
            process = runs.start(arguments)
            if killed < MOMENTS:
                try:
                    # Some strike before the first checkpoint, and most runs come forward between two of them.
                    process.wait(timeout=numbers.uniform(0.05, 0.4) * seconds)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate()
                    killed += 1
                    continue
            runs.end(process)
            require_equal(want, facts(folder), f"{kind}, after {killed} kills")
            if killed == MOMENTS:
                break
            shutil.rmtree(folder)  # It ended too early: the other kills strike it from its beginning.
        if resumed < MOMENTS // 2:
            sys.exit(f"{kind}: only {resumed} of {killed} killed runs had a checkpoint to go on from, which shows too little")
        print(f"{kind}: {killed} kills, resumed {resumed} times; {', '.join(want)} equal; an undisturbed run takes "
              f"{seconds:.0f} s", flush=True)


def signals(options):
    numbers = random.Random(options.seed)
    for phase in options.phases:
        settings = PHASES[phase]
        runs = Runs(options, settings)
        seconds = runs.whole(f"{phase}-whole")
        times = [json.loads(line) for line in (runs.work / f"{phase}-whole/timing.jsonl").read_text().splitlines()]
        slowest, number, missed = 0, 0, 0
        while number < 5:
            folder = runs.work / f"{phase}-{number}"
            process = runs.start([*runs.arguments, "--run", str(folder)])
            try:
                process.wait(timeout=numbers.uniform(0.2, 0.9) * seconds)
                # Where other programs slowed down the undisturbed run, some runs end before their signal.
                runs.end(process)
                missed += 1
                if missed > 5:
                    sys.exit(f"{phase}: {missed} runs ended before the signal")
                shutil.rmtree(folder)
                continue
            except subprocess.TimeoutExpired:
                start = time.monotonic()
                process.send_signal(signal.SIGTERM)
                try:
                    process.communicate(timeout=LEAVING_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    sys.exit(f"{phase}: still there {LEAVING_SECONDS} s after SIGTERM")
                slowest = max(slowest, time.monotonic() - start)
            if process.returncode != 143:
                sys.exit(f"{phase}: exit code {process.returncode} after SIGTERM, expected 143")
            runs.end(runs.start(runs.go_on(folder)))
            require_equal(facts(runs.work / f"{phase}-whole"), facts(folder), f"{phase}, after SIGTERM")
            number += 1
        print(f"{phase}: 5 times SIGTERM, left within {slowest:.1f} s, resumed to equal bytes; a whole run takes "
              f"{seconds:.0f} s; phases of its last step: {times[-1]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("--parts", nargs="+", choices=["kills", "signals"], default=["kills", "signals"])
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=list(PHASES), help="of the part signals (all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", default=str(ROOT / ".build/long-training"))
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    for part in options.parts:
        {"kills": kills, "signals": signals}[part](options)


main()
