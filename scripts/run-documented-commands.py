#!/usr/bin/env python3
"""Runs every command that README, CONTRIBUTING and the pages in docs print.

    scripts/run-documented-commands.py BIN [PAGE...]

BIN is the folder with the six programs; without names of pages, all run. A command is a line of a code block that starts with `r1-...` or `make`,
with or without `$ ` before it. Each runs unchanged, through bash, in a fresh copy of the repository's root in which the
files that the pages name have been prepared from the small model that ships and from the tests' files. Settings files
ask for two short steps, so that the training commands end soon.

A line with placeholders (brackets, `...`, words in capitals) is a synopsis: the program's help must know its
subcommand and options. Targets of make that take long or change the machine are only looked up. Prints a table; the
exit code is 1 when a command fails.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FIXTURES = ROOT / "Tests/Fixtures"
COMMAND = re.compile(r"^(?:\$ )?((?:r1-(?:convert|train|infer|diff|data|eval)|make) .*\S)")
PLACEHOLDER = re.compile(r"^[A-Z][A-Z-]*(\.\w+)?$")
LANGUAGES = {"", "sh", "bash", "console"}
SECONDS = 600

# Targets of make that do not run here, and why.
LOOKED_UP = {
    "setup": "changes the machine",
    "train": "trains for minutes",
    "test": "CI runs it",
    "test-Rewards": "a part of make test",
    "lint": "CI runs it",
    "format": "changes the sources; CI checks the result",
    "sanitize": "builds twice more, takes several minutes",
    "fuzz-commands": "runs for minutes",
    "fuzz": "runs for hours; make test runs a short pass",
    "long-checkpoints": "takes an hour",
    "chaos": "runs for half an hour",
    "long-docs": "is this program",
    "long-data": "takes half an hour",
    "long-scale": "takes an hour",
    "long-training": "takes half an hour",
    "experiments": "trains for hours",
    "slurm-test": "starts Slurm",
    "page-test": "needs Chromium",
    "report-test": "needs Chromium and pages",
    "evaluation-page-test": "needs Chromium",
    "events-test": "needs TensorBoard and a run",
    "serve-test": "needs the openai client",
    "bench-infer": "needs a large model and llama.cpp",
    "bench-engine": "measures for minutes",
}

SETTINGS = """\
model: Checkpoints/small-qwen25vl.h5
data: {train: Examples/handwritten/train-filtered.jsonl, test: Examples/handwritten/test.jsonl}
steps: 2
grpo: {promptsPerStep: 4, units: 4, groupSize: 2, maxNewTokens: 8}
evaluation: {answersPerPrompt: 1, maxNewTokens: 8, rowLimit: 4}
checkpoints: {every: 1, keepLast: 3}
"""
# The settings files of the example that are replaced by these.
SHORTENED = ("grpo.yaml", "one-hour.yaml")


def commands(page):
    """The commands of a page with their line numbers."""
    language, found = None, []
    for number, line in enumerate(page.read_text().split("\n"), 1):
        if line.startswith("```"):
            language = line[3:].strip() if language is None else None
        elif language in LANGUAGES or (language is None and line.startswith("    ")):
            match = COMMAND.match(line.strip())
            if match:
                found.append((number, match[1]))
    return found


def is_synopsis(command):
    """Whether a line has places for the reader to fill in."""
    if re.search(r"\[|\.\.\.|\|", command):
        return True
    return any(PLACEHOLDER.match(word) for word in shlex.split(command, comments=True))


def run(command, folder, environment, given=""):
    """Runs a command in a folder; returns its exit code and its output."""
    try:
        result = subprocess.run(
            ["bash", "-c", command], cwd=folder, env=environment, input=given, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return 124, f"still running after {SECONDS} seconds"
    return result.returncode, result.stdout


def required(command, folder, environment):
    """Runs a command of the preparation, which must succeed."""
    code, output = run(command, folder, environment)
    if code != 0:
        sys.exit(f"preparing the files: {command}: exit code {code}\n{output}")


def renamed(source, destination, old, new):
    """Copies a safetensors file with other beginnings of the tensors' names."""
    content = source.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header = {new + name[len(old) :] if name.startswith(old) else name: item for name, item in header.items()}
    text = json.dumps(header).encode()
    destination.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])


def adapter(folder, model):
    """A LoRA adapter of rank 2 without effect for one layer of a model."""
    text = json.loads((model / "config.json").read_text())
    size = text.get("text_config", text)["hidden_size"]
    stem = "base_model.model.model.layers.0.self_attn.q_proj.lora_"
    shapes, header, end = {f"{stem}A.weight": [2, size], f"{stem}B.weight": [size, 2]}, {}, 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 8 * size]}
        end += 8 * size
    described = json.dumps(header).encode()
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(described)) + described + bytes(end))
    (folder / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "bias": "none"}))


def repository(folder):
    """A copy of the repository's root: links to all but the settings, which are short here, and no earlier runs."""
    for entry in ROOT.iterdir():
        if entry.name not in {"Examples", "runs", ".build", ".git"}:
            (folder / entry.name).symlink_to(entry)
    examples = folder / "Examples/handwritten"
    examples.mkdir(parents=True)
    for entry in (ROOT / "Examples/handwritten").iterdir():
        if entry.name not in SHORTENED:
            (examples / entry.name).symlink_to(entry)
    for entry in (ROOT / "Examples").iterdir():
        if entry.name not in {"handwritten", "presets"}:
            (folder / "Examples" / entry.name).symlink_to(entry)
    shutil.copytree(ROOT / "Examples/presets", folder / "Examples/presets")
    (folder / "Examples/presets/small.yaml").write_text(SETTINGS)
    for name in SHORTENED:
        (examples / name).write_text(SETTINGS)
    (folder / "my.yaml").write_text(SETTINGS)


def prepare(folder, environment):
    """Makes the files that the pages name, once."""
    repository(folder)
    step = lambda command: required(command, folder, environment)
    shutil.copy(next((ROOT / "Examples/handwritten/images").glob("*.png")), folder / "chart.png")
    shutil.copy(next((FIXTURES / "images").glob("*.jpg")), folder / "cat.jpg")
    # Public models: tiny ones in the same layout.
    shutil.copytree(FIXTURES / "checkpoints/qwen25vl-tiny", folder / "Qwen2.5-VL-3B-Instruct")
    shutil.copytree(FIXTURES / "checkpoints/internvl-tiny-orig", folder / "InternVL3-1B")
    step("r1-convert Qwen2.5-VL-3B-Instruct qwen.h5")
    step(f"r1-convert {FIXTURES}/checkpoints/internvl-tiny-hf step.h5")
    # A run of two steps, and the same as it is when it was stopped after the first.
    step("r1-train grpo --config my.yaml --run runs/first")
    saved = folder / "runs/first/checkpoints"
    shutil.copytree(folder / "runs/first", folder / "stopped")
    for name in ("summary.json", "report.md", "checkpoints/step-000002.h5"):
        (folder / "stopped" / name).unlink()
    shutil.copytree(folder / "runs/first", folder / "runs/hot")
    for number in ("000100", "000150"):
        shutil.copy(saved / "step-000002.h5", saved / f"step-{number}.h5")
    # A run of LoRA and its adapter.
    step("r1-train grpo --config my.yaml --run runs/lora --set lora.rank=2")
    lora = folder / "runs/lora/checkpoints"
    shutil.copy(lora / "step-000002.h5", lora / "step-000200.h5")
    step("r1-train export runs/lora/checkpoints/step-000002.h5 adapter")
    # A model, what training made of it, and the differences.
    for name in ("model.h5", "base.h5", "a.h5", "theirs.h5"):
        shutil.copy(ROOT / "Checkpoints/small-qwen25vl.h5", folder / name)
    step("r1-convert model.h5 small.h5 --quantize int4")
    step(f"r1-train export {saved}/step-000001.h5 step-100.h5 --dtype bfloat16")
    step(f"r1-train export {saved}/step-000002.h5 step-200.h5 --dtype bfloat16")
    for name in ("b.h5", "trained.h5"):
        shutil.copy(folder / "step-200.h5", folder / name)
    step("r1-convert delta model.h5 step-100.h5 -o 100.delta")
    step("r1-convert delta model.h5+100.delta step-200.h5 -o 200.delta")
    shutil.copy(folder / "100.delta", folder / "step-000100.h5")
    step("r1-convert theirs.h5 export-of-theirs")
    renamed(
        folder / "export-of-theirs/model.safetensors", folder / "ours.safetensors", "model.layers.", "transformer.h.")
    shutil.rmtree(folder / "export-of-theirs")
    # Rows in other layouts, and an adapter.
    odd = {"text": "Which letter?\nA. x\nB. y", "meta": {"gold": "B"}, "picture": "chart.png"}
    (folder / "odd.jsonl").write_text(json.dumps(odd) + "\n")
    (folder / "data").mkdir()
    step("r1-data export Examples/handwritten/test.jsonl --to llava --output llava.json")
    step("r1-data export Examples/handwritten/test.jsonl --to parquet --output data/train-0.parquet")
    # Sets of benchmarks, and a run to compare another one with.
    benchmarks = ROOT / "Examples/benchmarks"
    shutil.copy(benchmarks / "mmstar/MMStar.tsv", folder / "MMStar.tsv")
    shutil.copytree(benchmarks / "mmmu", folder / "data/MMMU", ignore=shutil.ignore_patterns("*.tsv"))
    step("r1-eval run model.h5 MMStar.tsv data/MMMU/ --run evals/second --max-tokens 8")
    shutil.copytree(folder / "evals/second", folder / "evals/first")
    # Two processes of this machine as if they were on others, and in place of a cluster a check of the batch script.
    (folder / "hosts.txt").write_text("localhost slots=2\n")
    (folder / "bin").mkdir()
    (folder / "bin/sbatch").write_text('#!/bin/sh\nbash -n "$1" && echo "Submitted batch job 1"\n')
    (folder / "bin/sbatch").chmod(0o755)
    adapter(folder / "my-lora", folder / "Qwen2.5-VL-3B-Instruct")
    row = {"task": "chart", "messages": [{"role": "user", "content": "How many?"}], "solution": "5", "answer": "5"}
    (folder / "answers.jsonl").write_text(json.dumps(row) + "\n")
    # Ratings of the train rows: the short answers earn nothing, so every other row gets rewards that differ.
    step("r1-data rate Examples/handwritten/train.jsonl --config my.yaml --output ratings.jsonl")
    ratings = [json.loads(line) for line in (folder / "ratings.jsonl").read_text().splitlines()]
    for rating in ratings[::2]:
        rating["accuracy"] = rating["total"] = [1, 0]
    (folder / "ratings.jsonl").write_text("".join(json.dumps(rating) + "\n" for rating in ratings))


def results(words):
    """The files and folders that a command makes."""
    program, rest = words[0], words[1:]
    for option in ("-o", "--run", "--work", "--output", "--html", "--svg"):
        if option in rest[:-1] and not {"--print-config", "--slurm"} & set(rest):
            return [rest[rest.index(option) + 1]]
    if "--quantize" in rest:
        rest = [word for place, word in enumerate(rest) if "--quantize" not in rest[max(0, place - 1) : place + 1]]
    makes_last = program == "r1-convert" and rest[0] not in {"verify", "inspect"}
    if makes_last or (program == "r1-train" and rest[0] in {"init", "export"}):
        return [rest[-1]]
    return []


def run_printed(command, prepared, environment):
    """Runs one command in a fresh copy of the prepared folder; returns the problem, or None."""
    words = shlex.split(command, comments=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name) / "r1"
        shutil.copytree(prepared, folder, symlinks=True)
        if words[:2] == ["r1-train", "resume"]:
            shutil.rmtree(folder / words[2])
            (folder / "stopped").rename(folder / words[2])
        made = results(words)
        for path in (folder / path for path in made):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        is_chat = words[:2] == ["r1-infer", "chat"] and "--prompt" not in words
        if words[:2] == ["r1-infer", "serve"]:
            # A server runs until it is told to end.
            command = f"timeout --preserve-status -s TERM 20 {command}"
        environment = environment | {"PATH": f"{folder / 'bin'}:{environment['PATH']}"}
        code, output = run(command, folder, environment, given="What is it?\n/quit\n" if is_chat else "")
        # r1-diff has found a difference with 1.
        if code != 0 and not (code == 1 and words[0] == "r1-diff"):
            return f"exit code {code}: {output.strip()[-400:]}"
        missing = [path for path in made if not (folder / path).exists()]
        return f"made no {missing[0]}" if missing else None


def check_synopsis(command, environment):
    """Looks up the options of a synopsis in the program's help; returns the problem, or None."""
    words = command.split("#")[0].split()
    place = words[:2] if len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]) else words[:1]
    place = ["r1-convert", "convert"] if place == ["r1-convert"] else place
    code, help_text = run(shlex.join([*place, "--help"]), ROOT, environment)
    if code != 0:
        return f"{' '.join(place)} --help: exit code {code}"
    unknown = [o for o in re.findall(r"(?<![\w-])--?[a-z][\w-]*", command) if not re.search(rf"{o}\b", help_text)]
    return f"{' '.join(place)} has no option {', '.join(unknown)}" if unknown else None


def check(command, prepared, environment):
    """The verdict on one command, and the problem or the reason for looking it up only."""
    words = shlex.split(command, comments=True) if not is_synopsis(command) else command.split()
    if words[0] == "make":
        target = words[1]
        code, output = run(f"make -n {shlex.join(words[1:])}", ROOT, environment)
        if code != 0:
            return "failed", output.strip()
        if target in LOOKED_UP:
            return "looked up", LOOKED_UP[target]
    elif is_synopsis(command):
        problem = check_synopsis(command, environment)
        return ("failed" if problem else "synopsis"), problem
    problem = run_printed(command, prepared, environment)
    return ("failed" if problem else "ok"), problem


def main():
    if len(sys.argv) < 2 or not pathlib.Path(sys.argv[1], "r1-train").exists():
        sys.exit(__doc__)
    environment = dict(os.environ, PATH=f"{pathlib.Path(sys.argv[1]).resolve()}:{os.environ['PATH']}")
    problems, counts = [], {}
    with tempfile.TemporaryDirectory() as name:
        prepared = pathlib.Path(name) / "r1"
        prepared.mkdir()
        prepare(prepared, environment)
        for page in [page for page in PAGES if not sys.argv[2:] or page.name in sys.argv[2:]]:
            for line, command in commands(page):
                start = time.time()
                verdict, remark = check(command, prepared, environment)
                counts[verdict] = counts.get(verdict, 0) + 1
                place = f"{page.relative_to(ROOT)}:{line}"
                shown = re.sub(r"\s+# .*", "", command) + (f"   ({remark})" if verdict == "looked up" else "")
                print(f"{verdict:<9} {time.time() - start:6.1f} s  {place:<24} {shown}", flush=True)
                if verdict == "failed":
                    problems.append(f"{place}: {command}\n    {remark}")
    print("\n" + ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    if not counts.get("ok"):
        problems.append("no command was found in the pages")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
