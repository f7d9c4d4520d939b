/* Compares stored elements; compare_body.h has the loops, compiled here once for every instruction set. */
#include "compare.h"
#include "r1_half.h"

#include <string.h>

#pragma clang fp contract(off)

/* Elements in a mapped file, at any address. */
typedef struct { uint16_t bits; } __attribute__((packed)) r1_u16;
typedef struct { uint32_t bits; } __attribute__((packed)) r1_u32;
typedef double r1_f64x8 __attribute__((vector_size(64)));
typedef int64_t r1_i64x8 __attribute__((vector_size(64)));

#define R1_INLINE static inline __attribute__((always_inline))

R1_INLINE size_t r1_size(int type) {
    return type == R1_FLOAT32 || type == R1_INT32 ? 4 : type == R1_UINT8 ? 1 : 2;
}

/* Steps between two 32-bit elements; 0 when one is NaN. */
R1_INLINE int64_t r1_steps32(uint32_t x, uint32_t y, int is_float) {
    int64_t size_x = x & 0x7FFFFFFF, size_y = y & 0x7FFFFFFF;
    int64_t place_x = is_float ? (x >> 31 ? -size_x : size_x) : (int32_t)x;
    int64_t place_y = is_float ? (y >> 31 ? -size_y : size_y) : (int32_t)y;
    int64_t steps = place_x > place_y ? place_x - place_y : place_y - place_x;
    return is_float && (size_x > 0x7F800000 || size_y > 0x7F800000) ? 0 : steps;
}

/* Steps between two elements of one type that are not NaN. */
static uint64_t r1_steps(const uint8_t *a, const uint8_t *b, int type, size_t index) {
    if (type == R1_UINT8) return a[index] > b[index] ? a[index] - b[index] : b[index] - a[index];
    if (r1_size(type) == 4) {
        uint32_t x = ((const r1_u32 *)a)[index].bits, y = ((const r1_u32 *)b)[index].bits;
        return (uint64_t)r1_steps32(x, y, type == R1_FLOAT32);
    }
    uint16_t x = ((const r1_u16 *)a)[index].bits, y = ((const r1_u16 *)b)[index].bits;
    int place_x = x >> 15 ? -(x & 0x7FFF) : x, place_y = y >> 15 ? -(y & 0x7FFF) : y;
    return (uint64_t)(place_x > place_y ? place_x - place_y : place_y - place_x);
}

/* The elements of a run that are farther apart than tolerances allow; equal bits are always equal. */
static uint64_t r1_beyond(
    const uint8_t *a, const uint8_t *b, const double *wide_a, const double *wide_b, int type_a, int type_b,
    size_t count, const r1_tolerances *tolerances
) {
    const size_t size = r1_size(type_a);
    uint64_t beyond = 0;
    for (size_t i = 0; i < count; i++) {
        double x = wide_a[i], y = wide_b[i];
        if (type_a == type_b && memcmp(a + i * size, b + i * size, size) == 0) continue;
        if (x != x || y != y) {
            int both = x != x && y != y;
            beyond += !(both && (tolerances->equal_nan || type_a != type_b));
            continue;
        }
        if (tolerances->exact) {
            beyond += type_a == type_b || x != y;
            continue;
        }
        if (x == y) continue;
        double distance = x > y ? x - y : y - x, size_y = y < 0 ? -y : y;
        int finite = x - x == 0 && y - y == 0;
        if (finite && distance <= tolerances->absolute + tolerances->relative * size_y) continue;
        if (tolerances->ulp > 0 && type_a == type_b && r1_steps(a, b, type_a, i) <= tolerances->ulp) continue;
        beyond++;
    }
    return beyond;
}

#define R1_NAME(f) r1_portable_##f
#include "compare_body.h"
#undef R1_NAME

#if defined(__x86_64__)
#define R1_NAME(f) r1_avx2_##f
#pragma clang attribute push(__attribute__((target("avx2,popcnt,bmi2"))), apply_to = function)
#include "compare_body.h"
#pragma clang attribute pop
#undef R1_NAME

#define R1_NAME(f) r1_avx512_##f
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,popcnt,bmi2"))), apply_to = function)
#include "compare_body.h"
#pragma clang attribute pop
#undef R1_NAME
#endif

int r1_compare_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi2")) return R1_COMPARE_PORTABLE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return R1_COMPARE_AVX512;
    return R1_COMPARE_AVX2;
#else
    return R1_COMPARE_PORTABLE;
#endif
}

void r1_compare_at(
    int level, const void *a, int type_a, const void *b, int type_b, size_t count, const r1_tolerances *tolerances,
    r1_distance *total
) {
#if defined(__x86_64__)
    if (level == R1_COMPARE_AVX512) return r1_avx512_compare(a, type_a, b, type_b, count, tolerances, total);
    if (level == R1_COMPARE_AVX2) return r1_avx2_compare(a, type_a, b, type_b, count, tolerances, total);
#endif
    r1_portable_compare(a, type_a, b, type_b, count, tolerances, total);
}

void r1_compare(
    const void *a, int type_a, const void *b, int type_b, size_t count, const r1_tolerances *tolerances,
    r1_distance *total
) {
    r1_compare_at(r1_compare_level(), a, type_a, b, type_b, count, tolerances, total);
}
