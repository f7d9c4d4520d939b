#!/usr/bin/env bash
# Compiles the kernels for aarch64, runs them under qemu and compares every result with this machine's portable level.
# Needs clang and ld.lld (they come with Swift) and, on Debian: libc6-dev-arm64-cross libgcc-12-dev-arm64-cross
# qemu-user-static. SYSROOT=FOLDER when those packages were unpacked into a folder instead of installed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${SYSROOT:-}
kernels=Packages/TensorMath/Sources/CKernels
libc=$root/usr/aarch64-linux-gnu
gcc=$(ls -d "$root"/usr/lib/gcc-cross/aarch64-linux-gnu/* | tail -1)
qemu=$(PATH="$root/usr/bin:$PATH" command -v qemu-aarch64-static)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

flags=(-O3 -fno-math-errno -Wall -Wextra -Werror -I "$kernels/include" -I Packages/Basics/Sources/CHalf/include)
clang "${flags[@]}" "$kernels"/*.c Tests/OtherCPU/kernels.c -lm -o "$made/here"
for source in "$kernels"/*.c Tests/OtherCPU/kernels.c; do
    clang --target=aarch64-linux-gnu "${flags[@]}" -isystem "$libc/include" -c "$source" -o "$made/$(basename "$source").o"
done
ld.lld -static -o "$made/there" "$libc/lib/crt1.o" "$libc/lib/crti.o" "$gcc/crtbeginT.o" "$made"/*.o \
    -L "$libc/lib" -L "$gcc" --start-group -lc -lm -lgcc -lgcc_eh --end-group "$gcc/crtend.o" "$libc/lib/crtn.o"

"$made/here" >"$made/here.txt"
"$qemu" "$made/there" >"$made/there.txt"
# Sums run in other orders and with fused steps: 3e-5, relative to results above 1, as between the levels.
paste "$made/here.txt" "$made/there.txt" | awk '
    /^#/ { if ($2 != $5) { print "different kernels: " $0; exit 1 } name = $2; next }
    { lines++
      if ($1 == $2 || ($1 ~ /nan/ && $2 ~ /nan/)) next
      distance = $1 > $2 ? $1 - $2 : $2 - $1
      size = $1 < 0 ? -$1 : $1
      if (!(distance <= 3e-5 * (size > 1 ? size : 1))) { print name ": " $1 " here, " $2 " on aarch64"; bad++ } }
    END { if (bad) { print bad " of " lines " results differ"; exit 1 }
          print lines " results agree on aarch64" }'
