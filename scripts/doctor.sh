#!/usr/bin/env bash
# Says what this machine has for the work, and warns about what makes it slow or makes it fail.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%-10s %s\n' "$1" "$2"; }
warn() { printf '%-10s %s\n' "warning" "$1"; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# probe NAME LIBRARY < program: compiles and runs a C program that prints one line.
probe() {
    local flags
    flags=$(pkg-config --cflags --libs "$2" 2>/dev/null) || flags="-l$2"
    # shellcheck disable=SC2086
    "$compiler" -x c - -o "$folder/$1" $flags 2>/dev/null && "$folder/$1"
}

features() {
    local found
    found=$(sed -n 's/^\(flags\|Features\)[[:space:]]*: //p' /proc/cpuinfo | head -n 1 | tr ' ' '\n' |
        grep -E '^(fma|avx2|avx512f|avx512_bf16|avx512_vnni|amx_bf16|amx_int8|asimd|bf16|i8mm|sve)$' | tr '\n' ' ')
    echo "${found:-no wide vector instructions: slow}"
}

memory() {
    awk '/^MemTotal/{t=$2} /^MemAvailable/{a=$2} END{printf "%.1f GiB, %.1f free", t/1048576, a/1048576}' /proc/meminfo
}

openblas() {
    cat >"$folder/blas.c" <<'C'
#include <stdio.h>
#include <cblas.h>
int main(void) { printf("%s|%s\n", openblas_get_config(), openblas_get_corename()); }
C
    probe blas openblas <"$folder/blas.c" >"$folder/found" || { warn "OpenBLAS is missing: make setup"; return; }
    local forced chosen
    forced=$(cut -d'|' -f2 "$folder/found")
    chosen=$(env -u OPENBLAS_CORETYPE "$folder/blas" | cut -d'|' -f2)
    say "OpenBLAS" "$(cut -d'|' -f1 "$folder/found"); kernels: $forced"
    if [ "$forced" != "$chosen" ]; then
        warn "OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-} forces $forced kernels, this CPU has $chosen: unset it (make train and make bench do)"
    fi
}

dnnl() {
    probe dnnl dnnl <<'C' || warn "oneDNN is missing: make setup"
#include <stdio.h>
#include <oneapi/dnnl/dnnl.h>
int main(void) { const dnnl_version_t *v = dnnl_version(); printf("%-10s %d.%d.%d\n", "oneDNN", v->major, v->minor, v->patch); }
C
}

hdf5() {
    probe hdf5 hdf5-serial <<'C' || warn "HDF5 is missing: make setup"
#include <stdio.h>
#include <hdf5.h>
int main(void) {
    unsigned a = 0, b = 0, c = 0;
    H5get_libversion(&a, &b, &c);
    printf("%-10s %u.%u.%u\n", "HDF5", a, b, c);
}
C
}

say "CPU" "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
say "features" "$(features)"
say "cores" "$(nproc)"
say "memory" "$(memory)"
say "disk" "$(df -h --output=avail . | tail -n 1 | tr -d ' ') free here"
if command -v swift >/dev/null; then
    say "Swift" "$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([^ ]*\).*/\1/p' | head -n 1)"
else
    warn "Swift is missing: https://www.swift.org/install"
fi
compiler=$(command -v clang || command -v cc) || { warn "no C compiler, the libraries cannot be asked"; exit 0; }
openblas
dnnl
hdf5
version=$(mpirun --version 2>/dev/null | sed -n 's/.*(Open MPI) //p') && [ -n "$version" ] && say "Open MPI" "$version" ||
    warn "Open MPI is missing: make setup"
for library in libjpeg libpng libwebp libzstd; do
    version=$(pkg-config --modversion "$library" 2>/dev/null) && say "$library" "$version" ||
        warn "$library is missing: make setup"
done
