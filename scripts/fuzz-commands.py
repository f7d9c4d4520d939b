#!/usr/bin/env python3
"""Runs random command lines of every program and checks how they end.

    scripts/fuzz-commands.py BIN [--count 300] [--seed 1] [--tools r1-infer,...]

BIN is the folder with the programs. The grammar of each comes from its own `--experimental-dump-help`; values are
sound or hostile, at random. A run must end in time with 0, 1 or 64 (r1-diff also 2). A crash, another code, a hang or
one of Swift's own names in a message is printed with the command line, and the exit code is 1.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 60
NUMBERS = ["0", "1", "2", "3", "-1", "-5", "1.5", "1e999", "nan", "-inf", "1000000000", "9223372036854775807",
           "9223372036854775808", "18446744073709551615", "-9223372036854775808", "0x10", "1_000", "٣", " 1", "1 "]
TEXTS = ["", " ", "-", "--", "~", "hi", "\n", "a=b", "=", "a.b=c", "%s%n", "é" * 200, "x" * 5000, "*", "<image>",
         "1,2,3,4", "-5 3 10 10", "[", "{a: [", "\x1b[2J"]
SETTINGS = ["steps=1", "steps=1000000000000", "grpo.groupSize=1000000000", "grpo.groupSize=2", "grpo.maxNewTokens=4",
            "grpo.maxNewTokens=1000000000", "rewards.external.chart.command=[true]", "rewards.external.chart.command=3",
            "grpo.loss.aggregation=x", "seed=-1", "frozen=[1]", "frozen=x", "data={train: x}", "data.train=", "a.b=c",
            "grpo=3", "grpo..x=3", "rewards.iou.schedule=[{from: 0.1}]", "rewards.iou.schedule=[1]", "dtype=int32",
            "learningRate.peak=nan", "microBatchTokens=0", "threads=99999", "evaluation.batchSize=1000000000", "=", "x"]


def world(folder):
    """Sound and hostile paths."""
    shutil.copy(ROOT / "Checkpoints/small-qwen25vl.h5", folder / "m.h5")
    shutil.copytree(ROOT / "Tests/Fixtures/checkpoints/qwen25vl-tiny", folder / "model")
    shutil.copy(ROOT / "Tests/Fixtures/images/tiny.png", folder / "tiny.png")
    rows = (ROOT / "Examples/handwritten/train.jsonl").read_text().splitlines()[:3]
    (folder / "rows.jsonl").write_text("\n".join(rows) + "\n")
    (folder / "images").symlink_to(ROOT / "Examples/handwritten/images")
    (folder / "c.yaml").write_text(
        "model: m.h5\ndata: {train: rows.jsonl}\nsteps: 1\ngrpo: {promptsPerStep: 2, groupSize: 2, maxNewTokens: 4}\n")
    (folder / "empty").write_text("")
    (folder / "broken.h5").write_bytes((folder / "m.h5").read_bytes()[:100_000])
    (folder / "noise").write_bytes(bytes(random.Random(0).randrange(256) for _ in range(4096)))
    os.mkfifo(folder / "pipe")
    (folder / "dir").mkdir()
    sound = ["m.h5", "model", "rows.jsonl", "c.yaml", "tiny.png"]
    hostile = ["", "missing", "empty", "broken.h5", "noise", "pipe", "dir", "/dev/null", "/dev/zero", "/dev/full",
               "m.h5+m.h5", "+", "m.h5+", "/", ".", "..", "-", "~", "x" * 300, "a\nb", "m.h5/x", "/proc/self/mem"]
    return sound, hostile


def value(dice, argument, command, paths):
    """A value of an option or an argument: often one that makes sense for its name."""
    sound, hostile = paths
    name = (argument.get("valueName") or "") + " " + " ".join(n["name"] for n in argument.get("names") or [])
    if argument.get("allValues") and dice.random() < 0.7:
        return dice.choice(argument["allValues"])
    if dice.random() < 0.25:
        return dice.choice(NUMBERS + TEXTS + hostile)
    if "set" in name.split() or "path=value" in name:
        return dice.choice(SETTINGS)
    if "config" in name:
        return dice.choice(["c.yaml", "c.yaml", dice.choice(hostile)])
    if "input" in name:
        return dice.choice(["rows.jsonl", "rows.jsonl", dice.choice(hostile)])
    if "image" in name or "video" in name:
        return dice.choice(["tiny.png", dice.choice(hostile)])
    if re.search(r"output|destination|delta|html|svg|draw|run", name):
        return dice.choice(["new.h5", "new.png", "new.jsonl", "new", "dir/new.h5", "missing/new", ""])
    if re.search(r"model|checkpoint|base|source|folder|file|\ba\b|\bb\b|side", name):
        return dice.choice(["m.h5", "model", "m.h5", dice.choice(sound + hostile)])
    return dice.choice(NUMBERS + ["1", "2", "hi"])


def line(dice, tool, grammar, paths):
    """One command line."""
    words, command = [], grammar
    while dice.random() < 0.97:
        commands = [c for c in command.get("subcommands") or [] if c["commandName"] != "help"]
        if not commands:
            break
        command = dice.choice(commands)
        words.append(command["commandName"])
    parts = []
    for argument in command.get("arguments", []):
        names = ["-" * (1 if n["kind"] == "short" else 2) + n["name"] for n in argument.get("names") or []]
        is_long = argument["valueName"] in ("max-tokens", "steps")
        if argument["kind"] == "positional":
            if dice.random() < (0.95 if not argument.get("isOptional") else 0.4):
                parts.append([value(dice, argument, command, paths)])
        elif argument["kind"] == "flag":
            if dice.random() < 0.12:
                parts.append([dice.choice(names)])
        elif dice.random() < (0.9 if not argument.get("isOptional") or is_long else 0.15):
            parts.append([dice.choice(names), value(dice, argument, command, paths)])
    words += [word for part in parts for word in part]
    if command.get("commandName") in ("grpo", "sft") and dice.random() < 0.8:
        words += ["--set", "steps=1"]
    if dice.random() < 0.03:
        words.insert(dice.randrange(len(words) + 1), dice.choice(NUMBERS + TEXTS + ["--nonsense", "-x"]))
    return [w.replace("\0", "") for w in words]


def limit():
    """Keeps a program that takes too much from taking the machine down."""
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tools", default="r1-convert,r1-data,r1-diff,r1-eval,r1-infer,r1-train")
    options = parser.parse_args()
    failures = 0
    for tool in options.tools.split(","):
        program = options.bin.resolve() / tool
        dump = subprocess.run([program, "--experimental-dump-help"], capture_output=True, check=True).stdout
        grammar = json.loads(dump)["command"]
        codes = collections.Counter()
        dice = random.Random(f"{options.seed} {tool}")
        for number in range(options.count):
            folder = pathlib.Path(tempfile.mkdtemp(prefix="r1-fuzz."))
            try:
                words = line(dice, tool, grammar, world(folder))
                environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", HOME=str(folder))
                # A server runs until it is told to end, and then ends with 0.
                bound = ["timeout", "--preserve-status", "-s", "TERM", "5"] if words[:1] == ["serve"] else []
                try:
                    done = subprocess.run(
                        [*bound, program, *words], cwd=folder, input=b"hi\n", capture_output=True, timeout=SECONDS,
                        preexec_fn=limit, env=environment)
                    code, errors = done.returncode, done.stderr.decode(errors="replace")
                except subprocess.TimeoutExpired:
                    code, errors, done = "timeout", "", None
                codes[code] += 1
                allowed = {0, 1, 64} | ({2} if tool == "r1-diff" else set())
                leaks = re.search(r"CodingKey|DecodingError|Optional\(|Swift\.|NSCocoaError", errors)
                # Differences and findings are results: they go to stdout.
                reports = tool == "r1-diff" or words[:1] == ["check"] and done and done.stdout
                if code not in allowed or leaks or (code != 0 and not errors.strip() and not reports):
                    failures += 1
                    print(f"FAILED {number}: {code}: {tool} {shlex.join(words)}\n    {errors.strip()[-300:]}")
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        print(f"{tool}: {options.count} command lines: " + ", ".join(
            f"{count} x {code}" for code, count in sorted(codes.items(), key=lambda item: str(item[0]))), flush=True)
    sys.exit(1 if failures else 0)


main()
