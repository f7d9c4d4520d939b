#!/usr/bin/env bash
# Makes the small model that ships, Checkpoints/small-qwen25vl.h5, and the filtered rows that `make train` uses.
# Run once, from the repository root; about forty minutes on two idle cores. docs/training.md says why each step is there.
# The rows of the warm start are made by scripts/make-example-rows.py, which needs scikit-learn, pandas, Pillow and matplotlib.
set -euo pipefail

usage='usage: small-model.sh PATH-OF-r1-train PATH-OF-r1-data'
tool=${1:?$usage}
data=${2:?$usage}
examples=Examples/handwritten
work=runs/small-model
[ -e "$work" ] && { echo "small-model: $work exists; remove it first" >&2; exit 1; }
python=${PYTHON:-python3}
"$python" -c 'import matplotlib, pandas, PIL, sklearn' || { echo "small-model: pip install scikit-learn pandas pillow matplotlib, or set PYTHON to a Python that has them" >&2; exit 1; }
mkdir -p "$work"

# The first rows of each task, up to the given numbers, in the order of the files: take 'mcq=3000 yorn=150' FILE ...
take() {
    awk -v limits="$1" '
        BEGIN { for (n = split(limits, pairs, /[ =]/); n > 1; n -= 2) limit[pairs[n - 1]] = pairs[n] }
        match($0, /"task": "[a-z]+"/) { task = substr($0, RSTART + 9, RLENGTH - 10); if (++seen[task] <= limit[task]) print }
    ' "${@:2}"
}

# 1. Random weights.
"$tool" init $examples/small-model $work/random.h5 --seed 1

# 2. Rows of the warm start, by the writers of the train rows. Paths in rows are relative to their file, so the train rows'
#    images are linked beside those of the warm start.
"$python" scripts/make-example-rows.py $work --split warm --rows 13000 --shares yorn=0 mcq=2 chart=4 grounding=4 open=3
(cd $work/images && ln -s "$OLDPWD/$examples"/images/train-*.png .)

# 3. Warm start on rows with 150 yes/no questions only: learns to read digits, then where they are.
{ cat $work/warm.jsonl; take 'yorn=150' $examples/train.jsonl; } > $work/read.jsonl
"$tool" sft --config $examples/sft.yaml --run $work/read --set data.train=$work/read.jsonl

# 4. Mostly charts and choices: reading the numbers of bars begins, and soon improves quickly. Stopped while there is room.
take 'chart=5000 mcq=3000 grounding=1000 open=1000 yorn=150' $work/warm.jsonl $examples/train.jsonl > $work/charts.jsonl
"$tool" sft --config $examples/sft-charts.yaml --run $work/charts

# 5. A little of all, mostly choices: the conclusions begin. Stopped when they do.
take 'chart=700 mcq=3000 grounding=700 open=500 yorn=1000' $examples/train.jsonl $work/warm.jsonl > $work/conclude.jsonl
"$tool" sft --config $examples/sft-conclude.yaml --run $work/conclude

# 6. Weights alone, in bfloat16.
"$tool" export $work/conclude/checkpoints/step-000100.h5 Checkpoints/small-qwen25vl.h5 --dtype bfloat16 --overwrite

# 7. The paper's filter: rows that this model answers sometimes better and sometimes worse; a mixture with more of
#    the questions that improve slowly.
"$data" rate $examples/train.jsonl --config $examples/grpo.yaml --output $work/ratings.jsonl
"$data" filter $examples/train.jsonl --ratings $work/ratings.jsonl --epsilon 0.25 \
    --limit yorn=450 --limit mcq=300 --limit grounding=500 --limit open=250 \
    --output $examples/train-filtered.jsonl --overwrite
