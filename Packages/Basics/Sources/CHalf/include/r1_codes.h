/* Weights of 8 or 4 bits: how a row is stored, rounding and widening, for every C target of the project.
 *
 * A scale is bfloat16. A value is scale * (code - offset).
 * int8: a byte per column, offset 128; a scale per 128 columns.
 * int4: four bits per column, offset 8; a scale per group of 32 columns, of which the last is filled with zeros.
 * Of the 16 bytes of a group, byte i of the first 8 holds columns i and 8 + i in its low and high half, byte i
 * of the other 8 columns 16 + i and 24 + i. 8 groups (at the end of a row: those that are left) form a block:
 * first the first 8 bytes of each, then the other 8 of each.
 *
 * Every instruction set gives the same bits. */
#ifndef R1_CODES_H
#define R1_CODES_H

#include <math.h>
#include <stddef.h>

#include "r1_half.h"

#define R1_SEPARATE _Pragma("clang fp contract(off)")

enum { R1_CODES_INT8 = 0, R1_CODES_INT4 = 1 };

/* Columns of an int4 group, and bytes of a block of 8 groups. */
#define R1_GROUP 32
#define R1_BLOCK_BYTES 128

R1_HALF size_t r1_group_columns(int codes) { return codes == R1_CODES_INT8 ? 128 : R1_GROUP; }
R1_HALF size_t r1_groups(int codes, size_t n) {
    return (n + r1_group_columns(codes) - 1) / r1_group_columns(codes);
}
/* Bytes of n columns. */
R1_HALF size_t r1_code_bytes(int codes, size_t n) {
    return codes == R1_CODES_INT8 ? n : (n + R1_GROUP - 1) / R1_GROUP * (R1_GROUP / 2);
}
/* int4: the first 8 bytes of group g of n columns; the other 8 are `*second` further. */
R1_HALF size_t r1_group_place(size_t g, size_t n, size_t *second) {
    size_t left = r1_groups(R1_CODES_INT4, n) - g / 8 * 8;
    *second = 8 * (left < 8 ? left : 8);
    return g / 8 * R1_BLOCK_BYTES + g % 8 * 8;
}

/* -- rounding -- */

/* The element of largest magnitude, 0 for a group below 2^-100, NaN if an element is not finite. */
R1_HALF float r1_extreme(size_t n, const float *x) {
    uint32_t top = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7FFFFFFF;
        top = bits > top ? bits : top;
    }
    float largest;
    memcpy(&largest, &top, 4);
    if (top >= 0x7F800000) return NAN;
    if (largest < 0x1p-100f) return 0;
    float lowest = 0;
    for (size_t i = 0; i < n; i++) lowest = x[i] < lowest ? x[i] : lowest;
    return lowest == -largest ? lowest : largest;
}

/* q = x / scale to nearest, within low ... high. */
R1_HALF void r1_round_group(size_t n, const float *x, float scale, int low, int high, int8_t *q) {
    R1_SEPARATE
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    float inverse = scale == 0 ? 0 : 1 / scale;
    for (size_t i = 0; i < n; i++) {
        float rounded = x[i] * inverse + magic;
        int32_t bits;
        memcpy(&bits, &rounded, 4);
        bits -= 0x4B400000;
        q[i] = (int8_t)(bits < low ? low : bits > high ? high : bits);
    }
}

/* The sum of (x - scale q)^2 over a whole group. */
R1_HALF float r1_group_error(const float *x, float scale, const int8_t *q) {
    R1_SEPARATE
    float sums[8] = {0};
    for (size_t i = 0; i < R1_GROUP; i += 8)
        for (size_t j = 0; j < 8; j++) {
            float error = x[i + j] - scale * (float)q[i + j];
            sums[j] += error * error;
        }
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/* Rounds 32 weights with the better of two scales: one maps the extreme to -8, the other to -7 or 7. */
R1_HALF uint16_t r1_round_int4(const float *x, float extreme, uint8_t *codes) {
    R1_SEPARATE
    int8_t q[2][R1_GROUP];
    uint16_t scales[2] = {r1_to_bfloat16(extreme / 7), r1_to_bfloat16(extreme / -8)};
    float errors[2];
    for (int i = 0; i < 2; i++) {
        float scale = r1_from_bfloat16(scales[i]);
        r1_round_group(R1_GROUP, x, scale, -8, 7, q[i]);
        errors[i] = r1_group_error(x, scale, q[i]);
    }
    const int8_t *better = q[errors[1] < errors[0]];
    for (size_t i = 0; i < R1_GROUP; i++) codes[i] = (uint8_t)(better[i] + 8);
    return scales[errors[1] < errors[0]];
}

/* Rounds a row to nearest. Returns 0, or 1 + the group of the first weight that is not finite. */
R1_HALF size_t r1_quantize_row(int codes, size_t n, const float *x, uint8_t *row, uint16_t *scales) {
    const size_t size = r1_group_columns(codes);
    for (size_t g = 0; g * size < n; g++) {
        size_t count = n - g * size < size ? n - g * size : size;
        float group[128] = {0};
        memcpy(group, x + g * size, 4 * count);
        float extreme = r1_extreme(size, group);
        if (extreme != extreme) return g + 1;
        if (codes == R1_CODES_INT4) {
            uint8_t q[R1_GROUP];
            scales[g] = r1_round_int4(group, extreme, q);
            size_t second, at = r1_group_place(g, n, &second);
            for (size_t i = 0; i < 8; i++) {
                row[at + i] = (uint8_t)(q[i] | q[8 + i] << 4);
                row[at + second + i] = (uint8_t)(q[16 + i] | q[24 + i] << 4);
            }
        } else {
            int8_t q[128];
            scales[g] = r1_to_bfloat16((extreme < 0 ? -extreme : extreme) / 127);
            r1_round_group(size, group, r1_from_bfloat16(scales[g]), -128, 127, q);
            for (size_t i = 0; i < count; i++) row[g * size + i] = (uint8_t)(q[i] + 128);
        }
    }
    return 0;
}

/* -- widening -- */

/* The values of group g of a row of n columns, of which `count` exist. */
R1_HALF void r1_widen_group(int codes, size_t g, size_t n, size_t count, const uint8_t *row, float scale,
                              float *to) {
    if (codes == R1_CODES_INT8) {
        for (size_t i = 0; i < count; i++) to[i] = scale * (float)((int)row[128 * g + i] - 128);
        return;
    }
    size_t second, at = r1_group_place(g, n, &second);
    for (size_t half = 0; half < 2; half++, at += second)
        for (size_t i = 0; i < 8; i++) {
            to[16 * half + i] = scale * (float)((int)(row[at + i] & 15) - 8);
            to[16 * half + 8 + i] = scale * (float)((int)(row[at + i] >> 4) - 8);
        }
}

/* The values of a row in float32. */
R1_HALF void r1_widen_row(int codes, size_t n, const uint8_t *row, const uint16_t *scales, float *out) {
    const size_t size = r1_group_columns(codes);
    for (size_t at = 0, g = 0; at < n; at += size, g++) {
        size_t count = n - at < size ? n - at : size;
        float group[128];
        r1_widen_group(codes, g, n, count, row, r1_from_bfloat16(scales[g]), group);
        memcpy(out + at, group, 4 * count);
    }
}

/* The values of a row, rounded to bfloat16. */
R1_HALF void r1_narrow_row(int codes, size_t n, const uint8_t *row, const uint16_t *scales, uint16_t *out) {
    const size_t size = r1_group_columns(codes);
    for (size_t at = 0, g = 0; at < n; at += size, g++) {
        size_t count = n - at < size ? n - at : size;
        float group[128];
        r1_widen_group(codes, g, n, count, row, r1_from_bfloat16(scales[g]), group);
        for (size_t i = 0; i < count; i++) out[at + i] = r1_to_bfloat16(group[i]);
    }
}

#endif
