#!/usr/bin/env bash
# Builds the tests, runs them and prints the failures again at the end: the whole output is thousands of lines.
# The arguments are those of `swift build`.
#
# Tests of the programs wait for processes most of the time, so they run beside the other tests.
# Tests that talk to a server run last: beside tests that keep all threads busy for minutes, connections time out.
set -uo pipefail

programs='^ToolTests\.'
servers='^ServingTests\.|^ToolTests\.InferServeTests'
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# run NAME OPTION...: the tests that the options choose; the output goes to a log too. This is the program that
# `swift test` starts; two of those at once wait for each other. The idle threads of OpenBLAS wait in a loop for 2^26
# cycles, a third of a short program's time, unless told otherwise.
run() {
    OPENBLAS_THREAD_TIMEOUT=4 "$tests" --testing-library swift-testing "${@:2}" 2>&1 | tee "$logs/$1"
    return "${PIPESTATUS[0]}"
}

swift build --build-tests "$@" || exit
tests=$(swift build --show-bin-path "$@")/r1PackageTests.xctest
run programs --filter "$programs" --skip "$servers" &
run others --skip "$programs" --skip "$servers"
status=$?
wait $! || status=$?
if [ "$status" -eq 0 ]; then
    run servers --filter "$servers"
    status=$?
fi
if [ "$status" -ne 0 ]; then
    printf '\nFailures:\n'
    cat "$logs"/* | grep -A 6 -E '^✘ .*recorded an issue|(^|: )error: |Fatal error|^✘ Test "?.* failed after' \
        | grep -vE '^[◇✔]' | head -n 200
fi
exit "$status"
