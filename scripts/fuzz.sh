#!/usr/bin/env bash
# Throws changed files at the readers of outside bytes, with libFuzzer under the address sanitizer:
#   scripts/fuzz.sh SECONDS [FUZZER...]     each of the fuzzers (all of them without a name) for so long
# What was found interesting is kept in .build-fuzz/corpus; an input that broke something is left in .build-fuzz/found.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
fuzzers=("${@:2}")
[ ${#fuzzers[@]} -gt 0 ] || fuzzers=(images tokenizer keys safetensors pickles hdf5 delta boxes numbers expressions parquet rows-tsv rows-tar layouts schemas requests)
build=$PWD/.build-fuzz

seeds() { # the folders with sound files of a fuzzer
    case $1 in
    images) echo Tests/Fixtures/image-kinds ;;
    tokenizer) echo Tests/TokenizerTests docs ;;
    boxes | numbers | expressions) echo Tests/Fixtures/answers ;;
    parquet) echo Tests/Fixtures/parquet Tests/Fixtures/fuzz/parquet Tests/Fixtures/benchmark-layouts ;;
    rows-tsv) echo Tests/Fixtures/benchmark-layouts ;;
    rows-tar) echo Tests/Fixtures/tar ;;
    layouts) echo Tests/Fixtures/layouts ;;
    *) echo "Tests/Fixtures/fuzz/$1" ;;
    esac
}

options() { # of libFuzzer
    case $1 in
    hdf5 | delta) echo -detect_leaks=0 -rss_limit_mb=4096 ;;
    parquet | rows-tar) echo -rss_limit_mb=1024 -max_len=20480 ;;
    *) echo -rss_limit_mb=1024 ;;
    esac
}

memory=/dev/shm # for the files that readers are given
[ -w "$memory" ] || memory=$build
R1_FUZZ_FOLDER=$(mktemp -d -p "$memory" r1-fuzz.XXXXXX)
export R1_FUZZ_FOLDER
trap 'rm -rf "$R1_FUZZ_FOLDER"' EXIT

for name in "${fuzzers[@]}"; do
    rm -rf "${R1_FUZZ_FOLDER:?}"/*
    # Told of the fuzzer before the address sanitizer only, the Swift compiler counts no branches, and the two options
    # come in any order: the fuzzer is named once more.
    swift build --package-path Fuzz --scratch-path "$build" -c release --sanitize address --sanitize fuzzer \
        -Xswiftc -sanitize=fuzzer --product "fuzz-$name"
    mkdir -p "$build/corpus/$name" "$build/found"
    leaks=1
    case $name in hdf5 | delta) leaks=0 ;; esac # the HDF5 library itself leaks when it refuses a file
    # shellcheck disable=SC2046
    ASAN_OPTIONS=detect_leaks=$leaks "$build/release/fuzz-$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 $(options "$name") \
        -malloc_limit_mb=64 -print_final_stats=1 -verbosity=1 -artifact_prefix="$build/found/$name-" \
        "$build/corpus/$name" $(seeds "$name")
done
