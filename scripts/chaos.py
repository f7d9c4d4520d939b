#!/usr/bin/env python3
"""Damages runs and stops programs at random, and checks that no harm is silent.

    scripts/chaos.py PROGRAMS MODEL.h5 [--minutes 30] [--seed 1] [--work FOLDER]

One undisturbed run is made first. Each try starts from a stopped run, or from none, makes one random trouble and lets
the run end: by `resume`, and where that is refused, by `resume` from the state before the trouble. A try is good when

  same      the run ends with the weights of the undisturbed run, bit for bit
  refused   one message that begins with "r1-train: error: ", exit code 1, 64 or 128 + signal, and with the damage
            undone the run continues to the same weights

Everything else is a fault: `silent` (exit code 0 and other weights), `crashed` (another exit code), `mute` (no message,
or more than one), `stuck` (longer than the limit), `lost` (the run cannot be continued). Faults end the program with 1.
"""
import argparse
import collections
import hashlib
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS, LIMIT = 6, 300
GOOD = {0, 1, 64, 128 + signal.SIGHUP, 128 + signal.SIGINT, 128 + signal.SIGTERM, 128 + signal.SIGUSR1}


class Fault(Exception):
    """What went wrong, with its kind."""


class Chaos:
    def __init__(self, options):
        self.random = random.Random(options.seed)
        self.train = str(pathlib.Path(options.programs).resolve() / "r1-train")
        self.work = pathlib.Path(options.work).resolve()
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        shutil.copy(options.model, self.work / "model.h5")
        rows = (ROOT / "Examples/handwritten/train.jsonl").read_text().splitlines()[:12]
        images = ROOT / "Examples/handwritten/images"
        (self.work / "images").mkdir()
        for number in range(12):
            name = f"train-{number:05d}.png"
            shutil.copy(images / name, self.work / "images" / name)
        (self.work / "train.jsonl").write_text("\n".join(rows) + "\n")
        (self.work / "run.yaml").write_text(
            f"model: model.h5\ndata: {{train: train.jsonl}}\nsteps: {STEPS}\nseed: 3\nthreads: 1\n"
            "learningRate: {peak: 1.0e-4}\nsft: {batchSize: 4}\n"
            "grpo: {promptsPerStep: 2, groupSize: 2, maxNewTokens: 12}\ncheckpoints: {every: 2, keepLast: 2}\n")
        self.outcomes = collections.Counter()

    # Running

    def start(self, arguments, prepare=None, **streams):
        return subprocess.Popen(
            [self.train, *arguments], cwd=self.work, stdin=subprocess.DEVNULL, preexec_fn=prepare,
            stdout=streams.get("stdout", subprocess.DEVNULL), stderr=streams.get("stderr", subprocess.PIPE))

    def finish(self, process, is_quiet=False):
        """Waits for the end and checks the exit code and the message; returns the code."""
        try:
            _, errors = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Fault("stuck", " ".join(process.args))
        code = 128 - process.returncode if process.returncode < 0 else process.returncode
        everything = (errors or b"").decode(errors="replace").splitlines()
        lines = [line for line in everything if "error" in line.lower()]
        if code not in GOOD:
            raise Fault("crashed", f"exit code {code}: {everything[-30:]}")
        if code == 1 and not is_quiet and (len(lines) != 1 or not lines[0].startswith("r1-train: error: ")):
            raise Fault("mute", f"{lines}")
        self.message = lines[-1] if lines else ""
        return code

    def new(self, name):
        return [self.method, "--config", "run.yaml", "--run", name]

    def weights(self, name):
        path = self.work / name / f"checkpoints/step-{STEPS:06d}.h5"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None

    def stopped(self, name):
        """A run that was killed after a random checkpoint; returns whether it was."""
        process = self.start(self.new(name))
        wanted = self.work / name / f"checkpoints/step-{self.random.choice([2, 4]):06d}.h5"
        while process.poll() is None and not wanted.exists():
            time.sleep(0.005)
        process.kill()
        process.communicate()

    # Troubles

    def damage(self):
        """Flips, cuts, swaps or deletes files of a stopped run, its rows, its pictures or its model."""
        self.stopped("try")
        places = [self.work / "model.h5", self.work / "train.jsonl", *sorted((self.work / "images").iterdir())]
        places = [self.random.choice(places)] + sorted(p for p in (self.work / "try").rglob("*") if p.is_file())
        path, kind = self.random.choice(places), self.random.choice(["flip", "flip", "cut", "swap", "delete"])
        saved = self.work / "saved"
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(self.work / "try", saved, symlinks=True)
        outside = None if path.is_relative_to(self.work / "try") else path.read_bytes()
        data = bytearray(path.read_bytes())
        if kind == "flip" and data:
            data[self.random.randrange(len(data))] ^= 1 << self.random.randrange(8)
            path.write_bytes(data)
        elif kind == "cut":
            path.write_bytes(data[:self.random.randrange(len(data) + 1)])
        elif kind == "swap" and len(places) > 1:
            other = self.random.choice([p for p in places if p != path])
            if outside is None and other.is_relative_to(self.work / "try"):
                path.write_bytes(other.read_bytes())
                other.write_bytes(data)
        else:
            path.unlink()
        self.what = f"{kind} {path.relative_to(self.work)}"
        code = self.finish(self.start(["resume", "try"]))
        if outside is not None:
            path.write_bytes(outside)
        if code == 0:
            return "same"
        shutil.rmtree(self.work / "try")
        saved.rename(self.work / "try")
        return self.goes_on("refused")

    def goes_on(self, outcome):
        """Resumes what is left; it must end."""
        if self.finish(self.start(["resume", "try"])) != 0:
            raise Fault("lost", self.message)
        return outcome

    def stop(self):
        """A signal at a random moment."""
        number = self.random.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1])
        self.what = signal.Signals(number).name
        process = self.start(self.new("try"))
        time.sleep(self.random.random() * self.seconds)
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.communicate()
            if not (self.work / "try/config.yaml").exists():
                return "same" if self.finish(self.start(self.new("try"))) == 0 else "refused"
        else:
            code = self.finish(process)
            if code == 0:
                return "same"
            # SIGUSR1 ends a program only while the system still loads it.
            if code == 128 + signal.SIGUSR1 and (self.work / "try/config.yaml").exists():
                raise Fault("crashed", "SIGUSR1 ended a run")
        if not (self.work / "try/config.yaml").exists():
            return "same" if self.finish(self.start(self.new("try"))) == 0 else "refused"
        return self.goes_on("same")

    def console(self):
        """A closed or full stdout or stderr, or a reader that leaves."""
        stream, kind = self.random.choice(["1", "2"]), self.random.choice([">&-", ">/dev/full", "| head -1"])
        self.what = f"{stream}{kind}"
        command = " ".join([self.train, *self.new("try")])
        redirect = f"{stream}{kind}" if kind[0] == ">" else (kind if stream == "1" else f"2>&1 >/dev/null {kind}")
        process = subprocess.Popen(
            ["bash", "-c", f"set -o pipefail; {command} {redirect}"], cwd=self.work, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        code = self.finish(process, is_quiet=True)
        return "same" if code == 0 else self.goes_on("refused")

    def limits(self):
        """A limit on memory, open files or the size of files."""
        # Below half a gigabyte of addresses or four files the system cannot load the program's libraries.
        name, kind, least, most = self.random.choice([
            ("ulimit -v", resource.RLIMIT_AS, 512 << 20, 4 << 30), ("ulimit -n", resource.RLIMIT_NOFILE, 4, 40),
            ("ulimit -f", resource.RLIMIT_FSIZE, 1 << 20, 60 << 20)])
        value = self.random.randrange(least, most)
        self.what = f"{name} {value}"
        process = self.start(self.new("try"), lambda: resource.setrlimit(kind, (value, value)))
        if self.finish(process) == 0:
            return "same"
        if not (self.work / "try/config.yaml").exists():
            return "refused"
        return self.goes_on("refused")

    def disk(self):
        """A small file system in memory that fills."""
        place = self.work / "try"
        place.mkdir()
        mebibytes = self.random.randrange(1, 120)
        self.what = f"tmpfs of {mebibytes} MiB"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "chaos", place], check=True)
        try:
            code = self.finish(self.start(self.new("try/run")))
            if code != 0:
                subprocess.run(["mount", "-o", "remount,size=1g", place], check=True)
                is_run = (place / "run/config.yaml").exists()
                if self.finish(self.start(["resume", "try/run"] if is_run else self.new("try/run"))) != 0:
                    raise Fault("lost", self.message)
            shutil.copytree(place / "run", self.work / "kept")
        finally:
            subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()
        (self.work / "kept").rename(place)
        return "same" if code == 0 else "refused"

    def two(self):
        """Two programs on one folder."""
        self.what = "two programs"
        first = self.start(self.new("try"))
        time.sleep(self.random.random() * self.seconds / 2)
        is_run = (self.work / "try/config.yaml").exists() and self.random.random() < 0.5
        second = self.finish(self.start(["resume", "try"] if is_run else self.new("try")))
        codes = (self.finish(first), second)
        return "same" if 0 in codes else "refused"

    # The loop

    def run(self, minutes):
        if os.geteuid() != 0:
            print("chaos: NOT ROOT: no file system can be mounted, so full disks are left out", file=sys.stderr)
        kinds = [self.damage, self.damage, self.damage, self.stop, self.console, self.limits, self.two]
        kinds += [self.disk] if os.geteuid() == 0 else []
        whole = {}
        for self.method in ("sft", "grpo"):
            began = time.monotonic()
            if self.finish(self.start(self.new(f"whole-{self.method}"))) != 0:
                sys.exit(f"chaos: the undisturbed run failed: {self.message}")
            whole[self.method] = (self.weights(f"whole-{self.method}"), time.monotonic() - began)
        end, tries, faults = time.monotonic() + 60 * minutes, 0, 0
        while time.monotonic() < end:
            tries += 1
            self.method, kind = self.random.choice(["sft", "grpo"]), self.random.choice(kinds)
            expected, self.seconds = whole[self.method]
            shutil.rmtree(self.work / "try", ignore_errors=True)
            self.what, detail = "", ""
            try:
                outcome = kind()
                if self.weights("try") not in (expected, None) or (outcome == "same" and not self.weights("try")):
                    raise Fault("silent", "the weights are not those of the undisturbed run")
            except Fault as fault:
                faults += 1
                outcome, detail = fault.args
            self.outcomes[kind.__name__, outcome] += 1
            print(f"{tries} {self.method} {kind.__name__} ({self.what}): {outcome} {detail}", flush=True)
        for (kind, outcome), count in sorted(self.outcomes.items()):
            print(f"{kind:10} {outcome:10} {count}")
        print(f"{tries} tries, {faults} faults")
        return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("programs", help="folder with the release programs")
    parser.add_argument("model", help="the model that the runs start from")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", default=".build/chaos")
    options = parser.parse_args()
    sys.exit(1 if Chaos(options).run(options.minutes) else 0)


if __name__ == "__main__":
    main()
