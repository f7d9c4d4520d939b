#!/usr/bin/env python3
"""Checks that TensorBoard reads a run's event files as the run recorded them.

    scripts/check-events.py FOLDER RECORDS.jsonl... [--besides TAG-PREFIX...]
    scripts/check-events.py Tests/Fixtures/event-files Tests/Fixtures/event-files/values.jsonl

A line of RECORDS is a JSON object with `step`; its numbers are scalars and its strings are texts, under their keys. The
event files of FOLDER must hold exactly these, each number as the nearest float32. A non-finite number may be missing
in the records (JSON has none), and tags that start with a prefix after --besides are only counted.

Four readers must agree: tensorboard's EventAccumulator, its successor for plugins, and the program tensorboard with its
Python loader and with its fast one, asked over HTTP. The fast loader, which is tensorboard's default, takes no notice of
restarts: it discards void values of a tag only when the tag gets a value at that step or before. Its void values after
the last recorded step of a tag are counted and printed, and are no difference.

Every record must be whole, with right checksums, except the last of a file that is not the newest: a kill may have cut it
off.

Needs `pip install tensorboard`. Exit code 0: all agree; 1: a difference, named; 2: no tensorboard.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import logging

    from tensorboard.backend.event_processing import event_accumulator, event_file_loader, plugin_event_accumulator
    from tensorboard.util import tensor_util
except ImportError as error:
    print(f"check-events: {error}; pip install tensorboard", file=sys.stderr)
    sys.exit(2)
logging.getLogger("tensorboard").setLevel(logging.ERROR)


def float32(number):
    """The nearest float32; infinity beyond its range, as in C."""
    try:
        return struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)


def same(one, other):
    """Whether two series of (step, value) are equal; NaN equals NaN, 0 is not -0."""
    return [(s, repr(v)) for s, v in one] == [(s, repr(v)) for s, v in other]


def recorded(paths):
    """Series of numbers and of texts by tag."""
    numbers, texts = collections.defaultdict(list), collections.defaultdict(list)
    for path in paths:
        for line in pathlib.Path(path).read_text().splitlines():
            values = json.loads(line)
            step = values.pop("step")
            for tag, value in values.items():
                if isinstance(value, str):
                    texts[tag].append((step, value))
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    numbers[tag].append((step, float32(value)))
                else:
                    sys.exit(f"check-events: {path}: {tag}: expected a number or a string, found {value!r}")
    return numbers, texts


def check_framing(files):
    """Checks that the reader gets every record of every file; returns their number."""
    total = 0
    for file in files:
        data = file.read_bytes()
        at = count = 0
        while at + 12 <= len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            if at + 16 + length > len(data):
                break
            at += 16 + length
            count += 1
        if at != len(data) and file == files[-1]:
            sys.exit(f"check-events: {file}: {len(data) - at} bytes after the last whole record")
        # The loader checks the checksums and stops at a wrong one.
        read = sum(1 for _ in event_file_loader.EventFileLoader(str(file)).Load())
        if read != count:
            sys.exit(f"check-events: {file}: TensorBoard reads {read} of {count} records")
        total += count
    return total


def by_accumulator(folder):
    """Scalars by TensorBoard's older reader; it has no texts."""
    reader = event_accumulator.EventAccumulator(folder, event_accumulator.STORE_EVERYTHING_SIZE_GUIDANCE).Reload()
    return {tag: [(e.step, e.value) for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}, None


def by_plugins(folder):
    """Scalars and texts by the reader that TensorBoard's Python loader uses."""
    reader = plugin_event_accumulator.EventAccumulator(
        folder, size_guidance={plugin_event_accumulator.TENSORS: 0}).Reload()

    def series(plugin, value):
        try:
            tags = reader.PluginTagToContent(plugin)
        except KeyError:
            return {}
        return {
            tag: [(e.step, value(tensor_util.make_ndarray(e.tensor_proto))) for e in reader.Tensors(tag)] for tag in tags}

    return series("scalars", lambda array: float(array.item())), series("text", lambda array: array.item().decode())


class Server:
    """The program tensorboard on a folder."""

    def __init__(self, folder, is_fast):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", str(self.port), "--load_fast",
             "true" if is_fast else "false", "--samples_per_plugin", f"scalars={10**9},text={10**9}", "--reload_interval", "1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(self, path, **query):
        """The reply to a request as JSON."""
        url = f"http://127.0.0.1:{self.port}/data/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=20) as reply:
            return json.loads(reply.read())

    def series(self, plugin, request, value):
        """The values of the only run by tag; none before the first ones are loaded."""
        if self.process.poll() is not None:
            sys.exit(f"check-events: tensorboard ended with exit code {self.process.returncode}")
        try:
            tags = self.get(f"plugin/{plugin}/tags").get(".", [])
            return {tag: [value(each) for each in self.get(request, run=".", tag=tag)] for tag in tags}
        except OSError:
            return {}

    def everything(self):
        """Scalars and texts. The page gets texts as HTML; this is the text of one paragraph."""
        return (
            self.series("scalars", "plugin/scalars/scalars", lambda each: (each[1], float(each[2]))),
            self.series("text", "plugin/text/text", lambda each: (
                each["step"], each["text"].removeprefix("<p>").removesuffix("</p>"))))

    def close(self):
        self.process.terminate()
        self.process.wait()


def by_server(is_fast, count):
    """A reader that asks the program tensorboard until it has `count` values and no more come, or a minute is over."""

    def read(folder):
        server = Server(folder, is_fast)
        try:
            end, last = time.monotonic() + 60, None
            while True:
                found = server.everything()
                total = sum(len(series) for kind in found for series in kind.values())
                # As text, because NaN is not equal to itself.
                if repr(found) == last and total >= count or time.monotonic() > end:
                    return found
                last = repr(found)
                time.sleep(2)
        finally:
            server.close()

    return read


def without_void(expected, found):
    """The series without the values after the last recorded step of their tags, and how many those are."""
    last = {tag: max(step for step, _ in series) for tag, series in expected.items()}
    kept = {
        tag: [(step, value) for step, value in series if step <= last.get(tag, math.inf)]
        for tag, series in found.items()}
    return kept, sum(map(len, found.values())) - sum(map(len, kept.values()))


def differences(kind, expected, found, besides):
    """What differs between the recorded series and those that a reader found."""
    for tag in sorted(set(expected) | set(found)):
        wanted, got = expected.get(tag, []), found.get(tag, [])
        if tag.startswith(tuple(besides)):
            continue
        steps = {step for step, _ in wanted}
        if kind == "scalar":
            # JSON has no such numbers, so the records may lack them.
            got = [(s, v) for s, v in got if math.isfinite(v) or s in steps]
        if not same(wanted, got):
            pair = next(((a, b) for a, b in zip(wanted, got) if not same([a], [b])), None)
            yield f"{kind} {tag}: {len(wanted)} recorded, {len(got)} read" + (
                f"; recorded {pair[0]}, read {pair[1]}" if pair else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="the folder of the event files")
    parser.add_argument("records", nargs="+", help="files with a JSON object on each line")
    parser.add_argument("--besides", nargs="*", default=[], metavar="PREFIX", help="tags that the records lack")
    options = parser.parse_args()
    files = sorted(pathlib.Path(options.folder).glob("events.out.tfevents.*"))
    if not files:
        sys.exit(f"check-events: {options.folder}: no event files")
    numbers, texts = recorded(options.records)
    count = check_framing(files)
    values = sum(len(series) for kind in (numbers, texts) for series in kind.values())
    readers = {"EventAccumulator": by_accumulator, "plugin EventAccumulator": by_plugins}
    for name, is_fast in [("tensorboard", False), ("tensorboard --load_fast true", True)]:
        readers[name] = by_server(is_fast, values)
    faults = []
    for name, read in readers.items():
        found_numbers, found_texts = read(options.folder)
        if "fast" in name:
            (found_numbers, void), (found_texts, void_texts) = (
                without_void(numbers, found_numbers), without_void(texts, found_texts))
            print(f"{name}: shows {void} numbers and {void_texts} texts that a restart made void")
        problems = list(differences("scalar", numbers, found_numbers, options.besides))
        if found_texts is not None:
            problems += differences("text", texts, found_texts, options.besides)
        faults += [f"{name}: {problem}" for problem in problems]
        other = sum(1 for tag in found_numbers if tag.startswith(tuple(options.besides)))
        total = sum(map(len, found_numbers.values()))
        print(f"{name}: {total} numbers under {len(found_numbers)} tags, {other} of the tags are --besides; "
              + ("it reads no texts" if found_texts is None else f"{sum(map(len, found_texts.values()))} texts"))
    for fault in faults:
        print(f"check-events: {fault}", file=sys.stderr)
    print(f"{len(files)} files, {count} records: " + (f"{len(faults)} differences" if faults else "all as recorded"))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
