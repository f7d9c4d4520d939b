/* The loop over the rank is outside that over the columns, four ranks at a time: each pass over a row is one that
 * vectorizes without changing the order of sums. */
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

static void add_products(float *row, const float *left, const float *right, size_t rank, size_t columns) {
    size_t k = 0;
    memset(row, 0, columns * sizeof *row);
    for (; k + 4 <= rank; k += 4) {
        const float *r0 = right + k * columns, *r1 = r0 + columns, *r2 = r1 + columns, *r3 = r2 + columns;
        float l0 = left[k], l1 = left[k + 1], l2 = left[k + 2], l3 = left[k + 3];
        for (size_t c = 0; c < columns; c++)
            row[c] = (((row[c] + l0 * r0[c]) + l1 * r1[c]) + l2 * r2[c]) + l3 * r3[c];
    }
    for (; k < rank; k++) {
        const float *r = right + k * columns;
        float l = left[k];
        for (size_t c = 0; c < columns; c++) row[c] += l * r[c];
    }
}

uint64_t r1_add_low_rank(const void *weights, int type, void *out, int out_type, size_t rows, size_t columns,
                         const float *left, const float *right, size_t rank, float scale, float *row) {
    uint64_t overflows = 0;
    for (size_t r = 0; r < rows; r++) {
        add_products(row, left + r * rank, right, rank, columns);
        for (size_t c = 0; c < columns; c++) {
            float value = load(weights, type, r * columns + c);
            if (rank > 0) value += scale * row[c];
            float stored = store(out, out_type, r * columns + c, value);
            overflows += isfinite(value) && !isfinite(stored);
        }
    }
    return overflows;
}
