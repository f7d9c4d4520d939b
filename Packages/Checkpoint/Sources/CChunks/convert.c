/* Floating-point elements from one type to another, and how far rounding moved them. */
#include "chunks.h"
#include "r1_codes.h"
#include "r1_half.h"

#include <math.h>
#include <string.h>

#pragma clang fp contract(off)

#define R1_INLINE static inline __attribute__((always_inline))

R1_INLINE float r1_load(const uint8_t *from, int type, size_t index) {
    uint16_t half;
    float value;
    if (type == R1_KIND_FLOAT32) {
        memcpy(&value, from + 4 * index, 4);
        return value;
    }
    memcpy(&half, from + 2 * index, 2);
    return type == R1_KIND_BFLOAT16 ? r1_from_bfloat16(half) : r1_from_float16(half);
}

/* Stores an element and returns it as it is now. */
R1_INLINE float r1_store(uint8_t *to, int type, size_t index, float value) {
    if (type == R1_KIND_FLOAT32) {
        memcpy(to + 4 * index, &value, 4);
        return value;
    }
    uint16_t half = type == R1_KIND_BFLOAT16 ? r1_to_bfloat16(value) : r1_to_float16(value);
    memcpy(to + 2 * index, &half, 2);
    return type == R1_KIND_BFLOAT16 ? r1_from_bfloat16(half) : r1_from_float16(half);
}

/* With both types known when it is compiled, the loop has no branches. */
R1_INLINE r1_rounding r1_convert_as(const uint8_t *from, int type, uint8_t *to, int new_type, size_t count) {
    float absolute = 0, relative = 0;
    uint64_t overflows = 0;
    for (size_t index = 0; index < count; index++) {
        float old = r1_load(from, type, index), new = r1_store(to, new_type, index, old);
        float distance = fabsf(new - old), share = distance / fabsf(old);
        /* Both comparisons are false for NaN: of infinities, and of 0 / 0. */
        int finite = distance <= 0x1.FFFFFEp127f;
        absolute = finite && distance > absolute ? distance : absolute;
        relative = finite && share > relative ? share : relative;
        overflows += distance > 0x1.FFFFFEp127f;
    }
    return (r1_rounding){absolute, relative, overflows};
}

r1_rounding r1_convert(const void *from, int type, void *to, int new_type, size_t count) {
    switch (3 * type + new_type) {
    case 3 * R1_KIND_FLOAT32 + R1_KIND_BFLOAT16: return r1_convert_as(from, R1_KIND_FLOAT32, to, R1_KIND_BFLOAT16, count);
    case 3 * R1_KIND_FLOAT32 + R1_KIND_FLOAT16: return r1_convert_as(from, R1_KIND_FLOAT32, to, R1_KIND_FLOAT16, count);
    case 3 * R1_KIND_BFLOAT16 + R1_KIND_FLOAT32: return r1_convert_as(from, R1_KIND_BFLOAT16, to, R1_KIND_FLOAT32, count);
    case 3 * R1_KIND_BFLOAT16 + R1_KIND_FLOAT16: return r1_convert_as(from, R1_KIND_BFLOAT16, to, R1_KIND_FLOAT16, count);
    case 3 * R1_KIND_FLOAT16 + R1_KIND_FLOAT32: return r1_convert_as(from, R1_KIND_FLOAT16, to, R1_KIND_FLOAT32, count);
    case 3 * R1_KIND_FLOAT16 + R1_KIND_BFLOAT16: return r1_convert_as(from, R1_KIND_FLOAT16, to, R1_KIND_BFLOAT16, count);
    default:
        memcpy(to, from, count * (type == R1_KIND_FLOAT32 ? 4 : 2));
        return (r1_rounding){0, 0, 0};
    }
}

void r1_widen(const void *from, void *to, size_t first, size_t count, size_t columns, const float *values,
              const float *scales, size_t block_rows, size_t block_columns, size_t across) {
    const uint8_t *bytes = from;
    uint8_t *out = to;
    for (size_t done = 0; done < count;) {
        size_t row = (first + done) / columns, column = (first + done) % columns;
        size_t block = column / block_columns, end = (block + 1) * block_columns;
        size_t length = (end < columns ? end : columns) - column;
        if (length > count - done) length = count - done;
        float scale = scales[row / block_rows * across + block];
        for (size_t index = 0; index < length; index++) {
            uint16_t half = r1_to_bfloat16(values[bytes[done + index]] * scale);
            memcpy(out + 2 * (done + index), &half, 2);
        }
        done += length;
    }
}

size_t r1_quantize_rows(const void *from, int type, int codes, size_t rows, size_t columns, float *row,
                        void *to, void *scales) {
    const uint8_t *bytes = from;
    const size_t size = type == R1_KIND_FLOAT32 ? 4 : 2;
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < columns; i++) row[i] = r1_load(bytes + r * columns * size, type, i);
        size_t fault = r1_quantize_row(codes, columns, row, (uint8_t *)to + r * r1_code_bytes(codes, columns),
                                       (uint16_t *)scales + r * r1_groups(codes, columns));
        if (fault > 0) return r + 1;
    }
    return 0;
}

void r1_narrow_rows(const void *codes_of_rows, const void *scales, int codes, size_t rows, size_t columns,
                    void *to) {
    for (size_t r = 0; r < rows; r++)
        r1_narrow_row(codes, columns, (const uint8_t *)codes_of_rows + r * r1_code_bytes(codes, columns),
                      (const uint16_t *)scales + r * r1_groups(codes, columns), (uint16_t *)to + r * columns);
}
