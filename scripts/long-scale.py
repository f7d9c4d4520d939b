#!/usr/bin/env python3
"""Runs training on several processes of this machine, and compares with one process.

    scripts/long-scale.py PROGRAMS [--parts same kills errors memory speed links] [--seed 1] [--work FOLDER]

same    20 steps on 1, 2 and 4 processes: of the example, and of rows with no, one and two pictures for both model
        families. Metrics, answers, evaluations and the final checkpoint must be equal, byte for byte.
kills   30 steps, killed at 10 random moments with SIGKILL, one process or mpirun in turn, and resumed on 1, 2 or 4
        processes in turn: as undisturbed, byte for byte.
errors  100 times something happens to one process at random: a broken picture in its share, a full disk, SIGKILL as by
        the kernel that is out of memory. There must be one message and an exit code, and no process may be left.
memory  Peak memory of a process for 1, 2 and 4 processes beside the formula. Needs 8 GB.
speed   One process with one thread on half of the questions beside two processes with one thread each (weak efficiency),
        and on all of them (strong efficiency); medians of steps in alternating runs. Two runs on half of the questions at the
        same time, which share nothing but the machine, are the limit.
links   Two hosts, as network namespaces with a link of 10 and of 1 Gbit/s between them (root only): the time of a step beside
        that of an unlimited link plus bytes over speed, as far as backward does not hide it; then the link goes down in the
        middle of a run, which must end all processes within the time limit, and the run is resumed.
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "Examples/handwritten"
LIMIT = 1800
COMMON = {
    "steps": 20, "seed": 5, "threads": 1, "evaluation.rowLimit": 20, "evaluation.every": 10,
    "evaluation.answersPerPrompt": 2, "evaluation.batchSize": 5, "checkpoints.every": 5, "checkpoints.keepLast": 2,
    "grpo.promptsPerStep": 8, "grpo.groupSize": 4, "grpo.maxNewTokens": 48, "grpo.units": 4,
    "grpo.loss.klCoefficient": 0.04,
}
KINDS = {
    "example": {"grpo.updatesPerRollout": 2, "grpo.resamplingRounds": 2, "grpo.advantages.scaling": "taskEMA"},
    "bfloat16": {"dtype": "bfloat16", "grpo.loss.aggregation": "dapo", "grpo.referenceSync.every": 3},
    "qwen": {"grpo.maxNewTokens": 12}, "internvl": {"grpo.maxNewTokens": 12},
}


class Runs:
    """Runs of one kind of settings."""

    def __init__(self, options, kind, settings):
        self.program = str(pathlib.Path(options.programs).resolve() / "r1-train")
        self.work = pathlib.Path(options.work).resolve()
        settings = COMMON | KINDS.get(kind, {}) | settings
        if kind in ("qwen", "internvl"):
            settings |= mixed(self.work, kind)
        self.arguments = ["grpo", "--config", str(EXAMPLE / "grpo.yaml")]
        for name, value in settings.items():
            self.arguments += ["--set", f"{name}={value}"]

    def start(self, count, arguments, prefix=(), mpirun=()):
        """Starts a run on some processes; None is one without mpirun."""
        launcher = []
        if count is not None:
            root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
            launcher = [*prefix, "mpirun", *root, "--oversubscribe", "--quiet", "--bind-to", "none", *mpirun, "-n",
                        str(count)]
        return subprocess.Popen([*launcher, self.program, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def new(self, folder):
        return [*self.arguments, "--run", str(folder)]

    def finish(self, count, arguments):
        process = self.start(count, arguments)
        _, errors = process.communicate(timeout=LIMIT)
        if process.returncode != 0:
            sys.exit(f"{' '.join(process.args)}: exit code {process.returncode}:\n{errors.decode()}")


def mixed(work, kind):
    """The settings of a run of a tiny model on rows with no, one and two pictures."""
    folder = work / f"mixed-{kind}"
    if not folder.exists():
        fixture = {"qwen": "qwen25vl-tiny", "internvl": "internvl-tiny-hf"}[kind]
        shutil.copytree(ROOT / "Tests/Fixtures/checkpoints" / fixture, folder / "model")
        # Every fourth token ends an answer: a random model would hardly ever stop, and learn nothing from cut answers.
        settings = folder / "model/generation_config.json"
        known = json.loads(settings.read_text()) if settings.exists() else {}
        ends = known.get("eos_token_id", [])
        ends = ends if isinstance(ends, list) else [ends]
        settings.write_text(json.dumps(known | {"eos_token_id": sorted({*range(0, 700, 4), *ends})}))
        rows = [json.loads(line) for line in (EXAMPLE / "train.jsonl").read_text().splitlines()]
        rows = [row for row in rows if row["task"] == "open"][:24]
        made = []
        for number, row in enumerate(rows):
            pictures = [str(EXAMPLE / row["images"][0]), str(EXAMPLE / rows[number - 1]["images"][0])][:number % 3]
            text = "<image>" * len(pictures) + f"Describe what you see, {number}."
            made.append(row | {"images": pictures, "messages": [{"role": "user", "content": text}]})
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    rows = str(folder / "rows.jsonl")
    return {"model": str(folder / "model"), "data.train": rows, "data.test": rows}


def facts(folder):
    """What must be equal: SHA-256 of the records and of the last checkpoint."""
    last = sorted(folder.glob("checkpoints/step-*.h5"))[-1]
    names = [folder / name for name in ("metrics.jsonl", "samples.jsonl", "evaluations.jsonl", "diagnosis.jsonl")]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names if path.exists()}
    found["weights"] = last.name + " " + hashlib.sha256(last.read_bytes()).hexdigest()
    return found


def require_equal(want, found, what):
    if want != found:
        different = sorted(key for key in want.keys() | found.keys() if want.get(key) != found.get(key))
        sys.exit(f"{what}: not as on one process: {', '.join(different)}")


def metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def timings(folder):
    return [json.loads(line) for line in (folder / "timing.jsonl").read_text().splitlines()]


def descendants(parent):
    """The processes below one, from /proc."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    found = [parent]
    for process in found:
        found += [child for child, above in parents.items() if above == process]
    return found[1:]


def same(options):
    for kind in KINDS:
        runs = Runs(options, kind, {})
        runs.finish(None, runs.new(runs.work / f"{kind}-1"))
        want = facts(runs.work / f"{kind}-1")
        learned = max(line.get("grad_norm", 0) for line in metrics(runs.work / f"{kind}-1"))
        for count in (2, 4):
            runs.finish(count, runs.new(runs.work / f"{kind}-{count}"))
            require_equal(want, facts(runs.work / f"{kind}-{count}"), f"{kind} on {count} processes")
        print(f"{kind}: 20 steps on 1, 2, 4 processes; {', '.join(want)} equal; largest gradient norm {learned:.3f}",
              flush=True)


def kills(options):
    numbers = random.Random(options.seed)
    runs = Runs(options, "example", {"steps": 30, "checkpoints.every": 2})
    start = time.monotonic()
    runs.finish(None, runs.new(runs.work / "whole"))
    seconds = time.monotonic() - start
    folder, killed, resumed, counts = runs.work / "killed", 0, 0, []
    while True:
        arguments = ["resume", str(folder)]
        if not any(folder.glob("checkpoints/step-*.h5")):
            shutil.rmtree(folder, ignore_errors=True)
            arguments = runs.new(folder)
        count = numbers.choice([1, 2, 4])
        resumed += arguments[0] == "resume"
        counts.append(count)
        process = runs.start(count, arguments)
        if killed < 10:
            try:
                process.wait(timeout=numbers.uniform(0.05, 0.4) * seconds)
            except subprocess.TimeoutExpired:
                members = descendants(process.pid)
                os.kill(numbers.choice(members) if killed % 2 and members else process.pid, signal.SIGKILL)
                killed += 1
                process.communicate(timeout=LIMIT)
                wait_for_end(members)
                continue
        if process.wait(timeout=LIMIT) != 0:
            sys.exit(f"resume on {count} processes: exit code {process.returncode}:\n{process.stderr.read().decode()}")
        require_equal(facts(runs.work / "whole"), facts(folder), f"after {killed} kills")
        if killed == 10:
            break
        shutil.rmtree(folder)
    print(f"kills: 10, resumed {resumed} times, on {counts} processes; all equal", flush=True)


def wait_for_end(members):
    """Waits until the processes have gone; returns those that have not after 20 seconds."""
    end = time.monotonic() + 20
    while True:
        left = [member for member in members if os.path.exists(f"/proc/{member}/stat")
                and ") Z " not in pathlib.Path(f"/proc/{member}/stat").read_text(errors="replace")]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.02)


def errors(options):
    numbers = random.Random(options.seed)
    work = pathlib.Path(options.work).resolve()
    disk = work / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)], check=True)
    counts = {"picture": 0, "disk": 0, "killed": 0}
    try:
        for repetition in range(100):
            trouble = numbers.choice(sorted(counts))
            counts[trouble] += 1
            # A run that is killed must not end before.
            settings = {"steps": 4000 if trouble == "killed" else 4, "evaluation.every": 0, "evaluation.rowLimit": 8, "checkpoints.every": 1,
                        "checkpoints.keepLast": 0 if trouble == "disk" else 2, "grpo.maxNewTokens": 12}
            runs = Runs(options, "qwen" if trouble != "disk" else "example", settings)
            folder = disk / "run" if trouble == "disk" else work / f"error-{repetition}"
            if trouble == "picture":
                lines = (work / "mixed-qwen/rows.jsonl").read_text().splitlines()
                place = numbers.choice([index for index in range(8) if index % 3])
                row = json.loads(lines[place])
                (work / "broken.png").write_text("no picture")
                row["images"][-1] = str(work / "broken.png")
                lines[place] = json.dumps(row)
                (work / "broken.jsonl").write_text("\n".join(lines) + "\n")
                runs.arguments += ["--set", f"data.test={work / 'broken.jsonl'}", "--set", "evaluation.batchSize=1"]
            count = numbers.choice([2, 4])
            process = runs.start(count, runs.new(folder))
            members = []
            end = time.monotonic() + numbers.uniform(0.3, 2.0)
            while process.poll() is None and (trouble != "killed" or time.monotonic() < end):
                members = descendants(process.pid) or members
                time.sleep(0.01)
            if trouble == "killed" and process.poll() is None:
                victims = [member for member in members if "r1-train" in name_of(member)]
                if victims:
                    os.kill(numbers.choice(victims), signal.SIGKILL)
                else:
                    process.kill()
            _, text = process.communicate(timeout=120)
            found = [line for line in text.decode().splitlines() if "error: " in line]
            left = wait_for_end(members)
            if left:
                sys.exit(f"{trouble} on {count} processes: {left} are left")
            if trouble == "killed":
                if process.returncode == 0 or found:
                    sys.exit(f"killed on {count} processes: exit code {process.returncode}: {text.decode()}")
            else:
                word = "broken.png" if trouble == "picture" else "No space left|are free there"
                if process.returncode != 1 or len(found) != 1 or not re.search(word, found[0]):
                    sys.exit(f"{trouble} on {count} processes: exit code {process.returncode}: {text.decode()}")
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    print(f"errors: 100 ({counts}); one message each, exit code 1 (137 after a kill), no process left", flush=True)


def name_of(process):
    try:
        return pathlib.Path(f"/proc/{process}/comm").read_text()
    except OSError:
        return ""


def large_shape(options):
    """A checkpoint with random weights of a Qwen2.5-VL of about 90 million weights."""
    work = pathlib.Path(options.work).resolve()
    shape = work / "shape"
    shutil.copytree(EXAMPLE / "small-model", shape)
    settings = json.loads((shape / "config.json").read_text())
    text = {"hidden_size": 640, "num_hidden_layers": 12, "intermediate_size": 2048, "num_attention_heads": 10,
            "num_key_value_heads": 2}
    settings.get("text_config", settings).update(text)
    settings.update({key: value for key, value in text.items() if key in settings})
    settings["vision_config"]["out_hidden_size"] = 640
    settings["rope_scaling"]["mrope_section"] = [8, 12, 12]
    (shape / "config.json").write_text(json.dumps(settings))
    program = str(pathlib.Path(options.programs).resolve() / "r1-train")
    subprocess.run([program, "init", str(shape), str(work / "shape.h5"), "--seed", "1"], check=True)
    return str(work / "shape.h5")


LARGE = {"data.test": "", "checkpoints.every": 0, "grpo.promptsPerStep": 4, "grpo.groupSize": 2, "grpo.maxNewTokens": 16,
         "grpo.loss.klCoefficient": 0, "microBatchTokens": 256}


def memory(options):
    """A 92.6 M Qwen2.5-VL shape; the formula has weights, gradients, moments and masters, per process."""
    work, model = pathlib.Path(options.work).resolve(), large_shape(options)
    for dtype in ("float32", "bfloat16"):
        found = {}
        for count in (1, 2, 4):
            runs = Runs(options, "memory", LARGE | {"model": model, "steps": 3, "dtype": dtype})
            folder = work / f"memory-{dtype}-{count}"
            runs.finish(count, runs.new(folder))
            found[count] = timings(folder)[-1]["memory/peak_bytes"]
        weights = os.path.getsize(model) / 4
        for count, peak in found.items():
            # Sums of gradients, log2(units / processes) of them; with one unit they leave while backward makes them. Several
            # processes have a bucket of gradients and its pieces besides.
            held, bucket = {4: 0.25, 2: 1, 1: 2}[count], 0 if count == 1 else 1 << 25
            fixed, split = (4, 8) if dtype == "float32" else (2, 12)
            formula = weights * (fixed + 4 * held + split / count) + bucket
            print(f"{dtype}, {count} processes: peak {peak / 1e6:.0f} MB; weights, gradients, moments and masters "
                  f"{formula / 1e6:.0f} MB", flush=True)


def speed(options):
    settings = {"steps": 6, "data.test": "", "checkpoints.every": 0, "grpo.units": 2, "grpo.groupSize": 8,
                "grpo.maxNewTokens": 64}
    phases = ("step_time", "timing/rollout", "timing/update")
    found = {name: {phase: [] for phase in phases} for name in ("half", "apart", "two", "whole")}
    shares = []
    for repetition in range(3):
        for name, count, questions in (("half", None, 16), ("apart", None, 16), ("two", 2, 32), ("whole", None, 32)):
            runs = Runs(options, "speed", settings | {"grpo.promptsPerStep": questions})
            folder = runs.work / f"speed-{name}-{repetition}"
            other = runs.start(None, runs.new(runs.work / f"speed-other-{repetition}")) if name == "apart" else None
            runs.finish(count, runs.new(folder))
            if other is not None and other.wait(timeout=LIMIT) != 0:
                sys.exit(f"the other run: exit code {other.returncode}: {other.stderr.read().decode()}")
            for step in timings(folder)[1:]:
                for phase in phases:
                    found[name][phase].append(step[phase])
                if name == "two":
                    shares.append(step["timing/communication"] / step["step_time"])
    for phase in phases:
        half, apart, two, whole = (statistics.median(found[name][phase]) for name in found)
        print(f"{phase}: half of the questions on one process {half:.2f} s, beside another run {apart:.2f} s, all on two "
              f"{two:.2f} s, all on one {whole:.2f} s; weak efficiency {half / two:.2f} (limit {half / apart:.2f}), strong "
              f"{whole / two / 2:.2f}", flush=True)
    print(f"communication and waits: {100 * statistics.median(shares):.0f} % of a step on two processes", flush=True)


NAMES, ADDRESSES = ("r1-link-a", "r1-link-b"), ("10.77.0.1", "10.77.0.2")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Link:
    """What steps over a link took: medians of seconds, and bytes."""

    def __init__(self, steps):
        self.step, self.waited, self.hidden, self.update, self.sent = (
            statistics.median(step[name] for step in steps) for name in
            ("step_time", "timing/communication", "timing/communication_hidden", "timing/update", "communication/sent_bytes"))

    def __str__(self):
        return (f"step {self.step:.2f} s, update {self.update:.2f} s, communication {self.waited:.2f} s and beside backward "
                f"{self.hidden:.2f} s, {self.sent / 1e6:.0f} MB sent")

    def modelled(self, gigabits):
        """The seconds of these steps over a slower link.

        Half of the bytes are sums of gradients, which backward hides. Its pass, the only one of a process, takes two thirds of
        what an update computes.
        """
        half = 8 * self.sent / 2 / (gigabits * 1e9)
        backward = 2 / 3 * (self.update - self.waited)
        return self.step - self.waited + max(self.waited, half + max(0, half - backward))


def links(options):
    work, model = pathlib.Path(options.work).resolve(), large_shape(options)
    agent, hosts = work / "agent.sh", work / "hosts"
    # mpirun calls it as it would call ssh: the host, then a command.
    agent.write_text(f'#!/bin/sh\nshift\nexec ip netns exec {NAMES[1]} sh -c "$*"\n')
    agent.chmod(0o755)
    hosts.write_text("".join(f"{address} slots=1\n" for address in ADDRESSES))
    mpirun = ["--hostfile", str(hosts), "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self", "--mca", "pml",
              "ob1", "--mca", "btl_tcp_if_include", "10.77.0.0/24", "--mca", "oob_tcp_if_include", "10.77.0.0/24"]
    prefix = ["ip", "netns", "exec", NAMES[0]]
    runs = Runs(options, "links", LARGE | {"model": model, "steps": 4, "grpo.units": 2})
    for name in NAMES:
        ip("netns", "add", name)
    try:
        ip("link", "add", "v0", "netns", NAMES[0], "type", "veth", "peer", "name", "v0", "netns", NAMES[1])
        for name, address in zip(NAMES, ADDRESSES):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "v0")
            ip("-n", name, "link", "set", "v0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        found = {}
        for gigabits in (None, 10, 1):
            for name in NAMES if gigabits else ():
                subprocess.run(["ip", "netns", "exec", name, "tc", "qdisc", "replace", "dev", "v0", "root", "tbf", "rate",
                                f"{gigabits}gbit", "burst", "1mb", "latency", "5ms"], check=True)
            folder = work / f"link-{gigabits}"
            process = runs.start(2, runs.new(folder), prefix, mpirun)
            _, text = process.communicate(timeout=LIMIT)
            if process.returncode != 0:
                sys.exit(f"link of {gigabits} Gbit/s: exit code {process.returncode}: {text.decode()}")
            steps = timings(folder)[1:]
            found[gigabits] = Link(steps)
            print(f"link of {gigabits or 'any'} Gbit/s: {found[gigabits]}", flush=True)
        for gigabits in (10, 1):
            model = found[None].modelled(gigabits)
            print(f"{gigabits} Gbit/s: step {found[gigabits].step:.2f} s, model {model:.2f} s, ratio "
                  f"{found[gigabits].step / model:.2f}", flush=True)
        cut(runs, work / "cut", hosts, {"plm_rsh_agent": str(agent), "btl": "tcp,self", "pml": "ob1", "btl_tcp_if_include":
                                        "10.77.0.0/24", "oob_tcp_if_include": "10.77.0.0/24"})
    finally:
        for name in NAMES:
            subprocess.run(["ip", "netns", "del", name], check=False)


def cut(runs, folder, hosts, parameters):
    """Cuts the link of a run that r1-train launch started, and launches it again."""
    settings = [*runs.arguments[3:], "--set", "checkpoints.every=1", "--set", "steps=200"]
    command = ["ip", "netns", "exec", NAMES[0], runs.program, "launch", runs.arguments[2], "--run", str(folder), "--hosts",
               str(hosts), "--timeout", "0.2", *settings]
    environment = os.environ | {f"OMPI_MCA_{name}": value for name, value in parameters.items()}

    def launch(step):
        """Starts the run and waits until it has recorded a step."""
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        while not (folder / "metrics.jsonl").exists() or len(metrics(folder)) < step:
            if process.poll() is not None:
                sys.exit(f"cut link: the run ended before step {step}: {process.stderr.read().decode()}")
            time.sleep(0.05)
        return process

    process = launch(2)
    everyone = descendants(process.pid)
    members = [member for member in everyone if "r1-train" in name_of(member)]
    start = time.monotonic()
    ip("-n", NAMES[0], "link", "set", "v0", "down")
    left = wait_for_end(members)
    ended = time.monotonic() - start
    _, text = process.communicate(timeout=120)
    left += wait_for_end(everyone)
    errors = [line for line in text.decode().splitlines() if "error: " in line]
    print(f"cut link: {len(members)} processes ended after {ended:.0f} s (limit 12 s), launch after "
          f"{time.monotonic() - start:.0f} s with code {process.returncode}; {len(left)} left; {errors}", flush=True)
    if left or len(errors) != 1 or process.returncode != 1:
        sys.exit(f"a cut link did not end the run as it should: {text.decode()}")
    ip("-n", NAMES[0], "link", "set", "v0", "up")
    done = len(metrics(folder))
    process = launch(done + 2)
    process.send_signal(signal.SIGTERM)
    _, text = process.communicate(timeout=LIMIT)
    print(f"cut link: launched again at step {done}, went on to {len(metrics(folder))}, ended by SIGTERM with code "
          f"{process.returncode}", flush=True)
    if process.returncode != 143:
        sys.exit(text.decode())


def main():
    parts = {"same": same, "kills": kills, "errors": errors, "memory": memory, "speed": speed, "links": links}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("--parts", nargs="+", choices=list(parts), default=list(parts))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", default=str(ROOT / ".build/long-scale"))
    options = parser.parse_args()
    for part in options.parts:
        shutil.rmtree(options.work, ignore_errors=True)
        os.makedirs(options.work)
        parts[part](options)


if __name__ == "__main__":
    main()
