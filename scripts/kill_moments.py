#!/usr/bin/env python3
"""Kills r1-convert at random moments and checks what it leaves behind.

usage: scripts/kill_moments.py R1_CONVERT WORK_FOLDER MODEL_A MODEL_B [--moments 50] [--seed 1]

For converting, replacing and delta-writing, each killed at so many moments: after kill -9 the destination is absent or the old
file (or, when the kill came too late, the new one), byte for byte; what has a temporary name is refused by
every reader unless it is complete; and the same command again ends with the same bytes as a run that was never killed,
with nothing left beside it. Files are compared by SHA-256 here, not by the program. MODEL_A and MODEL_B are directories
of safetensors of the same shapes.
"""
import argparse, hashlib, os, random, shutil, signal, subprocess, sys, time


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def run(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def partials(folder):
    return [f"{folder}/{name}" for name in os.listdir(folder) if ".partial-" in name]


class Case:
    """One kind of writing: the command, what is at the destination before, and what a whole run gives."""

    def __init__(self, name, command, destination, before):
        self.name, self.command, self.destination, self.before = name, command, destination, before
        self.reset()
        start = time.monotonic()
        result = run(command)
        self.seconds = time.monotonic() - start
        assert result.returncode == 0, result.stderr
        self.after = digest(destination)
        self.old = digest(before) if before else None

    def reset(self):
        if os.path.exists(self.destination):
            os.remove(self.destination)
        if self.before:
            shutil.copy(self.before, self.destination)


def kill_at(case, moment, tool, counts):
    folder = os.path.dirname(case.destination)
    case.reset()
    process = subprocess.Popen(case.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    if process.wait() == -signal.SIGKILL:
        counts["killed"] += 1
    found = digest(case.destination) if os.path.exists(case.destination) else None
    assert found in (case.old, case.after), f"{case.name}: after {moment:.3f} s the destination is neither old nor new"
    counts["new" if found == case.after else "old" if found else "absent"] += 1
    for path in partials(folder):
        if not path.endswith(".journal") and run([tool, "verify", path]).returncode == 0:
            # Killed between the last byte and the renaming: then it is the whole file.
            assert digest(path) == case.after, f"{case.name}: {path} can be read and is not whole"
            counts["complete"] += 1
    if found == case.after and not case.before:
        assert run([tool, "verify", case.destination]).returncode == 0
        os.remove(case.destination)
    again = run(case.command)
    assert again.returncode == 0, f"{case.name}: after {moment:.3f} s: {again.stderr}"
    counts["resumed"] += "resumed after" in again.stderr
    assert digest(case.destination) == case.after, f"{case.name}: after {moment:.3f} s the second run gives other bytes"
    assert not partials(folder), f"{case.name}: left behind: {partials(folder)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tool", "work", "model_a", "model_b"):
        parser.add_argument(name)
    parser.add_argument("--moments", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tool, work, a, b = options.tool, options.work, options.model_a, options.model_b
    os.makedirs(f"{work}/out")
    for model, name in ((a, "a.h5"), (b, "b.h5")):
        assert run([tool, model, f"{work}/{name}"]).returncode == 0
    packed, target = f"{work}/out/packed.h5", f"{work}/out/model.h5"
    cases = [
        Case("convert", [tool, a, target], target, None),
        Case("convert compressed", [tool, "--layout", "compressed", a, packed], packed, None),
        Case("replace", [tool, "--overwrite", b, target], target, f"{work}/a.h5"),
        Case("delta", [tool, "delta", "--overwrite", f"{work}/a.h5", b, "-o", f"{work}/out/d"], f"{work}/out/d", None),
    ]
    generator = random.Random(options.seed)
    for case in cases:
        counts = dict(killed=0, absent=0, old=0, new=0, complete=0, resumed=0)
        moments = 0
        # A run that was quicker than the first one is not killed any more: then another moment is drawn.
        while counts["killed"] < options.moments:
            assert moments < 20 * options.moments, f"{case.name}: only {counts['killed']} of {moments} moments killed it"
            kill_at(case, generator.uniform(0, case.seconds), tool, counts)
            moments += 1
        os.remove(case.destination)
        print(f"{case.name}: {moments} moments in {case.seconds:.2f} s: " + ", ".join(f"{n} {k}" for k, n in counts.items()))
        sys.stdout.flush()
    shutil.rmtree(work)


main()
