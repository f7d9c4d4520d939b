/* One row of logits as a distribution. */
static void R1_NAME(vocabulary_statistics)(size_t n, float a, const float *restrict x,
                                           float *restrict stats) {
    R1_SUMS
    float top = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        float v = a * x[i];
        top = v > top ? v : top;
    }
    float sum = 0, weighted = 0;
    for (size_t i = 0; i < n; i++) {
        float v = a * x[i] - top, e = r1_exp(v);
        sum += e;
        weighted += e > 0 ? e * v : 0;
    }
    stats[0] = top;
    stats[1] = top + logf(sum);
    stats[2] = logf(sum) - weighted / sum;
}
static void R1_NAME(vocabulary_back)(size_t n, float a, float log_sum, float d, int64_t target,
                                     float *restrict x) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) x[i] = -d * r1_exp(a * x[i] - log_sum);
    if (target >= 0 && (size_t)target < n) x[target] += d;
}
