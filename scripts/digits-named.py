#!/usr/bin/env python3
"""Counts the digits that captions of the handwritten rows name rightly, which BMAS hardly sees.

    python3 scripts/digits-named.py runs/handwritten [another run ...]

Reads the answers of every evaluation, answers/step-*.jsonl, and prints for greedy and sampled answers the share of digits
named rightly: for each row of task `open`, the places at which the caption names the digit of the reference, divided by
the digits of the longer of the two; then the mean over answers. A caption without digit words scores 0.
"""
import argparse
import json
import pathlib
import re
import sys

WORDS = "zero one two three four five six seven eight nine".split()
ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)


def digits(text):
    """The digits that a caption names, after its colon: what is before it says how many there are."""
    return [word for word in re.findall(r"[a-z]+", text.lower().rpartition(":")[2]) if word in WORDS]


def share_right(answer, gold):
    """The share of digits named rightly, in 0...1."""
    found = ANSWER.search(answer)
    named, wanted = digits(found.group(1)) if found else [], digits(gold)
    if not wanted:
        sys.exit(f"digits-named: the reference {gold!r} names no digit after a colon")
    return sum(a == b for a, b in zip(named, wanted)) / max(len(named), len(wanted))


def shares(path):
    """The mean share of each kind of answer in one file of answers."""
    found = {"greedy": [], "sampled": []}
    with open(path) as file:
        for line in file:
            answer = json.loads(line)
            if answer["task"] == "open":
                found[answer["kind"]].append(share_right(answer["answer"], answer["gold"][0]))
    if not all(found.values()):
        sys.exit(f"digits-named: {path} has no greedy or no sampled answers of task open")
    return {kind: sum(values) / len(values) for kind, values in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", nargs="+", type=pathlib.Path)
    for run in parser.parse_args().run:
        files = sorted((run / "answers").glob("step-*.jsonl"))
        if not files:
            sys.exit(f"digits-named: no answers/step-*.jsonl in {run}; the run must evaluate test rows of task open")
        for file in files:
            means = shares(file)
            print(f"{run} {file.stem}  sampled {means['sampled']:.3f}  greedy {means['greedy']:.3f}")


if __name__ == "__main__":
    main()
