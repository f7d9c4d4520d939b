#!/usr/bin/env bash
# Makes the small model that ships, Checkpoints/small-qwen25vl.h5, and the filtered rows that `make train` uses.
# Run once, from the repository root; about half an hour on two cores. docs/training.md says why each step is there.
set -euo pipefail

usage='usage: small-model.sh PATH-OF-r1-train PATH-OF-r1-data'
tool=${1:?$usage}
data=${2:?$usage}
examples=Examples/handwritten
work=runs/small-model
[ -e "$work" ] && { echo "small-model: $work exists; remove it first" >&2; exit 1; }
mkdir -p "$work"

# 1. Random weights.
"$tool" init $examples/small-model $work/random.h5 --seed 1

# 2. Warm start on the train rows with 150 yes/no rows only: learns to read, hardly to conclude.
#    Paths in rows are relative to their file, so the copy is beside the images.
trap 'rm -f $examples/warm.jsonl' EXIT
awk '/"task": "yorn"/ { if (++n > 150) next } { print }' $examples/train.jsonl > $examples/warm.jsonl
"$tool" sft --config $examples/sft.yaml --run $work/read --set data.train=$examples/warm.jsonl

# 3. A little of all rows: the conclusions begin. Stopped while there is clear room.
"$tool" sft --config $examples/sft-conclude.yaml --run $work/conclude

# 4. Weights alone, in bfloat16.
"$tool" export $work/conclude/checkpoints/step-000140.h5 Checkpoints/small-qwen25vl.h5 --dtype bfloat16 --overwrite

# 5. The paper's filter: rows that this model answers sometimes right and sometimes wrong; a mixture in which
#    the tasks with long answers do not crowd out the others.
"$data" rate $examples/train.jsonl --config $examples/grpo.yaml --output $work/ratings.jsonl
"$data" filter $examples/train.jsonl --ratings $work/ratings.jsonl --epsilon 0.25 \
    --limit chart=150 --limit grounding=150 --output $examples/train-filtered.jsonl --overwrite
