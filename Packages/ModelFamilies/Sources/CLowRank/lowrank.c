/* The loop over the rank is outside that over the columns, four ranks at a time: each pass over a row is one that
 * vectorizes without changing the order of sums. A tile of columns is done for all rows before the next, so that the
 * part of the right matrix that it needs stays in the cache. */
#include "lowrank.h"
#include "r1_half.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

static float load(const uint8_t *from, int type, size_t index) {
    uint16_t half;
    float value;
    if (type == R1_LOWRANK_FLOAT32) {
        memcpy(&value, from + 4 * index, 4);
        return value;
    }
    memcpy(&half, from + 2 * index, 2);
    return type == R1_LOWRANK_BFLOAT16 ? r1_from_bfloat16(half) : r1_from_float16(half);
}

static float store(uint8_t *to, int type, size_t index, float value) {
    if (type == R1_LOWRANK_FLOAT32) {
        memcpy(to + 4 * index, &value, 4);
        return value;
    }
    uint16_t half = type == R1_LOWRANK_BFLOAT16 ? r1_to_bfloat16(value) : r1_to_float16(value);
    memcpy(to + 2 * index, &half, 2);
    return type == R1_LOWRANK_BFLOAT16 ? r1_from_bfloat16(half) : r1_from_float16(half);
}

#if defined(__x86_64__)
#define R1_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define R1_CLONES
#endif

enum { TILE = 256 };

/* row = left * right for `count` columns of the right matrix. */
R1_CLONES static void add_products(float *restrict row, const float *left, const float *restrict right, size_t rank,
                                   size_t columns, size_t count) {
    size_t k = 0;
    memset(row, 0, count * sizeof *row);
    for (; k + 4 <= rank; k += 4) {
        const float *r0 = right + k * columns, *r1 = r0 + columns, *r2 = r1 + columns, *r3 = r2 + columns;
        float l0 = left[k], l1 = left[k + 1], l2 = left[k + 2], l3 = left[k + 3];
        for (size_t c = 0; c < count; c++)
            row[c] = (((row[c] + l0 * r0[c]) + l1 * r1[c]) + l2 * r2[c]) + l3 * r3[c];
    }
    for (; k < rank; k++) {
        const float *r = right + k * columns;
        float l = left[k];
        for (size_t c = 0; c < count; c++) row[c] += l * r[c];
    }
}

uint64_t r1_add_low_rank(const void *weights, int type, void *out, int out_type, size_t rows, size_t columns,
                         const float *left, const float *right, size_t rank, float scale) {
    float row[TILE];
    uint64_t overflows = 0;
    for (size_t start = 0; start < columns; start += TILE) {
        size_t count = columns - start < TILE ? columns - start : TILE;
        for (size_t r = 0; r < rows; r++) {
            if (rank > 0) add_products(row, left + r * rank, right + start, rank, columns, count);
            for (size_t c = 0; c < count; c++) {
                size_t index = r * columns + start + c;
                float value = load(weights, type, index);
                if (rank > 0) value += scale * row[c];
                float stored = store(out, out_type, index, value);
                overflows += isfinite(value) && !isfinite(stored);
            }
        }
    }
    return overflows;
}
