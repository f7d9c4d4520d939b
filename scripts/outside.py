#!/usr/bin/env python3
"""Compares a directory of safetensors with another one, or with our HDF5 file read by h5py, without our own code.

usage: scripts/outside.py DIRECTORY OTHER_DIRECTORY|HASHES.json|FILE.h5
       scripts/outside.py DIRECTORY --save HASHES.json

Two directories, or one and what was saved of another: names, types, shapes, the SHA-256 of every tensor's bytes, and every other file byte for byte.
An HDF5 file (needs h5py, and hdf5plugin for the compressed layout): names, shapes, side files, and every number as
h5py gives it out against the number in the safetensors file. Exit code 0 is the same, 1 a difference.
"""
import hashlib, json, mmap, os, struct, sys


def files(directory):
    """Every file that holds no tensors, with its bytes."""
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".safetensors"):
            with open(os.path.join(directory, name), "rb") as file:
                yield name, file.read()


def tensors(directory):
    """Every tensor: name, type, shape, bytes; the format as its own page describes it."""
    for name in sorted(os.listdir(directory)):
        if name.endswith(".safetensors"):
            with open(os.path.join(directory, name), "rb") as file:
                content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            (length,) = struct.unpack("<Q", content[:8])
            for key, item in json.loads(bytes(content[8 : 8 + length])).items():
                if key != "__metadata__":
                    first, last = item["data_offsets"]
                    yield key, item["dtype"], item["shape"], content[8 + length + first : 8 + length + last]


def hashes(directory):
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files(directory)}
    for name, dtype, shape, content in tensors(directory):
        found["tensor " + name] = [dtype, shape, hashlib.sha256(content).hexdigest()]
    return found


def differences_in_hdf5(directory, path):
    import h5py, numpy

    try:
        import hdf5plugin  # noqa: F401 registers the zstd filter
    except ImportError:
        pass
    kinds = {"F32": "<f4", "F16": "<f2", "I32": "<i4", "U8": "u1", "BF16": "<u2"}
    text = lambda value: value.decode() if isinstance(value, bytes) else value
    with h5py.File(path, "r") as file:
        sets = {"tensors": {}, "files": {}}
        for group in sets:
            file[group].visititems(
                lambda _, item: sets[group].__setitem__(text(item.attrs["name"]), item) if isinstance(item, h5py.Dataset) else None)
        for name, content in files(directory):
            if name != "model.safetensors.index.json" and sets["files"].pop(name)[()].tobytes() != content:
                yield name
        for name, dtype, shape, content in tensors(directory):
            item = sets["tensors"].pop(name)
            if list(item.shape) != shape:
                yield f"{name}: shape {item.shape} and {shape}"
                continue
            ours = numpy.frombuffer(content, kinds[dtype]).reshape(shape)
            rows = shape[0] if shape else 1
            step = max(1, rows * (16 << 20) // max(1, len(content))) if shape else 1
            for row in range(0, rows, step):
                part = slice(row, row + step) if shape else ()
                expected, found = ours[part], item[part]
                if dtype == "BF16":
                    expected = (expected.astype("<u4") << 16).view("<f4")
                if found.astype(expected.dtype).tobytes() != expected.tobytes():
                    yield f"{name} from row {row}"
                    break
        for group in sets.values():
            yield from (f"{name}: only in {path}" for name in group)


def main():
    source, other = sys.argv[1], sys.argv[-1]
    if sys.argv[2] == "--save":
        with open(other, "w") as file:
            json.dump(hashes(source), file)
        return 0
    if not other.endswith(".h5"):
        a, b = hashes(source), hashes(other) if os.path.isdir(other) else json.load(open(other))
        found = [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]
        count = len(a)
    else:
        found = list(differences_in_hdf5(source, other))
        count = sum(1 for _ in tensors(source))
    for name in found:
        print(f"differs: {name}")
    print(f"{source} and {other}: " + (f"{len(found)} differ" if found else f"{count} the same"))
    return 1 if found else 0


sys.exit(main())
