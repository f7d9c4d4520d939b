#!/usr/bin/env bash
# Converts public checkpoints to HDF5 and back, in both layouts, and compares every file by its SHA-256: a proof of
# the round trip that does not rest on the program's own hashes.
# usage: scripts/round-trip.sh R1_CONVERT CHECKPOINT_DIRECTORY...
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: $0 R1_CONVERT CHECKPOINT_DIRECTORY..." >&2; exit 64; }
convert=$1
shift
folder=$(mktemp -d -p "${TMPDIR:-.}" round-trip.XXXXXX)
trap 'rm -rf "$folder"' EXIT

hashes() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }

for source in "$@"; do
    hashes "$source" >"$folder/before"
    for layout in mapped compressed; do
        "$convert" --layout "$layout" "$source" "$folder/model.h5" >/dev/null
        "$convert" verify "$folder/model.h5" >/dev/null
        size=$(stat -c %s "$folder/model.h5")
        "$convert" "$folder/model.h5" "$folder/back" >/dev/null
        hashes "$folder/back" >"$folder/after"
        cmp "$folder/before" "$folder/after" || { echo "$source: differs after $layout" >&2; exit 1; }
        echo "$source: $layout, $(wc -l <"$folder/before") files the same, HDF5 file of $size bytes"
        rm -r "$folder/model.h5" "$folder/back"
    done
done
