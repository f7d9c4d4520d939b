#!/usr/bin/env python3
"""Checks the structure of each package: no cycles between folders, no long cycles between files, small folders.

A file depends on another one when it uses a name that the other declares: a top-level type, function or constant,
or a member of an extension. The check works on text, so names that are declared in several files are left out
unless the use is clear; it misses some dependencies but does not invent any.

    scripts/check-structure.py                      every package and tool
    scripts/check-structure.py --package Checkpoint one of them, with its folder graph
    scripts/check-structure.py --package Checkpoint --why Model HDF5   the uses behind one arrow
"""
import argparse
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAXIMUM_FILES = 10

# Cycles of more than two files that are meant, by package: the files and the reason.
ALLOWED_CYCLES: dict[str, dict[frozenset[str], str]] = {}

# Names of the standard library and of Foundation that packages also use as names of extension members.
COMMON = {
    "append", "contains", "count", "data", "decode", "description", "elements", "encode", "first", "index", "indices",
    "init", "isEmpty", "key", "keys", "last", "map", "merge", "message", "name", "path", "prefix", "range", "read",
    "replace", "rows", "run", "scan", "shape", "size", "sorted", "split", "start", "subscript", "sum", "text", "title",
    "total", "update", "url", "value", "values", "write", "zip",
}

DECLARATION = re.compile(
    r"\b(?P<kind>struct|class|enum|protocol|actor|typealias|associatedtype|extension|func|var|let|case|macro)\s+"
    r"(?P<name>[\w.]+)")
TYPES = {"struct", "class", "enum", "protocol", "actor", "typealias"}


def code_of(text):
    """The text without comments and string contents; code inside interpolations stays."""
    out, i, stack = [], 0, []  # the stack holds open strings and, inside them, open interpolations

    def string_start(at):
        match = re.compile(r'(#*)("""|")').match(text, at)
        return match and (match.group(1), match.group(2))

    while i < len(text):
        top = stack[-1] if stack else None
        if top and top[0] == "string":
            hashes, quote = top[1], top[2]
            if text.startswith("\\" + hashes + "(", i):
                stack.append(["code", 0])
                out.append(" ( ")
                i += len(hashes) + 2
            elif text.startswith(quote + hashes, i):
                stack.pop()
                out.append(' "" ')
                i += len(quote) + len(hashes)
            elif text[i] == "\\" and not hashes:
                i += 2
            else:
                if text[i] == "\n":
                    out.append("\n")
                i += 1
            continue
        if text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            depth, i = 1, i + 2
            while depth and i < len(text):
                if text.startswith("/*", i):
                    depth, i = depth + 1, i + 2
                elif text.startswith("*/", i):
                    depth, i = depth - 1, i + 2
                else:
                    i += 1
        elif (opening := string_start(i)) and text[i] in '"#':
            stack.append(["string", *opening])
            i += len(opening[0]) + len(opening[1])
        else:
            if top:
                top[1] += {"(": 1, ")": -1}.get(text[i], 0)
                if top[1] < 0:
                    stack.pop()
                    out.append(" ) ")
                    i += 1
                    continue
            out.append(text[i])
            i += 1
    return "".join(out)


class File:
    """One Swift file: what it declares and which names it uses."""

    def __init__(self, path, root):
        self.name = path.relative_to(root).as_posix()
        self.folder = self.name.split("/")[0] if "/" in self.name else "."
        self.code = code_of(path.read_text())
        self.types, self.functions, self.members = set(), set(), set()
        self.declared = collections.Counter()  # every name at any depth
        self.scan()

    def scan(self):
        depths, depth, scopes = [], 0, []
        for character in self.code:
            depths.append(depth)
            depth += {"{": 1, "}": -1}.get(character, 0)
        extensions = []  # where extensions of depth 0 begin and end
        for match in DECLARATION.finditer(self.code):
            kind, name, at = match["kind"], match["name"], match.start()
            line_start = self.code.rfind("\n", 0, at) + 1
            before = self.code[line_start:at]
            hidden = re.search(r"\b(private|fileprivate)\b(?!\()", before)
            if kind == "extension":
                if depths[at] == 0:
                    opening = self.code.find("{", at)
                    end = next((i for i in range(opening + 1, len(depths)) if depths[i] == 0), len(depths))
                    extensions.append((opening, end, bool(hidden)))
                continue
            for word in name.split("."):
                self.declared[word] += 1
            if depths[at] == 0 and not hidden:
                (self.types if kind in TYPES else self.functions).add(name)
            elif depths[at] == 1 and not hidden and kind in {"func", "var", "let"} | TYPES:
                if any(start < at < end and not private for start, end, private in extensions):
                    self.members.add(name)
        for parameter in re.findall(r"(\w+)\s*:(?!:)", self.code):
            self.declared[parameter] += 0
        self.words = collections.Counter(re.findall(r"\b[A-Za-z_]\w*\b", self.code))

    def uses(self, name, kind):
        if kind == "type":
            return re.search(rf"(?<![\w.]){name}\b(?!\s*:)", self.code)
        if kind == "function":
            return re.search(rf"(?<![\w.]){name}\b(?!\s*:)", self.code)
        return re.search(rf"\.{name}\b", self.code)


def dependencies(files):
    """For each pair of files, the names that the first uses of the second."""
    declaring = collections.defaultdict(set)
    for file in files:
        for name in file.declared:
            if file.declared[name]:
                declaring[name].add(file.name)
    found = collections.defaultdict(set)
    for target in files:
        names = [(name, "type") for name in target.types]
        names += [(name, "function") for name in target.functions if declaring[name] == {target.name}]
        names += [
            (name, "member") for name in target.members
            if declaring[name] == {target.name} and name not in COMMON]
        for name, kind in names:
            for file in files:
                if file is target or name not in file.words or file.declared[name]:
                    continue
                if file.uses(name, kind):
                    found[file.name, target.name].add(name)
    return found


def cycles(nodes, arrows):
    """The strongly connected components of more than one node (Tarjan)."""
    index, low, stack, on, result = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on.add(node)
        for other in sorted(arrows.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while True:
                other = stack.pop()
                on.discard(other)
                group.append(other)
                if other == node:
                    break
            if len(group) > 1:
                result.append(sorted(group))

    for node in sorted(nodes):
        if node not in index:
            visit(node)
    return result


def order(nodes, arrows):
    """The nodes so that each comes after those that it uses; nodes of a cycle in any order."""
    done, result = set(), []

    def visit(node):
        if node in done:
            return
        done.add(node)
        for other in sorted(arrows.get(node, ())):
            visit(other)
        result.append(node)

    for node in sorted(nodes):
        visit(node)
    return result


def check(package, root, is_verbose, why):
    """Checks the Swift files below one source root; returns the faults."""
    files = [File(path, root) for path in sorted(root.rglob("*.swift"))]
    if not files:
        return []
    folder_of = {file.name: file.folder for file in files}
    uses = dependencies(files)
    file_arrows, folder_arrows = collections.defaultdict(set), collections.defaultdict(set)
    between = collections.defaultdict(list)
    for (file, target), names in sorted(uses.items()):
        file_arrows[file].add(target)
        if folder_of[file] != folder_of[target]:
            folder_arrows[folder_of[file]].add(folder_of[target])
            between[folder_of[file], folder_of[target]].append(f"{file} uses {target}: {', '.join(sorted(names))}")
    if why:
        print("\n".join(between[tuple(why)]) or "no uses")
        return []
    folders = set(folder_of.values())
    if is_verbose:
        print(f"{package}: {len(files)} files")
        for folder in order(folders, folder_arrows):
            count = sum(1 for name in folder_of.values() if name == folder)
            arrows = ", ".join(sorted(folder_arrows[folder]))
            print(f"  {folder} ({count} files)" + (f" uses {arrows}" if arrows else ""))
    faults = []
    for folder in sorted(folders):
        count = sum(1 for name in folder_of.values() if name == folder)
        if count > MAXIMUM_FILES:
            place = "the source root" if folder == "." else f"folder {folder}"
            faults.append(f"{place} has {count} Swift files; the limit is {MAXIMUM_FILES}")
    for group in cycles(folders, folder_arrows):
        # The arrows with the fewest uses first: they are the ones to remove.
        arrows = sorted((len(between[a, b]), a, b) for a in group for b in group if between[a, b])
        lines = [f"{a} uses {b}: {count} times, {between[a, b][0]}" for count, a, b in arrows]
        faults.append(f"folders in a cycle: {', '.join(group)}\n    " + "\n    ".join(lines))
    for group in cycles(folder_of, file_arrows):
        if len(group) == 2 or frozenset(group) in ALLOWED_CYCLES.get(package, {}):
            continue
        lines = [
            f"{a} uses {b}: {', '.join(sorted(uses[a, b]))}"
            for a in group for b in group if (a, b) in uses]
        faults.append(f"{len(group)} files in a cycle\n    " + "\n    ".join(lines))
    return [f"{package}: {fault}" for fault in faults]


def roots(folder):
    """The source roots of a package: one per target with Swift files."""
    sources = folder / "Sources"
    if any(sources.glob("*.swift")):
        return [sources]
    return sorted(path for path in sources.iterdir() if path.is_dir()) if sources.is_dir() else []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", metavar="NAME", help="check only this package or tool and print its graph")
    parser.add_argument("--why", nargs=2, metavar=("FOLDER", "USED"), help="print the uses behind one arrow")
    options = parser.parse_args()
    packages = sorted(path for group in ("Packages", "Tools") for path in (ROOT / group).iterdir() if path.is_dir())
    if options.package:
        packages = [path for path in packages if path.name == options.package]
        if not packages:
            sys.exit(f"check-structure: no package {options.package}")
    faults = []
    for package in packages:
        for root in roots(package):
            faults += check(package.name, root, bool(options.package) and not options.why, options.why)
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
