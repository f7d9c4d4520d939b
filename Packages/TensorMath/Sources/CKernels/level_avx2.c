/* The kernels for x86-64 CPUs with AVX2 and FMA. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define R1_NAME(f) r1_avx2_##f
#define R1_LANES 8
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi2"))), apply_to = function)
#include "bodies/all.h"
#pragma clang attribute pop
#else
typedef int r1_avx2_unused;
#endif
