#!/usr/bin/env bash
# Runs `swift test` with the arguments given and prints the failures again at the end: the whole output is thousands of lines.
# Tests that talk to a server run after the others: beside tests that keep all threads busy for minutes, connections time out.
set -uo pipefail

servers='^ServingTests\.|^ToolTests\.InferServeTests'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ swift test "$@" --skip "$servers" && swift test "$@" --skip-build --filter "$servers"; } 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" -ne 0 ]; then
    printf '\nFailures:\n'
    grep -A 6 -E '^✘ .*recorded an issue|(^|: )error: |Fatal error|^✘ Test "?.* failed after' "$log" \
        | grep -vE '^[◇✔]' | head -n 200
fi
exit "$status"
