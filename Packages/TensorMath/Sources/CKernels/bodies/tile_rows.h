/* y = x W^T for 1 to 64 rows of x and weights of bfloat16, with products of tiles.
 *
 * A tile holds 16 rows of 64 bytes. One instruction adds the products of a tile of W, 16 rows x 32 columns as
 * stored, and a tile of x, 16 pairs of columns x 16 rows of x, to a tile of 16 x 16 float32 sums. A pass
 * multiplies the rows of x in one or two tiles with 32 rows of W. W comes from memory in the first pass and from
 * the L2 cache in the second. x is packed first, so that a pass reads it as one stream:
 * [pass][step of 32 columns][tile of x][pair][row][2], zero beyond the rows and `in`. The order of a sum depends
 * only on `in`, not on the other rows or the cut over threads. */

#define R1_TILE 16
#define R1_PASS_ROWS 32 /* of x, and of W */

R1_INLINE size_t r1_tile_steps(size_t in) { return (in + 31) / 32; }

static void R1_NAME(pack_tile_rows)(size_t rows, size_t in, const float *x, void *packed) {
    const size_t steps = r1_tile_steps(in), tiles = (rows + R1_TILE - 1) / R1_TILE;
    memset(packed, 0, tiles * steps * 1024);
    for (size_t row = 0; row < rows; row++) {
        const size_t tile = row / R1_TILE, pass = tile / 2, in_pass = tiles - 2 * pass < 2 ? 1 : 2;
        uint32_t *to = (uint32_t *)packed + (2 * pass * steps + tile % 2) * 256 + row % R1_TILE;
        for (size_t first = 0; first < in; first += 32, to += in_pass * 256) {
            const size_t count = in - first < 32 ? in - first : 32;
            uint16_t line[32] = {0};
            for (size_t i = 0; i < count; i++) line[i] = r1_narrow(x[row * in + first + i]);
            for (size_t pair = 0; pair < 16; pair++)
                to[16 * pair] = (uint32_t)line[2 * pair] | (uint32_t)line[2 * pair + 1] << 16;
        }
    }
}

/* Adds the products of 32 rows of W, `stride` bytes apart, and X tiles of x to the sums in tiles 0 to 3. */
R1_INLINE void r1_tile_step(const int X, const uint8_t *w, size_t stride, const uint8_t *x) {
    _tile_loadd(4, w, stride);
    _tile_loadd(6, x, 64);
    _tile_dpbf16ps(0, 4, 6);
    if (X > 1) {
        _tile_loadd(7, x + 1024, 64);
        _tile_dpbf16ps(2, 4, 7);
    }
    _tile_loadd(5, w + R1_TILE * stride, stride);
    _tile_dpbf16ps(1, 5, 6);
    if (X > 1) _tile_dpbf16ps(3, 5, 7);
}

/* Writes the sums of rows 16 half ... of W and 16 `tile` ... of x. */
R1_INLINE void r1_tile_store(const float sums[R1_TILE][R1_TILE], size_t half, size_t tile, size_t rows,
                             size_t count, size_t out, float *y) {
    for (size_t r = R1_TILE * tile; r < rows && r < R1_TILE * (tile + 1); r++)
        for (size_t o = R1_TILE * half; o < count && o < R1_TILE * (half + 1); o++)
            y[r * out + o] = sums[o % R1_TILE][r % R1_TILE];
}

/* `count` rows of W, at most 32, times `rows` rows of x in X tiles; y points at the first result. */
R1_INLINE void r1_tile_pass(const int X, size_t rows, size_t in, size_t out, size_t count, const uint8_t *w,
                            const uint8_t *x, size_t ahead, float *y) {
    const size_t stride = 2 * in, whole = count == R1_PASS_ROWS ? in / 32 : 0;
    const uint8_t *fetched = w + ahead;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t step = 0; step < whole; step++, x += 1024 * X) {
        if (ahead) /* into L2, one contiguous run, in any order of later use */
            for (size_t line = 0; line < R1_PASS_ROWS; line++) __builtin_prefetch(fetched + 64 * line, 0, 2);
        fetched += 64 * R1_PASS_ROWS;
        r1_tile_step(X, w + 64 * step, stride, x);
    }
    for (size_t step = whole; step < r1_tile_steps(in); step++, x += 1024 * X) { /* fill up with zeros, as in x */
        uint8_t padded[R1_PASS_ROWS][64] = {{0}};
        const size_t bytes = stride - 64 * step < 64 ? stride - 64 * step : 64;
        for (size_t o = 0; o < count; o++) memcpy(padded[o], w + o * stride + 64 * step, bytes);
        r1_tile_step(X, padded[0], 64, x);
    }
    float sums[4][R1_TILE][R1_TILE];
    _tile_stored(0, sums[0], 64);
    _tile_stored(1, sums[1], 64);
    _tile_stored(2, sums[2], 64);
    _tile_stored(3, sums[3], 64);
    for (size_t tile = 0; tile < (size_t)X; tile++)
        for (size_t half = 0; half < 2; half++)
            r1_tile_store(sums[2 * tile + half], half, tile, rows, count, out, y);
}

static void R1_NAME(tile_rows)(size_t rows, size_t in, size_t out, size_t first, size_t last, const void *packed,
                               const void *weights, float *y) {
    /* palette 1; 16 rows of 64 bytes in each of the 8 tiles */
    const struct { uint8_t palette, start, zero[14]; uint16_t bytes[16]; uint8_t rows[16]; } tiles = {
        1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};
    const size_t block = R1_PASS_ROWS * 2 * in, steps = r1_tile_steps(in);
    _tile_loadconfig(&tiles);
    for (size_t o = first; o < last; o += R1_PASS_ROWS) {
        const size_t count = last - o < R1_PASS_ROWS ? last - o : R1_PASS_ROWS;
        const uint8_t *w = (const uint8_t *)weights + o * 2 * in, *x = packed;
        for (size_t row = 0; row < rows; row += R1_PASS_ROWS, x += 2048 * steps) {
            const size_t ahead = row ? 0 : block > R1_AHEAD_BYTES ? block : R1_AHEAD_BYTES;
            const size_t some = rows - row < R1_PASS_ROWS ? rows - row : R1_PASS_ROWS;
            float *to = y + row * out + o;
            if (some > R1_TILE) r1_tile_pass(2, some, in, out, count, w, x, ahead, to);
            else r1_tile_pass(1, some, in, out, count, w, x, ahead, to);
        }
    }
    _tile_release();
}
