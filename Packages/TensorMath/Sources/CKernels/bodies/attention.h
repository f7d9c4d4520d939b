/* Softmax over tiles of scores, and sums of rows of values in a fixed order. */
static void R1_NAME(exponential_tile)(size_t rows, size_t columns, size_t ld,
                                      const int32_t *restrict valid, float scale,
                                      const float *restrict log_sum, float *restrict scores) {
    R1_FUSED
    for (size_t r = 0; r < rows; r++) {
        float *row = scores + r * ld, shift = log_sum[r];
        size_t n = (size_t)valid[r];
        for (size_t c = 0; c < n; c++) row[c] = r1_exp(scale * row[c] - shift);
        for (size_t c = n; c < columns; c++) row[c] = 0;
    }
}
static void R1_NAME(softmax_tile)(size_t rows, size_t columns, size_t ld, const int32_t *restrict valid,
                                  float scale, float *restrict scores, float *restrict log_sum) {
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        float *row = scores + r * ld;
        size_t n = (size_t)valid[r];
        float top = r1_max(n, row);
        float shift = scale * top, sum = 0;
        for (size_t c = 0; c < n; c++) {
            float e = r1_exp_negative(scale * row[c] - shift);
            row[c] = e;
            sum += e;
        }
        float inverse = 1.0f / sum;
        for (size_t c = 0; c < n; c++) row[c] *= inverse;
        for (size_t c = n; c < columns; c++) row[c] = 0;
        log_sum[r] = shift + logf(sum);
    }
}
static void R1_NAME(softmax_back_tile)(size_t rows, size_t columns, size_t ld, float scale,
                                       const float *restrict p, const float *restrict delta,
                                       float *restrict d_p) {
    for (size_t r = 0; r < rows; r++) {
        float minus = delta[r];
        for (size_t c = 0; c < columns; c++)
            d_p[r * ld + c] = scale * p[r * ld + c] * (d_p[r * ld + c] - minus);
    }
}
static float R1_NAME(dot)(size_t n, const float *restrict a, const float *restrict b) {
    R1_SUMS
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* R1_LANES elements of a row, widened exactly. */
R1_INLINE r1_vector r1_load_as(const int format, const uint8_t *p) {
    typedef uint16_t halves __attribute__((vector_size(2 * R1_LANES)));
    typedef halves loose_halves __attribute__((aligned(1), may_alias));
    if (format == R1_WEIGHTS_FLOAT32) return r1_load(p);
    return (r1_vector)(__builtin_convertvector(*(const loose_halves *)p, r1_words) << 16);
}

/* R rows of p times V vectors of each row of v, with R x V sums in registers. */
R1_INLINE void r1_mix_tile(const int format, const int R, const int V, size_t count, size_t ld, size_t d,
                           size_t stride, const float *p, const uint8_t *v, float *out) {
    R1_FUSED
    const size_t bytes = R1_LANES * (format == R1_WEIGHTS_FLOAT32 ? 4 : 2);
    r1_vector sums[8][2];
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
        for (int i = 0; i < V; i++) sums[r][i] = r1_load(out + r * d + i * R1_LANES);
    for (size_t j = 0; j < count; j++, v += stride) {
        r1_vector row[2];
#pragma unroll
        for (int i = 0; i < V; i++) row[i] = r1_load_as(format, v + i * bytes);
#pragma unroll
        for (int r = 0; r < R; r++) {
            r1_vector weight = (r1_vector){0} + p[r * ld + j];
#pragma unroll
            for (int i = 0; i < V; i++) sums[r][i] += weight * row[i];
        }
    }
#pragma unroll
    for (int r = 0; r < R; r++)
#pragma unroll
        for (int i = 0; i < V; i++) *(r1_loose_vector *)(out + r * d + i * R1_LANES) = sums[r][i];
}

/* The same for any number of rows. */
R1_INLINE void r1_mix_columns(const int format, const int V, size_t rows, size_t count, size_t ld, size_t d,
                              size_t stride, const float *p, const uint8_t *v, float *out) {
    size_t r = 0;
#if R1_LANES >= 16
    for (; r + 8 <= rows; r += 8) r1_mix_tile(format, 8, V, count, ld, d, stride, p + r * ld, v, out + r * d);
#endif
    for (; r + 4 <= rows; r += 4) r1_mix_tile(format, 4, V, count, ld, d, stride, p + r * ld, v, out + r * d);
    if (r + 2 <= rows) {
        r1_mix_tile(format, 2, V, count, ld, d, stride, p + r * ld, v, out + r * d);
        r += 2;
    }
    if (r < rows) r1_mix_tile(format, 1, V, count, ld, d, stride, p + r * ld, v, out + r * d);
}

R1_INLINE void r1_mix(const int format, size_t rows, size_t count, size_t ld, size_t d, size_t stride,
                      const float *p, const uint8_t *v, float *out) {
    R1_FUSED
    const size_t element = format == R1_WEIGHTS_FLOAT32 ? 4 : 2;
    size_t i = 0;
    for (; i + 2 * R1_LANES <= d; i += 2 * R1_LANES)
        r1_mix_columns(format, 2, rows, count, ld, d, stride * element, p, v + i * element, out + i);
    for (; i + R1_LANES <= d; i += R1_LANES)
        r1_mix_columns(format, 1, rows, count, ld, d, stride * element, p, v + i * element, out + i);
    for (; i < d; i++)
        for (size_t r = 0; r < rows; r++) {
            float sum = out[r * d + i];
            for (size_t j = 0; j < count; j++) {
                const uint8_t *at = v + (j * stride + i) * element;
                uint16_t half = 0;
                float value;
                if (format == R1_WEIGHTS_FLOAT32) memcpy(&value, at, 4);
                else memcpy(&half, at, 2), value = r1_from_bfloat16(half);
                sum += p[r * ld + j] * value;
            }
            out[r * d + i] = sum;
        }
}

/* Rows of v that stay in L1 while all rows of p multiply them. */
#define R1_MIX_ROWS 64
static void R1_NAME(mix_rows)(int format, size_t rows, size_t count, size_t ld, size_t d, size_t stride,
                              const float *p, const void *v, float *out) {
    for (size_t j = 0; j < count; j += R1_MIX_ROWS) {
        const size_t some = count - j < R1_MIX_ROWS ? count - j : R1_MIX_ROWS;
        if (format == R1_WEIGHTS_FLOAT32)
            r1_mix(R1_WEIGHTS_FLOAT32, rows, some, ld, d, stride, p + j, (const uint8_t *)v + j * stride * 4, out);
        else
            r1_mix(R1_WEIGHTS_BFLOAT16, rows, some, ld, d, stride, p + j, (const uint8_t *)v + j * stride * 2, out);
    }
}
