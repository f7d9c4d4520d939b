/* y = x W^T for 1 to 16 rows of x. W is read from memory once; x and the sums stay in caches and registers.
 *
 * A line is 64 bytes of one weight row: 16 float32 or 32 bfloat16 elements. A tile multiplies R rows
 * of x with T weight rows, line by line, with R x T sums in registers. x is packed first so that a tile reads
 * it as one stream: for each tile, [line][vector of the line][row][lanes], zero beyond `in`. The order of a
 * sum depends only on `in` and the level, not on the other rows or the cut over threads. */

#if R1_LANES >= 16
#define R1_TILE_ROWS 8 /* 32 registers */
#else
#define R1_TILE_ROWS 4 /* 16 registers */
#endif

R1_INLINE size_t r1_line_elements(int format) {
    return format == R1_WEIGHTS_FLOAT32 ? 16 : 32;
}

/* Bytes of one packed line of one row of x. */
R1_INLINE size_t r1_packed_line(int format) {
#if R1_BFLOAT16_DOT
    if (format == R1_WEIGHTS_BFLOAT16) return 64;
#endif
    return 4 * r1_line_elements(format);
}

/* Packs a line of one row, of which `count` elements exist; its vectors go `step` bytes apart. */
R1_INLINE void r1_pack_line(const int format, const float *x, size_t count, size_t step, uint8_t *to) {
    float line[32] = {0};
    const size_t elements = r1_line_elements(format);
    memcpy(line, x, 4 * (count < elements ? count : elements));
    if (format != R1_WEIGHTS_BFLOAT16) {
        for (size_t v = 0; v < elements / R1_LANES; v++)
            memcpy(to + v * step, line + v * R1_LANES, 4 * R1_LANES);
        return;
    }
#if R1_BFLOAT16_DOT
    uint16_t narrow[32];
    for (size_t i = 0; i < 32; i++) narrow[i] = r1_narrow(line[i]);
    memcpy(to, narrow, 64);
#else
    /* The even elements of a vector of pairs, then the odd ones. */
    for (size_t v = 0; v < 16 / R1_LANES; v++) {
        float pairs[2 * R1_LANES];
        for (size_t i = 0; i < R1_LANES; i++) {
            pairs[i] = r1_widen(r1_narrow(line[2 * (v * R1_LANES + i)]));
            pairs[R1_LANES + i] = r1_widen(r1_narrow(line[2 * (v * R1_LANES + i) + 1]));
        }
        memcpy(to + v * step, pairs, sizeof pairs);
    }
#endif
}

/* Tiles of rows have nearly equal sizes: tile i of n starts at row rows * i / n. */
R1_INLINE size_t r1_tile_count(size_t rows) { return (rows + R1_TILE_ROWS - 1) / R1_TILE_ROWS; }

R1_INLINE void r1_pack_rows(const int format, size_t rows, size_t in, const float *x, uint8_t *packed) {
    const size_t elements = r1_line_elements(format), bytes = r1_packed_line(format);
    const size_t vectors =
        format != R1_WEIGHTS_BFLOAT16 ? elements / R1_LANES : bytes == 64 ? 1 : 16 / R1_LANES;
    size_t lines = (in + elements - 1) / elements, tiles = r1_tile_count(rows);
    for (size_t tile = 0; tile < tiles; tile++) {
        size_t first = rows * tile / tiles, count = rows * (tile + 1) / tiles - first;
        for (size_t r = 0; r < count; r++)
            for (size_t l = 0; l < lines; l++)
                r1_pack_line(format, x + (first + r) * in + l * elements, in - l * elements,
                             count * bytes / vectors,
                             packed + (first * lines + l * count) * bytes + r * bytes / vectors);
    }
}
static void R1_NAME(pack_few_rows)(int format, size_t rows, size_t in, const float *x, void *packed) {
    if (format == R1_WEIGHTS_FLOAT32) r1_pack_rows(R1_WEIGHTS_FLOAT32, rows, in, x, packed);
    else r1_pack_rows(R1_WEIGHTS_BFLOAT16, rows, in, x, packed);
}

/* Adds one line of T weight rows (`stride` bytes apart) times R rows of x to the sums. */
R1_INLINE void r1_few_rows_line(const int format, const int R, const int T, const uint8_t *w,
                                size_t stride, const uint8_t *x, r1_vector sums[4][8]) {
    R1_FUSED
#if R1_BFLOAT16_DOT
    if (format == R1_WEIGHTS_BFLOAT16) {
        __m512bh weights[4];
#pragma unroll
        for (int t = 0; t < T; t++) weights[t] = (__m512bh)_mm512_loadu_si512(w + t * stride);
#pragma unroll
        for (int r = 0; r < R; r++) {
            __m512bh row = (__m512bh)_mm512_loadu_si512(x + 64 * r);
#pragma unroll
            for (int t = 0; t < T; t++)
                sums[t][r] = (r1_vector)_mm512_dpbf16_ps((__m512)sums[t][r], row, weights[t]);
        }
        return;
    }
#endif
    if (format == R1_WEIGHTS_BFLOAT16) {
#pragma unroll
        for (int v = 0; v < 16 / R1_LANES; v++) {
            r1_vector even[4], odd[4];
#pragma unroll
            for (int t = 0; t < T; t++) {
                r1_words pairs = *(const r1_loose_words *)(w + t * stride + v * 4 * R1_LANES);
                even[t] = (r1_vector)(pairs << 16);
                odd[t] = (r1_vector)(pairs & 0xFFFF0000u);
            }
#pragma unroll
            for (int r = 0; r < R; r++) {
                const uint8_t *at = x + (v * R + r) * 8 * R1_LANES;
                r1_vector first = r1_load(at), second = r1_load(at + 4 * R1_LANES);
#pragma unroll
                for (int t = 0; t < T; t++) {
                    sums[t][r] += even[t] * first;
                    sums[t][r] += odd[t] * second;
                }
            }
        }
        return;
    }
#pragma unroll
    for (int v = 0; v < 16 / R1_LANES; v++) {
        r1_vector weights[4];
#pragma unroll
        for (int t = 0; t < T; t++) weights[t] = r1_load(w + t * stride + v * 4 * R1_LANES);
#pragma unroll
        for (int r = 0; r < R; r++) {
            r1_vector row = r1_load(x + (v * R + r) * 4 * R1_LANES);
#pragma unroll
            for (int t = 0; t < T; t++) sums[t][r] += weights[t] * row;
        }
    }
}

typedef struct {
    size_t in, out;
    size_t stride; /* bytes from one row of W to the next */
    size_t ahead;  /* prefetch distance in bytes */
} r1_few_rows_shape;

/* Lines first ..< last of R rows times the T weight rows from `o`. The sums start at zero if `first` is 0,
 * else at `kept`. They go to y[r][t] after the last line of the rows, else to `kept`. */
R1_INLINE void r1_few_rows_tile(const int format, const int R, const int T, const r1_few_rows_shape *shape,
                                size_t o, size_t first, size_t last, const uint8_t *w, const uint8_t *x,
                                r1_vector *kept, float *y) {
    const size_t elements = r1_line_elements(format), packed = (size_t)R * r1_packed_line(format);
    const size_t stride = shape->stride, whole = shape->in / elements;
    const size_t rest = shape->in % elements;
    r1_vector sums[4][8];
#pragma unroll
    for (int t = 0; t < T; t++)
#pragma unroll
        for (int r = 0; r < R; r++) sums[t][r] = first ? kept[t * R + r] : (r1_vector){0};
    /* The prefetched bytes are one contiguous run, in any order of later use. */
    const uint8_t *fetched = w + shape->ahead + 64 * T * first;
    w += 64 * first;
    x += packed * first;
    for (size_t line = first; line < last; line++) {
        if (line < whole) {
#pragma unroll
            for (int t = 0; t < T; t++)
                if (T > 1) __builtin_prefetch(fetched + 64 * t, 0, 2); /* into L2: L1 holds x */
            fetched += 64 * T;
            r1_few_rows_line(format, R, T, w, stride, x, sums);
            w += 64;
            x += packed;
        } else { /* the last line of a row is partial: pad with zeros, as in x */
            uint8_t padded[4][64] = {{0}};
#pragma unroll
            for (int t = 0; t < T; t++) memcpy(padded[t], w + (size_t)t * stride, rest * 64 / elements);
            r1_few_rows_line(format, R, T, padded[0], 64, x, sums);
        }
    }
    if (last * elements < shape->in) {
#pragma unroll
        for (int t = 0; t < T; t++)
#pragma unroll
            for (int r = 0; r < R; r++) kept[t * R + r] = sums[t][r];
        return;
    }
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
        for (int t = 0; t < T; t++)
            y[(size_t)r * shape->out + o + (size_t)t] = r1_sum_lanes(sums[t][r]);
}

/* Weight rows per tile: the most for which the R x T sums, T weights and a row of x fit in registers. A
 * single row of x with bfloat16 dot products takes one weight row at a time: the weights are then one stream,
 * which the hardware prefetcher handles better than software prefetches. */
R1_INLINE size_t r1_tile_weights(const int format, size_t rows_per_tile) {
#if R1_BFLOAT16_DOT
    if (format == R1_WEIGHTS_BFLOAT16 && rows_per_tile == 1) return 1;
#endif
    (void)format;
#if R1_LANES >= 16
    return rows_per_tile <= 3 ? 4 : 3;
#else
    return rows_per_tile <= 2 ? 4 : 2;
#endif
}

#define R1_CASE(R, T)                                                                                    \
    case 8 * R + T:                                                                                      \
        r1_few_rows_tile(format, R, T, shape, o, first, last, w, x, kept, y);                            \
        break;
R1_INLINE void r1_few_rows_switch(const int format, size_t R, size_t T, const r1_few_rows_shape *shape,
                                  size_t o, size_t first, size_t last, const uint8_t *w, const uint8_t *x,
                                  r1_vector *kept, float *y) {
    switch (8 * R + T) {
        R1_CASE(1, 1) R1_CASE(2, 1) R1_CASE(3, 1) R1_CASE(4, 1)
        R1_CASE(1, 4) R1_CASE(2, 4)
#if R1_LANES >= 16
        R1_CASE(5, 1) R1_CASE(6, 1) R1_CASE(7, 1) R1_CASE(8, 1)
        R1_CASE(3, 4) R1_CASE(4, 3) R1_CASE(5, 3) R1_CASE(6, 3) R1_CASE(7, 3) R1_CASE(8, 3)
#else
        R1_CASE(2, 2) R1_CASE(3, 2) R1_CASE(4, 2)
#endif
    }
}

/* x is processed in chunks that stay in L1 while a group of weight rows streams past. `kept` stores the sums
 * of the group between chunks. A small x is one chunk, and then a group is one tile. */
#define R1_CHUNK_BYTES 16384
#define R1_GROUP_TILES 16
#define R1_GROUP_BYTES 262144
/* Weights are prefetched into L2 at least this far ahead. */
#define R1_AHEAD_BYTES 131072

R1_INLINE void r1_few_rows(const int format, r1_few_rows_shape *shape, size_t rows, size_t first,
                           size_t last, const uint8_t *packed, const uint8_t *weights, float *y) {
    const size_t elements = r1_line_elements(format), stride = shape->stride;
    const size_t line_bytes = r1_packed_line(format), lines = (shape->in + elements - 1) / elements;
    size_t tiles = r1_tile_count(rows), step = r1_tile_weights(format, (rows + tiles - 1) / tiles);
    size_t chunks = (lines * rows * line_bytes + R1_CHUNK_BYTES - 1) / R1_CHUNK_BYTES;
    if (chunks > lines) chunks = lines;
    size_t fitting = chunks > 1 ? R1_GROUP_BYTES / (step * stride) : 1;
    size_t group = step * (fitting < 1 ? 1 : fitting > R1_GROUP_TILES ? R1_GROUP_TILES : fitting);
    /* A group has at most R1_GROUP_TILES whole tiles of 16 x 3 sums, or fewer and up to 3 single rows. */
    r1_vector kept[(R1_GROUP_TILES + 3) * 16 * 3];
    shape->ahead = group * stride * (R1_AHEAD_BYTES / (group * stride) + 1);
    for (size_t o = first; o < last; o += group) {
        size_t end = last - o < group ? last : o + group;
        for (size_t chunk = 0; chunk < chunks; chunk++) {
            size_t from = lines * chunk / chunks, to = lines * (chunk + 1) / chunks, T;
            r1_vector *keep = kept;
            for (size_t at = o; at < end; at += T) {
                T = end - at < step ? 1 : step;
                for (size_t tile = 0; tile < tiles; tile++) {
                    size_t row = rows * tile / tiles, R = rows * (tile + 1) / tiles - row;
                    r1_few_rows_switch(format, R, T, shape, at, from, to, weights + at * stride,
                                       packed + row * lines * line_bytes, keep, y + row * shape->out);
                    keep += R * T;
                }
            }
        }
    }
}
static void R1_NAME(few_rows)(int format, size_t rows, size_t in, size_t stride, size_t out, size_t first,
                              size_t last, const void *packed, const void *weights, float *y) {
    r1_few_rows_shape shape = {.in = in, .out = out, .stride = stride * 64 / r1_line_elements(format)};
    if (in == 0)
        for (size_t r = 0; r < rows; r++) memset(y + r * out + first, 0, 4 * (last - first));
    else if (format == R1_WEIGHTS_FLOAT32)
        r1_few_rows(R1_WEIGHTS_FLOAT32, &shape, rows, first, last, packed, weights, y);
    else r1_few_rows(R1_WEIGHTS_BFLOAT16, &shape, rows, first, last, packed, weights, y);
}
