/* Softmax over tiles of scores, and single queries against rows of keys. */
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
static void R1_NAME(dot_rows)(size_t count, size_t stride, size_t d, const float *restrict q,
                              const float *restrict rows, float *restrict scores) {
    for (size_t j = 0; j < count; j++) scores[j] = R1_NAME(dot)(d, q, rows + j * stride);
}
static void R1_NAME(mix_rows)(size_t count, size_t stride, size_t d, const float *restrict p,
                              const float *restrict rows, float *restrict out) {
    R1_FUSED
    for (size_t j = 0; j < count; j++)
        for (size_t i = 0; i < d; i++) out[i] += p[j] * rows[j * stride + i];
}

/* out = softmax(x) for each row */
/* Powers of a row stay in a buffer while results are streamed. */
#define R1_KEPT 8192
static void R1_NAME(softmax)(size_t rows, size_t columns, const float *restrict x, float *restrict out) {
    float kept[R1_KEPT];
    int streams = columns <= R1_KEPT && r1_streams(out, columns, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = x + r * columns;
        float *to = out + r * columns;
        float *restrict powers = streams ? kept : to;
        float top = r1_max(columns, row), sum = 0;
        for (size_t start = 0; start < columns; start += R1_STRIP) {
            size_t end = columns - start < R1_STRIP ? columns : start + R1_STRIP;
            r1_fetch(row + columns + start, end - start);
            for (size_t c = start; c < end; c++) {
                float e = r1_exp_negative(row[c] - top);
                powers[c] = e;
                sum += e;
            }
        }
        float inverse = 1.0f / sum;
        if (streams)
            for (size_t c = 0; c < columns; c += R1_LANES)
                __builtin_nontemporal_store(r1_load(kept + c) * inverse, (r1_vector *)(to + c));
        else
            for (size_t c = 0; c < columns; c++) to[c] *= inverse;
    }
    r1_finish(streams);
}
/* d_x = p (d - sum(d p)) for each row */
static void R1_NAME(softmax_back)(size_t rows, size_t columns, const float *restrict p,
                                  const float *restrict d, float *restrict d_x) {
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = p + r * columns, *d_row = d + r * columns;
        float *to = d_x + r * columns, sum = 0;
        for (size_t c = 0; c < columns; c++) sum += row[c] * d_row[c];
        for (size_t c = 0; c < columns; c++) to[c] = row[c] * (d_row[c] - sum);
    }
}
