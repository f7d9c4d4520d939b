/* Weights of 8 or 4 bits: rounding, widening, and y = x W^T for 1 to 16 rows of x. r1_codes.h says how a row is
 * stored. A sum over a block of columns is one of integers, because x is rounded to int8 too, with a scale
 * per 32 columns. W is read from memory once; x stays in caches and the sums in registers. The order of a sum
 * depends only on `in` and the level, not on the other rows or the cut over threads.
 *
 * A block is two lines of 64 bytes of a weight row: two parts of 64 codes in int8, four in int4. A lane of 32
 * bits takes four codes of each part; its columns have one scale. */
#define R1_LARGEST_BLOCK 256

R1_INLINE size_t r1_parts(int codes) { return codes == R1_CODES_INT8 ? 2 : 4; }
R1_INLINE size_t r1_block(int codes) { return 64 * r1_parts(codes); }
R1_INLINE size_t r1_blocks(int codes, size_t n) { return (n + r1_block(codes) - 1) / r1_block(codes); }

static size_t R1_NAME(quantize_row)(int codes, size_t n, const float *x, uint8_t *row, uint16_t *scales) {
    if (codes == R1_CODES_INT8) return r1_quantize_row(R1_CODES_INT8, n, x, row, scales);
    return r1_quantize_row(R1_CODES_INT4, n, x, row, scales);
}
static void R1_NAME(widen_codes)(int codes, size_t n, const uint8_t *row, const uint16_t *scales,
                                 float *out) {
    if (codes == R1_CODES_INT8) r1_widen_row(R1_CODES_INT8, n, row, scales, out);
    else r1_widen_row(R1_CODES_INT4, n, row, scales, out);
}
static void R1_NAME(narrow_codes)(int codes, size_t n, const uint8_t *row, const uint16_t *scales,
                                  uint16_t *out) {
    if (codes == R1_CODES_INT8) r1_narrow_row(R1_CODES_INT8, n, row, scales, out);
    else r1_narrow_row(R1_CODES_INT4, n, row, scales, out);
}

/* -- x -- */

/* A packed block of one row of x: its codes in the order of the weights' parts, then for each of 16 lanes where
 * its sum starts and its scale. The weights' codes are not negative, so a sum starts at minus their offset
 * times the sum of x. */
R1_INLINE size_t r1_packed_block(int codes) { return r1_block(codes) + 128; }

/* The columns of a block are 4 or 8 groups of 32; a group fills 4 or 2 lanes in all parts. */
R1_INLINE void r1_pack_block(const int codes, const float *x, size_t count, int8_t *to) {
    const size_t parts = r1_parts(codes), size = r1_block(codes), run = R1_GROUP / parts;
    float line[R1_LARGEST_BLOCK] = {0};
    memcpy(line, x, 4 * (count < size ? count : size));
    int32_t start[16] = {0};
    float scales[16];
    for (size_t g = 0; g < size / R1_GROUP; g++) {
        float group[R1_GROUP];
        int8_t q[R1_GROUP] = {0};
        /* Part p of the group: those columns that the weights have there. */
        for (size_t p = 0; p < parts; p++)
            memcpy(group + run * p, line + (codes == R1_CODES_INT8 ? 64 * p + run * g : R1_GROUP * g + run * p),
                   4 * run);
        float extreme = r1_extreme(R1_GROUP, group), scale = (extreme < 0 ? -extreme : extreme) / 127;
        if (scale == scale) r1_round_group(R1_GROUP, group, scale, -127, 127, q);
        for (size_t p = 0; p < parts; p++) memcpy(to + 64 * p + run * g, q + run * p, run);
        for (size_t i = 0; i < run; i++) {
            size_t lane = (run * g + i) / 4;
            scales[lane] = scale;
            for (size_t p = 0; p < parts; p++)
                start[lane] -= (codes == R1_CODES_INT8 ? 128 : 8) * q[run * p + i];
        }
    }
    memcpy(to + size, start, 64);
    memcpy(to + size + 64, scales, 64);
}

/* For each tile of rows: [block][row]. */
static void R1_NAME(pack_quantized_rows)(int codes, size_t rows, size_t in, const float *x, void *packed) {
    const size_t blocks = r1_blocks(codes, in), tiles = r1_tile_count(rows), size = r1_block(codes);
    for (size_t tile = 0; tile < tiles; tile++) {
        size_t first = rows * tile / tiles, count = rows * (tile + 1) / tiles - first;
        for (size_t r = 0; r < count; r++)
            for (size_t b = 0; b < blocks; b++) {
                const float *from = x + (first + r) * in + b * size;
                int8_t *to = (int8_t *)packed + (first * blocks + b * count + r) * r1_packed_block(codes);
                if (codes == R1_CODES_INT8) r1_pack_block(R1_CODES_INT8, from, in - b * size, to);
                else r1_pack_block(R1_CODES_INT4, from, in - b * size, to);
            }
    }
}

/* -- the product -- */

/* Adds to each lane the products of its four codes of w, not negative, and x. */
R1_INLINE r1_ints r1_dot_codes(r1_ints sum, r1_bytes w, r1_bytes x) {
#if R1_BYTE_DOT
    return (r1_ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)w, (__m512i)x);
#else
    /* Even and odd codes as pairs of 16 bits, multiplied and added within the lane. */
    r1_shorts w0 = (r1_shorts)w & 0xFF, w1 = ((r1_shorts)w >> 8) & 0xFF;
    r1_shorts x0 = (r1_shorts)((r1_shorts)x << 8) >> 8, x1 = (r1_shorts)x >> 8;
#if R1_LANES == 16
    return sum + (r1_ints)_mm512_madd_epi16((__m512i)w0, (__m512i)x0)
           + (r1_ints)_mm512_madd_epi16((__m512i)w1, (__m512i)x1);
#elif R1_LANES == 8
    return sum + (r1_ints)_mm256_madd_epi16((__m256i)w0, (__m256i)x0)
           + (r1_ints)_mm256_madd_epi16((__m256i)w1, (__m256i)x1);
#elif defined(__x86_64__)
    return sum + (r1_ints)_mm_madd_epi16((__m128i)w0, (__m128i)x0)
           + (r1_ints)_mm_madd_epi16((__m128i)w1, (__m128i)x1);
#else
    sum += (((r1_ints)w0 << 16) >> 16) * (((r1_ints)x0 << 16) >> 16) + ((r1_ints)w0 >> 16) * ((r1_ints)x0 >> 16);
    return sum + (((r1_ints)w1 << 16) >> 16) * (((r1_ints)x1 << 16) >> 16)
           + ((r1_ints)w1 >> 16) * ((r1_ints)x1 >> 16);
#endif
#endif
}

/* The scales of lanes R1_LANES v ... of a block of weights. */
R1_INLINE r1_vector r1_lane_scales(const int codes, int v, const uint16_t *scales) {
    if (codes == R1_CODES_INT8) return (r1_vector){0} + r1_widen(scales[0]);
#if R1_LANES == 16
    (void)v; /* all of them: two lanes for each of the 8 scales, which go to the upper half of the lane */
    const __m512i places = _mm512_set_epi8(
        15, 14, -1, -1, 15, 14, -1, -1, 13, 12, -1, -1, 13, 12, -1, -1, 11, 10, -1, -1, 11, 10, -1, -1, 9, 8,
        -1, -1, 9, 8, -1, -1, 7, 6, -1, -1, 7, 6, -1, -1, 5, 4, -1, -1, 5, 4, -1, -1, 3, 2, -1, -1, 3, 2, -1,
        -1, 1, 0, -1, -1, 1, 0, -1, -1);
    __m512i all = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)scales));
    return (r1_vector)_mm512_shuffle_epi8(all, places);
#elif R1_LANES == 8
    float a = r1_widen(scales[4 * v]), b = r1_widen(scales[4 * v + 1]), c = r1_widen(scales[4 * v + 2]),
          d = r1_widen(scales[4 * v + 3]);
    return (r1_vector){a, a, b, b, c, c, d, d};
#else
    float a = r1_widen(scales[2 * v]), b = r1_widen(scales[2 * v + 1]);
    return (r1_vector){a, a, b, b};
#endif
}

/* Adds one block of T weight rows times R rows of x to the sums. Codes are `stride` bytes apart, scales
 * `groups` elements. */
R1_INLINE void r1_quantized_block(const int codes, const int R, const int T, const uint8_t *w, size_t stride,
                                  const uint16_t *scales, size_t groups, const int8_t *x,
                                  r1_vector sums[4][8]) {
    R1_FUSED
    const int parts = codes == R1_CODES_INT8 ? 2 : 4;
#pragma unroll
    for (int v = 0; v < 16 / R1_LANES; v++) {
        r1_bytes weights[4][4];
        r1_vector scale[4];
#pragma unroll
        for (int t = 0; t < T; t++) {
            const uint8_t *at = w + (size_t)t * stride + v * 4 * R1_LANES;
            r1_bytes first = *(const r1_loose_bytes *)at, second = *(const r1_loose_bytes *)(at + 64);
            if (codes == R1_CODES_INT8) {
                weights[t][0] = first;
                weights[t][1] = second;
            } else {
                weights[t][0] = first & 15;
                weights[t][1] = (r1_bytes)((r1_words)first >> 4) & 15;
                weights[t][2] = second & 15;
                weights[t][3] = (r1_bytes)((r1_words)second >> 4) & 15;
            }
            scale[t] = r1_lane_scales(codes, v, scales + (size_t)t * groups);
        }
#pragma unroll
        for (int r = 0; r < R; r++) {
            const int8_t *at = x + (size_t)r * r1_packed_block(codes) + v * 4 * R1_LANES;
            r1_ints start = *(const r1_ints *)(at + 64 * parts);
            r1_vector row = *(const r1_vector *)(at + 64 * parts + 64);
#pragma unroll
            for (int t = 0; t < T; t++) {
                r1_ints sum = start;
#pragma unroll
                for (int p = 0; p < parts; p++)
                    sum = r1_dot_codes(sum, weights[t][p], *(const r1_bytes *)(at + 64 * p));
                sums[t][r] += __builtin_convertvector(sum, r1_vector) * (scale[t] * row);
            }
        }
    }
}

/* R rows times the T weight rows at `w`; `y` points at the first of the T outputs of the first row. */
R1_INLINE void r1_quantized_tile(const int codes, const int R, const int T, size_t in, size_t out,
                                 const uint8_t *w, const uint16_t *scales, const int8_t *x, float *y) {
    const size_t stride = r1_code_bytes(codes, in), groups = r1_groups(codes, in);
    const size_t whole = in / r1_block(codes), per_block = r1_block(codes) / r1_group_columns(codes);
    r1_vector sums[4][8];
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
        for (int r = 0; r < R; r++) sums[t][r] = (r1_vector){0};
    /* The prefetched bytes are one contiguous run, in any order of later use. */
    const uint8_t *fetched = w + R1_AHEAD_BYTES, *at = w;
    for (size_t block = 0; block < whole; block++) {
#pragma unroll
        for (int line = 0; line < 2 * T; line++) __builtin_prefetch(fetched + 64 * line, 0, 2);
        fetched += T * R1_BLOCK_BYTES;
        r1_quantized_block(codes, R, T, at, stride, scales + block * per_block, groups, x, sums);
        at += R1_BLOCK_BYTES;
        x += (size_t)R * r1_packed_block(codes);
    }
    if (whole * r1_block(codes) < in) { /* fill up the last block with zeros, as in x */
        uint8_t padded[4][R1_BLOCK_BYTES] = {{0}};
        uint16_t last[4][8] = {{0}};
        const size_t bytes = stride - whole * R1_BLOCK_BYTES, count = groups - whole * per_block;
#pragma unroll
        for (int t = 0; t < T; t++) {
            const uint8_t *from = at + (size_t)t * stride;
            if (codes == R1_CODES_INT8) {
                memcpy(padded[t], from, bytes);
            } else {
                memcpy(padded[t], from, 8 * count);
                memcpy(padded[t] + 64, from + 8 * count, 8 * count);
            }
            memcpy(last[t], scales + (size_t)t * groups + whole * per_block, 2 * count);
        }
        r1_quantized_block(codes, R, T, padded[0], R1_BLOCK_BYTES, last[0], 8, x, sums);
    }
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
        for (int t = 0; t < T; t++) y[(size_t)r * out + (size_t)t] = r1_sum_lanes(sums[t][r]);
}

/* Weight rows per tile: as many as leave registers for the sums, the weights and a row of x. */
R1_INLINE size_t r1_quantized_weights(size_t rows_per_tile) {
    if (rows_per_tile == 1) return 1;
#if R1_LANES >= 16
    return rows_per_tile <= 3 ? 3 : 2;
#else
    return 2;
#endif
}

#define R1_QUANTIZED_CASE(R, T)                                           \
    case 8 * R + T: r1_quantized_tile(codes, R, T, in, out, w, scales, x, y); break;
R1_INLINE void r1_quantized_switch(const int codes, size_t R, size_t T, size_t in, size_t out,
                                   const uint8_t *w, const uint16_t *scales, const int8_t *x,
                                   float *y) {
    switch (8 * R + T) {
        R1_QUANTIZED_CASE(1, 1) R1_QUANTIZED_CASE(2, 1) R1_QUANTIZED_CASE(3, 1) R1_QUANTIZED_CASE(4, 1)
        R1_QUANTIZED_CASE(4, 2)
#if R1_LANES >= 16
        R1_QUANTIZED_CASE(5, 1) R1_QUANTIZED_CASE(6, 1) R1_QUANTIZED_CASE(7, 1) R1_QUANTIZED_CASE(8, 1)
        R1_QUANTIZED_CASE(2, 3) R1_QUANTIZED_CASE(3, 3)
        R1_QUANTIZED_CASE(5, 2) R1_QUANTIZED_CASE(6, 2) R1_QUANTIZED_CASE(7, 2) R1_QUANTIZED_CASE(8, 2)
#else
        R1_QUANTIZED_CASE(2, 2) R1_QUANTIZED_CASE(3, 2)
#endif
    }
}

R1_INLINE void r1_quantized_rows(const int codes, size_t rows, size_t in, size_t out, size_t first,
                                 size_t last, const int8_t *packed, const uint8_t *weights,
                                 const uint16_t *scales, float *y) {
    const size_t blocks = r1_blocks(codes, in), tiles = r1_tile_count(rows);
    const size_t step = r1_quantized_weights((rows + tiles - 1) / tiles);
    for (size_t o = first, T; o < last; o += T) {
        T = last - o < step ? 1 : step;
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t row = rows * tile / tiles, R = rows * (tile + 1) / tiles - row;
            r1_quantized_switch(codes, R, T, in, out, weights + o * r1_code_bytes(codes, in),
                                scales + o * r1_groups(codes, in), packed + row * blocks * r1_packed_block(codes),
                                y + row * out + o);
        }
    }
}
static void R1_NAME(quantized_rows)(int codes, size_t rows, size_t in, size_t out, size_t first, size_t last,
                                    const void *packed, const uint8_t *weights, const uint16_t *scales,
                                    float *y) {
    if (codes == R1_CODES_INT8)
        r1_quantized_rows(R1_CODES_INT8, rows, in, out, first, last, packed, weights, scales, y);
    else r1_quantized_rows(R1_CODES_INT4, rows, in, out, first, last, packed, weights, scales, y);
}
