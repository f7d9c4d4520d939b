#!/usr/bin/env python3
"""What is too long for the tests of r1-data: kills of a recipe, the rule of the filter, a million rows, speed.

    scripts/long-data.py PROGRAMS [--parts kills ratings million speed] [--work FOLDER] [--kills 20] [--rows 1000000]

kills    a recipe over the handwritten test rows and a file of each layout gives the same bytes twice, and after SIGKILL at
         random moments and a second run
ratings  the filter drops exactly the rows whose rewards are all equal; another threshold on 5,000 rows takes under a second
million  rows import under 512 MiB
speed    import beside Hugging Face datasets and beside pyarrow with json, which do the same to the same Parquet file (pip
         install pyarrow datasets)
"""
import argparse
import hashlib
import importlib.util
import json
import pathlib
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "Checkpoints/small-qwen25vl.h5"


def run(*words):
    """Runs a program that must succeed; returns its seconds."""
    began = time.monotonic()
    words = [str(word) for word in words]
    result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {result.returncode}\n{result.stderr[-2000:]}")
    return time.monotonic() - began


def contents(folder):
    """The hash of every file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()}


class LongData:
    def __init__(self, options):
        self.data = pathlib.Path(options.programs).resolve() / "r1-data"
        self.work = pathlib.Path(options.work).resolve()
        self.kill_count, self.row_count = options.kills, options.rows
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)

    # Kills

    def reads(self, path):
        """Whether a file has rows that can be used; some fixtures are there to be refused."""
        probe = self.work / "probe"
        shutil.rmtree(probe, ignore_errors=True)
        probe.mkdir()
        return subprocess.run(
            [self.data, "import", path, "--output", probe / "rows.jsonl", "--rejects", probe / "rejects.jsonl"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def recipe(self):
        """A recipe over the handwritten test rows and every fixture of a layout."""
        fixtures = [
            path for folder in ("layouts", "benchmark-layouts", "tar")
            for path in sorted((ROOT / f"Tests/Fixtures/{folder}").iterdir())
            if path.suffix in (".jsonl", ".json", ".tsv", ".parquet", ".tar") and self.reads(path)]
        sources = [f"  - {{name: digits, path: {ROOT}/Examples/handwritten/test.jsonl}}"]
        sources += [
            f"  - {{name: s{number}, path: {path}, onBadRow: skip}}" for number, path in enumerate(fixtures)]
        path = self.work / "recipe.yaml"
        path.write_text(
            "name: Every layout\nseed: 1\nsources:\n" + "\n".join(sources) + "\ncheck: drop\n"
            "dedupe: {pictures: looks, distance: 4}\n"
            f"rate:\n  model: {MODEL}\n  set: [seed=1, grpo.groupSize=2, grpo.temperature=1, grpo.maxNewTokens=64]\n"
            "filter: {epsilon: 0}\nexports:\n  - {to: ms-swift, output: swift.jsonl}\n"
            "  - {to: parquet, output: rows.parquet}\nsamples: 2\n")
        return path, len(fixtures)

    def kills(self):
        recipe, count = self.recipe()
        first, second = self.work / "first", self.work / "second"
        seconds = run(self.data, "run", recipe, "--work", first)
        expected = contents(first)
        first.rename(self.work / "kept")
        run(self.data, "run", recipe, "--work", first)
        if contents(first) != expected:
            sys.exit("kills: two runs gave different bytes")
        print(f"kills: {count} files of other layouts, {len(expected)} files made in {seconds:.1f} s, twice the same bytes")
        moments = random.Random(5)
        for number in range(self.kill_count):
            shutil.rmtree(first)
            process = subprocess.Popen(
                [self.data, "run", recipe, "--work", first], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = moments.random() * seconds
            time.sleep(moment)
            process.kill()
            process.communicate()
            run(self.data, "run", recipe, "--work", first)
            if contents(first) != expected:
                found = contents(first)
                names = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
                sys.exit(f"kills: after a kill at {moment:.2f} s other bytes in {sorted(names)[:5]}")
        print(f"kills: {self.kill_count} kills between 0 and {seconds:.1f} s, each ended with the same bytes")

    # The rule of the filter

    def ratings(self):
        rows = ROOT / "Examples/handwritten/test.jsonl"
        rated, kept = self.work / "ratings.jsonl", self.work / "filtered.jsonl"
        run(self.data, "rate", rows, "--model", MODEL, "--set", "grpo.groupSize=8", "--set", "grpo.maxNewTokens=80",
            "--set", "seed=1", "--output", rated)
        run(self.data, "filter", rows, "--ratings", rated, "--output", kept)
        wanted = {
            row["id"] for row in map(json.loads, rated.read_text().splitlines())
            if len({a for a, status in zip(row["accuracy"], row["status"]) if status not in ("badGold", "error")}) > 1}
        found = {json.loads(line)["id"] for line in kept.read_text().splitlines()}
        if wanted != found:
            sys.exit(f"ratings: the filter kept {len(found)} rows, {len(wanted)} have rewards that differ")
        total = sum(1 for _ in rows.open())
        print(f"ratings: {total} rows rated, {total - len(found)} dropped: exactly those whose rewards are equal")
        many, many_ratings = ROOT / "Examples/handwritten/train.jsonl", self.work / "many-ratings.jsonl"
        run(self.data, "rate", many, "--model", MODEL, "--set", "grpo.groupSize=2", "--set", "grpo.maxNewTokens=40",
            "--output", many_ratings)
        times = [
            run(self.data, "filter", many, "--ratings", many_ratings, "--output", self.work / "some.jsonl",
                "--epsilon", "0.1", "--overwrite") for _ in range(5)]
        print(f"ratings: another threshold on {sum(1 for _ in many.open())} rows: {statistics.median(times):.2f} s")
        if statistics.median(times) > 1:
            sys.exit("ratings: more than a second")

    # A million rows

    def rows(self):
        """A Parquet file of text rows."""
        import pyarrow
        import pyarrow.parquet
        path = self.work / "rows.parquet"
        if path.exists():
            return path
        chance = random.Random(1)
        words = "the of chart shows value bar line in year which is highest total blue red left right number".split()
        rows = [{
            "id": f"q{number}", "problem": " ".join(chance.choices(words, k=20)) + "?",
            "solution": ["Yes", "No", str(number % 977), "B", f"{number % 9}/7"][number % 5], "source": "synthetic",
        } for number in range(self.row_count)]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=50_000)
        return path

    def million(self):
        script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); " \
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        for source in (self.rows(), self.work / "rows.jsonl"):
            result = subprocess.run(
                [sys.executable, "-c", script, str(self.data), "import", str(source), "--output",
                 str(self.work / ("rows.jsonl" if source.suffix == ".parquet" else "again.jsonl"))],
                check=True, capture_output=True, text=True)
            mebibytes = int(result.stdout) / 1024
            print(f"million: {self.row_count} rows of {source.name} imported, {mebibytes:.0f} MiB at most")
            if mebibytes > 512:
                sys.exit("million: more than 512 MiB")

    def speed(self):
        missing = [name for name in ("pyarrow", "datasets") if not importlib.util.find_spec(name)]
        if missing:
            sys.exit(f"speed: pip install {' '.join(missing)}")
        source, times = self.rows(), {"r1-data": [], "datasets": [], "pyarrow": []}
        for _ in range(3):
            for name in times:
                output = self.work / f"speed-{name}.jsonl"
                output.unlink(missing_ok=True)
                if name == "r1-data":
                    times[name].append(run(self.data, "import", source, "--output", output))
                else:
                    times[name].append(run(sys.executable, __file__, "--as", name, source, output))
        lines = [(self.work / f"speed-{name}.jsonl").read_bytes() for name in ("r1-data", "pyarrow")]
        if lines[0] != lines[1]:
            sys.exit("speed: the programs wrote different rows")
        median = {name: statistics.median(values) for name, values in times.items()}
        for name, value in median.items():
            print(f"speed: {name} {value:.1f} s for {self.row_count} rows, {value / median['r1-data']:.1f} of r1-data")


# The same import in Python: read, convert to the record, guess the task, check ids and markers, write.

NUMBER = re.compile(r"^[$€£¥]?[-+]?\d[\d,]*(\.\d+)?([eE][-+]?\d+)?\s*[^\W\d_%°²³/ ]{0,12}$|^[-+]?\d[\d,]*(\.\d+)?\s*%$")
LETTER = re.compile(r"^\(?[A-Z](\)|[.:]( |$)|$)")
EXPRESSION = re.compile(r"[\\√π]|^(?=.*[\d=])(?=.*[-+*/^=(),\[\]])[\x00-\x7f]{1,60}$")
YES_OR_NO = {"yes", "no", "true", "false", "是", "否", "对", "不对", "有", "没有"}


def task(gold):
    if LETTER.match(gold):
        return "mcq"
    if NUMBER.match(gold):
        return "chart"
    if gold.lower().rstrip(".。") in YES_OR_NO:
        return "yorn"
    if "bbox" in gold or "<box>" in gold:
        return "grounding"
    return "math" if EXPRESSION.search(gold) else "open"


def record(name, question, gold, source, known):
    if not gold.strip() or "<image>" in question or "<video>" in question or name in known:
        raise ValueError(name)
    known.add(name)
    return {
        "id": name, "task": task(gold.strip()), "source": source,
        "messages": [{"role": "user", "content": question}], "solution": gold}


def with_pyarrow(source, output):
    import pyarrow.parquet
    known = set()
    with open(output, "w", encoding="utf-8") as out:
        for batch in pyarrow.parquet.ParquetFile(source).iter_batches(8192):
            for row in batch.to_pylist():
                line = record(row["id"], row["problem"], row["solution"], row["source"], known)
                out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def with_datasets(source, output):
    import datasets
    datasets.disable_caching()
    known = set()

    def convert(batch):
        rows = [record(*row, known) for row in zip(batch["id"], batch["problem"], batch["solution"], batch["source"])]
        return {key: [row[key] for row in rows] for key in rows[0]}

    cache = str(pathlib.Path(output).with_suffix(".cache"))
    shutil.rmtree(cache, ignore_errors=True)
    rows = datasets.load_dataset("parquet", data_files=source, split="train", cache_dir=cache)
    rows.map(convert, batched=True, remove_columns=rows.column_names).to_json(output, force_ascii=False)


def main():
    if sys.argv[1:2] == ["--as"]:
        return {"pyarrow": with_pyarrow, "datasets": with_datasets}[sys.argv[2]](*sys.argv[3:])
    parts = ["kills", "ratings", "million", "speed"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", help="folder with the release programs")
    parser.add_argument("--parts", nargs="*", default=parts, choices=parts)
    parser.add_argument("--work", default=".build/long-data")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    long = LongData(options)
    for part in options.parts:
        getattr(long, part)()


if __name__ == "__main__":
    main()
