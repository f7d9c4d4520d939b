#!/usr/bin/env bash
# What takes r1-diff too long for `make test`: a real model in every form against itself, against a copy with three
# changed tensors, and with a damaged chunk; speed against cat of both in the same run, memory.
# usage: scripts/long-diff.sh R1_DIFF R1_CONVERT WORK_FOLDER MODEL_DIRECTORY. Needs about 3 times the size of the model.
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 64; }
here=$(dirname "$0")
diff=$(realpath "$1") convert=$(realpath "$2") model=$(realpath "$4")
mkdir -p "$3"
work=$(mktemp -d -p "$3" diff.XXXXXX)
trap 'rm -rf "$work"' EXIT

# Compares A and B: the exit code must be CODE, the report must have every WORD. usage: expect CODE A B WORD...
expect() {
    local code=0
    python3 "$here/measured.py" "$diff" --top 5 "$2" "$3" >"$work/measured" 2>"$work/report" || code=$?
    for word in "${@:4}"; do
        grep -qF -- "$word" "$work/report" || { echo "no $word in:" >&2; cat "$work/report" >&2; exit 1; }
    done
    [ "$code" = "$1" ] || { echo "exit code $code instead of $1" >&2; cat "$work/report" >&2; exit 1; }
    [ "$(awk 'length > 80' "$work/report" | grep -cv '^[AB]  \|error:')" = 0 ] || { echo "wider than 80 columns" >&2; exit 1; }
    read -r seconds own _ <"$work/measured"
    echo "$(basename "$2") $(basename "$3"): exit code $code, $seconds s, $own MiB of its own; $(grep -a '^same\|^different\|error:' "$work/report" | sed 's/^.*damaged: /damaged: /')"
}

cp -r --no-preserve=mode "$model" "$work/changed"
mapfile -t names < <(python3 - "$work/changed" <<'PYTHON'
import glob, json, struct, sys
# One bit of the middle element of a matrix in the first, the middle and the last layer of the files' tensors.
found = []
for path in sorted(glob.glob(sys.argv[1] + "/*.safetensors")):
    with open(path, "rb") as file:
        start = 8 + (length := struct.unpack("<Q", file.read(8))[0])
        header = json.loads(file.read(length))
    found += [(name, path, start + sum(entry["data_offsets"]) // 4 * 2)
              for name, entry in sorted(header.items()) if name.endswith("down_proj.weight")]
for name, path, place in (found[0], found[len(found) // 2], found[-1]):
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1]))
    print(name)
PYTHON
)
"$convert" "$model" "$work/mapped.h5" >/dev/null
"$convert" --layout compressed "$model" "$work/compressed.h5" >/dev/null
"$convert" delta "$work/mapped.h5" "$work/changed" -o "$work/delta.h5" >/dev/null
delta="$work/mapped.h5+$work/delta.h5"

expect 0 "$model" "$work/mapped.h5"
expect 0 "$model" "$work/compressed.h5"
expect 0 "$work/mapped.h5" "$work/compressed.h5"
expect 0 "$work/changed" "$delta"
for a in "$model" "$work/mapped.h5" "$work/compressed.h5"; do
    for b in "$work/changed" "$delta"; do expect 1 "$a" "$b" "different: 3 of " "${names[@]}"; done
done
first=$(find "$model" -name '*.safetensors' | sort | head -1)
expect 1 "$first" "$work/changed/$(basename "$first")" "${names[0]}"

# A bit of a chunk in the middle of each file.
for form in mapped compressed; do
    python3 - "$work/$form.h5" <<'PYTHON'
import os, sys
with open(sys.argv[1], "r+b") as file:
    file.seek(os.path.getsize(sys.argv[1]) // 2)
    byte = file.read(1)[0]
    file.seek(-1, 1)
    file.write(bytes([byte ^ 16]))
PYTHON
    expect 2 "$model" "$work/$form.h5" "damaged: tensor" ".weight"
    rm "$work/$form.h5"
done

# From the page cache, as far as both fit: read once, then measured by turns.
cat "$model"/* "$work/changed"/* >/dev/null
for _ in 1 2 3 4 5 6 7; do
    python3 "$here/measured.py" bash -c 'cat "$@" >/dev/null' cat "$model"/* "$work/changed"/* | cut -d' ' -f1 >>"$work/cat"
    python3 "$here/measured.py" "$diff" "$model" "$work/changed" 2>/dev/null | cut -d' ' -f1 >>"$work/diff" || true
done
median() { sort -n "$1" | sed -n 4p; }
awk -v c="$(median "$work/cat")" -v d="$(median "$work/diff")" \
    'BEGIN { printf "speed: cat of both %s s, r1-diff %s s (medians of 7 by turns): %.2f of the speed of cat\n", c, d, c / d }'
