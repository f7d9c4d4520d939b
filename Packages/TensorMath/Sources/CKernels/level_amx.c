/* The kernels for x86-64 CPUs with AMX: AVX-512, its dot product of bytes, and products of bfloat16 tiles.
 *
 * The dot product of bfloat16 is not used: on these CPUs it takes four times as long as a fused multiply-add of
 * float32, so widening two halves and multiplying them is twice as fast. */
#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define R1_NAME(f) r1_amx_##f
#define R1_LANES 16
#define R1_BYTE_DOT 1
#define R1_TILES 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,bmi2,amx-tile,amx-bf16"))), \
    apply_to = function)
#include "bodies/all.h"
#pragma clang attribute pop
#else
typedef int r1_amx_unused;
#endif
