/* The kernels for x86-64 CPUs with AVX-512 (F, BW, DQ, VL) and its dot products of bfloat16 and of bytes. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define R1_NAME(f) r1_avx512bf16_##f
#define R1_LANES 16
#define R1_BFLOAT16_DOT 1
#define R1_BYTE_DOT 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,avx2,fma,f16c,bmi2"))), \
    apply_to = function)
#include "bodies/all.h"
#pragma clang attribute pop
#else
typedef int r1_avx512bf16_unused;
#endif
