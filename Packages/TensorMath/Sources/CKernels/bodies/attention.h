/* Softmax over tiles of scores, and products of single queries with rows of keys. */
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
/* The same with rows of bfloat16, widened exactly. */
static void R1_NAME(dot_rows_bfloat16)(size_t count, size_t stride, size_t d, const float *restrict q,
                                       const uint16_t *restrict rows, float *restrict scores) {
    for (size_t j = 0; j < count; j++) {
        R1_SUMS
        const uint16_t *row = rows + j * stride;
        float sum = 0;
        for (size_t i = 0; i < d; i++) sum += q[i] * r1_from_bfloat16(row[i]);
        scores[j] = sum;
    }
}
static void R1_NAME(mix_rows_bfloat16)(size_t count, size_t stride, size_t d, const float *restrict p,
                                       const uint16_t *restrict rows, float *restrict out) {
    R1_FUSED
    for (size_t j = 0; j < count; j++)
        for (size_t i = 0; i < d; i++) out[i] += p[j] * r1_from_bfloat16(rows[j * stride + i]);
}
