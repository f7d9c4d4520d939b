#!/usr/bin/env bash
# What takes too long for `make test`: round trips of real models compared from outside, h5py and the HDF5 tools on our
# files, a checkpoint of 16 GB, speeds against cp and zstd in the same run, and kill -9 at many moments.
# usage: scripts/long-checkpoints.sh R1_CONVERT WORK_FOLDER PART... [-- MODEL_DIRECTORY...]
# PART: round-trip outside speed opening big kills. Needs 3 times the size of the largest model in WORK_FOLDER,
# and 35 GB for opening and big.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 64; }
here=$(dirname "$0")
convert=$(realpath "$1")
work=$2
shift 2
parts=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do parts+=("$1"); shift; done
[ $# -eq 0 ] || shift
models=("$@")
mkdir -p "$work"

# Seconds and MiB of own memory of a command.
measured() { python3 "$here/measured.py" "$@" 2>"$work/log" || { cat "$work/log" >&2; return 1; }; }
# Takes files out of the page cache, so that every reader finds them on the disk.
forget() { find "$@" -type f -print0 | while IFS= read -r -d '' file; do dd if="$file" iflag=nocache count=0 status=none; done; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# There and back in both layouts and through a delta, hashes compared by a program that is not ours.
round_trip() {
    for model in "${models[@]}"; do
        for layout in mapped compressed; do
            "$convert" --layout $layout "$model" "$work/model.h5" >/dev/null
            "$convert" "$work/model.h5" "$work/back" >/dev/null
            python3 "$here/outside.py" "$model" "$work/back" >/dev/null || { echo "$model: differs after $layout" >&2; exit 1; }
            diff -rq "$model" "$work/back"
            size=$(stat -c %s "$work/model.h5")
            bytes=$(find "$model" -name '*.safetensors' -printf '%s\n' | awk '{ n += $1 } END { print n }')
            echo "round trip, $layout: $(basename "$model"): the same; $size bytes, $(ratio "$size" "$bytes") of the safetensors files"
            rm -r "$work/back" "$work/model.h5"
        done
    done
}

# The numbers as h5py gives them out, and the HDF5 tools of the system on the mapped layout.
outside() {
    for tool in h5ls h5dump; do
        command -v $tool >/dev/null || { echo "outside needs $tool (Debian's hdf5-tools)" >&2; exit 69; }
    done
    for model in "${models[@]}"; do
        for layout in mapped compressed; do
            "$convert" --layout $layout "$model" "$work/model.h5" >/dev/null
            echo "h5py, $layout: $(python3 "$here/outside.py" "$model" "$work/model.h5")"
            if [ $layout = mapped ]; then
                echo "h5ls -r: $(h5ls -r "$work/model.h5" | grep -c Dataset) data sets; h5dump -H: $(h5dump -H "$work/model.h5" | grep -c 'DATASET "') data sets"
                h5dump -d "$(h5ls -r "$work/model.h5" | awk '/Dataset/ && /norm/ { print $1; exit }')" "$work/model.h5" | sed -n '2,9p'
            fi
            rm "$work/model.h5"
        done
    done
}

# Conversion against cp of the same bytes, and against disk and zstd; both start from files outside the page cache and
# end on the disk. Alternating, medians of ROUNDS (3).
speed_of() {
    local model=$1 copy=() mapped=() packed=() own=0 bytes
    bytes=$(find "$model" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
    for _ in $(seq "${ROUNDS:-3}"); do
        forget "$model"
        read -r seconds _ < <(measured bash -c "cp -r '$model' '$work/copy' && sync '$work'/copy/*")
        copy+=("$seconds"); rm -r "$work/copy"
        forget "$model"
        read -r seconds memory _ < <(measured "$convert" "$model" "$work/model.h5")
        mapped+=("$seconds"); own=$((memory > own ? memory : own)); rm "$work/model.h5"
        forget "$model"
        read -r seconds memory _ < <(measured "$convert" --layout compressed "$model" "$work/model.h5")
        packed+=("$seconds"); own=$((memory > own ? memory : own)); size=$(stat -c %s "$work/model.h5"); rm "$work/model.h5"
    done
    # zstd on all cores with the format's settings, over a part of the same bytes, shuffled as in the format, from memory.
    find "$model" -name '*.safetensors' | sort | head -1 | xargs head -c 1000000000 | python3 -c '
import sys
while piece := sys.stdin.buffer.read(1 << 20):
    sys.stdout.buffer.write(piece[0::2] + piece[1::2])' >"$work/part"
    cat "$work/part" >/dev/null
    local squeeze=()
    for _ in 1 2 3; do
        read -r seconds _ < <(measured bash -c \
            "zstd -1 -T0 --zstd=strategy=1,minMatch=7,targetLength=131072 --compress-literals -q -c '$work/part' >/dev/null")
        squeeze+=("$seconds")
    done
    local part; part=$(stat -c %s "$work/part"); rm "$work/part"
    local c m p z
    c=$(median "${copy[@]}"); m=$(median "${mapped[@]}"); p=$(median "${packed[@]}"); z=$(median "${squeeze[@]}")
    z=$(awk "BEGIN { print $z * $bytes / $part }")
    echo "speed: $(basename "$model"), $bytes bytes: cp ${copy[*]} s, mapped ${mapped[*]} s: $(ratio "$c" "$m") of cp"
    echo "speed: compressed ${packed[*]} s; zstd -T0 would take $z s, cp takes $c s: $(ratio "$(printf '%s\n' "$z" "$c" | sort -n | tail -1)" "$p") of the slower; saves $(awk "BEGIN { printf \"%.1f\", 100 - 100 * $size / $bytes }") %"
    echo "speed: peak own memory $own MiB"
}
speed() { for model in "${models[@]}"; do speed_of "$model"; done; }

make_big() {
    [ -d "$work/7b" ] || python3 "$here/make_sharded_model.py" "$work/7b"
    sync "$work"/7b/*
}

# The time to open a mapped file of 16 GB, with nothing of it in memory and with what the time before read.
opening() {
    make_big
    "$convert" "$work/7b" "$work/model.h5" >/dev/null
    local cold=() warm=() seconds
    for _ in 1 2 3 4 5; do
        forget "$work/model.h5"
        read -r seconds _ < <(measured "$convert" inspect --brief "$work/model.h5")
        cold+=("$seconds")
        read -r seconds _ < <(measured "$convert" inspect --brief "$work/model.h5")
        warm+=("$seconds")
    done
    rm "$work/model.h5"
    echo "opening: from the disk ${cold[*]} s, median $(median "${cold[@]}"); from memory ${warm[*]} s, median $(median "${warm[@]}")"
}

# 16 GB: memory, speed, and the way back.
big() {
    make_big
    speed_of "$work/7b"
    "$convert" "$work/7b" "$work/model.h5" >/dev/null
    echo "big: verify (seconds, MiB of its own): $(measured "$convert" verify "$work/model.h5" | cut -d' ' -f1,2)"
    # The hashes of the source are kept, so that it need not be there beside the model and its export.
    python3 "$here/outside.py" "$work/7b" --save "$work/7b.json"
    rm -r "$work/7b"
    echo "big: export (seconds, MiB of its own): $(measured "$convert" "$work/model.h5" "$work/back" | cut -d' ' -f1,2)"
    rm "$work/model.h5"
    python3 "$here/outside.py" "$work/back" "$work/7b.json"
    rm -r "$work/back" "$work/7b.json"
}

kills() {
    rm -rf "$work"/kill-*
    python3 "$here/make_sharded_model.py" --size small "$work/kill-a"
    python3 "$here/make_sharded_model.py" --size small --seed 2 "$work/kill-b"
    python3 "$here/kill_moments.py" "$convert" "$work/kill-work" "$work/kill-a" "$work/kill-b" --moments "${MOMENTS:-50}"
    rm -r "$work/kill-a" "$work/kill-b"
}

for part in "${parts[@]}"; do
    case $part in
    round-trip) round_trip ;;
    outside | speed | opening | big | kills) "$part" ;;
    *) echo "$0: no part $part" >&2; exit 64 ;;
    esac
done
