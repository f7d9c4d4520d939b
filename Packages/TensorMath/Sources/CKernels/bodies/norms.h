/* RMSNorm and LayerNorm with an optional residual: sum = x + residual is stored, and normalized while it is
 * in cache. Without a residual `sum` is not written. Results are written in strips (vectors.h). */

/* Returns the row to normalize: the sum x + residual, or x. */
R1_INLINE const float *r1_with_residual(size_t columns, const float *restrict x,
                                        const float *restrict residual, float *restrict sum) {
    if (!residual) return x;
    for (size_t c = 0; c < columns; c++) sum[c] = x[c] + residual[c];
    return sum;
}

/* y = x rsqrt(mean(x^2) + epsilon) weight */
static void R1_NAME(rms_norm)(size_t rows, size_t columns, float epsilon, const float *x,
                              const float *residual, const float *weight, float *sum, float *out,
                              float *inverse_rms) {
    float strip[R1_STRIP];
    int streams = r1_streams(out, columns, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        size_t at = r * columns;
        const float *restrict row =
            r1_with_residual(columns, x + at, residual ? residual + at : 0, residual ? sum + at : 0);
        const float *restrict w = weight;
        float *restrict to = out + at;
        float squares = 0;
        for (size_t c = 0; c < columns; c++) squares += row[c] * row[c];
        float inverse = 1.0f / sqrtf(squares / (float)columns + epsilon);
        inverse_rms[r] = inverse;
        for (size_t start = 0; start < columns; start += R1_STRIP) {
            size_t end = columns - start < R1_STRIP ? columns : start + R1_STRIP;
            r1_fetch(x + at + columns + start, end - start);
            for (size_t c = start; c < end; c++) strip[c - start] = row[c] * inverse * w[c];
            r1_put(to + start, strip, end - start, streams);
        }
    }
    r1_finish(streams);
}
/* With n = x inverse: d_x = inverse (d w - n mean(d w n)), d_w = sum_rows(d n) */
static void R1_NAME(rms_norm_back)(size_t rows, size_t columns, const float *restrict x,
                                   const float *restrict weight, const float *restrict inverse_rms,
                                   const float *restrict d, float *restrict d_x, float *restrict d_weight) {
    float strip[R1_STRIP];
    int streams = r1_streams(d_x, columns, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = x + r * columns, *d_row = d + r * columns;
        float *to = d_x + r * columns;
        float inverse = inverse_rms[r], projection = 0;
        for (size_t c = 0; c < columns; c++) projection += d_row[c] * weight[c] * row[c];
        float pull = projection * inverse * inverse * inverse / (float)columns;
        for (size_t start = 0; start < columns; start += R1_STRIP) {
            size_t end = columns - start < R1_STRIP ? columns : start + R1_STRIP;
            r1_fetch(row + columns + start, end - start);
            r1_fetch(d_row + columns + start, end - start);
            for (size_t c = start; c < end; c++)
                strip[c - start] = inverse * d_row[c] * weight[c] - pull * row[c];
            r1_put(to + start, strip, end - start, streams);
        }
        if (d_weight)
            for (size_t c = 0; c < columns; c++) d_weight[c] += d_row[c] * row[c] * inverse;
    }
    r1_finish(streams);
}

/* y = (x - mean) rsqrt(variance + epsilon) weight + bias; the variance of the centerd values, divided by
 * columns. */
static void R1_NAME(layer_norm)(size_t rows, size_t columns, float epsilon, const float *x,
                                const float *residual, const float *weight, const float *bias, float *sum,
                                float *out, float *mean, float *inverse_deviation) {
    float strip[R1_STRIP];
    int streams = r1_streams(out, columns, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        size_t at = r * columns;
        const float *restrict row =
            r1_with_residual(columns, x + at, residual ? residual + at : 0, residual ? sum + at : 0);
        const float *restrict w = weight, *restrict b = bias;
        float *restrict to = out + at;
        float total = 0, squares = 0;
        for (size_t c = 0; c < columns; c++) total += row[c];
        float center = total / (float)columns;
        for (size_t c = 0; c < columns; c++) squares += (row[c] - center) * (row[c] - center);
        float inverse = 1.0f / sqrtf(squares / (float)columns + epsilon);
        mean[r] = center;
        inverse_deviation[r] = inverse;
        for (size_t start = 0; start < columns; start += R1_STRIP) {
            size_t end = columns - start < R1_STRIP ? columns : start + R1_STRIP;
            r1_fetch(x + at + columns + start, end - start);
            for (size_t c = start; c < end; c++) strip[c - start] = (row[c] - center) * inverse * w[c] + b[c];
            r1_put(to + start, strip, end - start, streams);
        }
    }
    r1_finish(streams);
}
/* With n = (x - mean) inverse: d_x = inverse (d w - mean(d w) - n mean(d w n)), d_w = sum_rows(d n),
 * d_b = sum_rows(d) */
static void R1_NAME(layer_norm_back)(size_t rows, size_t columns, const float *restrict x,
                                     const float *restrict weight, const float *restrict mean,
                                     const float *restrict inverse_deviation, const float *restrict d,
                                     float *restrict d_x, float *restrict d_weight, float *restrict d_bias) {
    float strip[R1_STRIP];
    int streams = r1_streams(d_x, columns, rows * columns);
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = x + r * columns, *d_row = d + r * columns;
        float *to = d_x + r * columns;
        float inverse = inverse_deviation[r], center = mean[r], projection = 0, total = 0;
        for (size_t c = 0; c < columns; c++) {
            float pulled = d_row[c] * weight[c];
            total += pulled;
            projection += pulled * (row[c] - center);
        }
        float level = total / (float)columns, pull = projection * inverse * inverse / (float)columns;
        for (size_t start = 0; start < columns; start += R1_STRIP) {
            size_t end = columns - start < R1_STRIP ? columns : start + R1_STRIP;
            r1_fetch(row + columns + start, end - start);
            r1_fetch(d_row + columns + start, end - start);
            for (size_t c = start; c < end; c++)
                strip[c - start] = inverse * (d_row[c] * weight[c] - level - (row[c] - center) * pull);
            r1_put(to + start, strip, end - start, streams);
        }
        if (d_weight)
            for (size_t c = 0; c < columns; c++) {
                d_weight[c] += d_row[c] * (row[c] - center) * inverse;
                d_bias[c] += d_row[c];
            }
    }
    r1_finish(streams);
}
