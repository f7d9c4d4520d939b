/* Statistics and gradients of one row of logits. */
static void R1_NAME(vocabulary_statistics)(size_t n, float a, const float *restrict x,
                                           float *restrict stats) {
    R1_SUMS
    float top = a * r1_max(n, x);
    if (top == -INFINITY) { /* no finite value: nothing, or NaN, which propagates */
        float rest = 0;
        for (size_t i = 0; i < n; i++) rest += x[i] == top ? 0 : x[i];
        stats[0] = top;
        stats[1] = top + rest;
        stats[2] = rest;
        return;
    }
    float sum = 0, weighted = 0;
    for (size_t i = 0; i < n; i++) {
        float v = a * x[i] - top, e = r1_exp_negative(v);
        sum += e;
        weighted += e > 0 ? e * v : 0;
    }
    stats[0] = top;
    stats[1] = top + logf(sum);
    stats[2] = logf(sum) - weighted / sum;
}
static void R1_NAME(vocabulary_back)(size_t n, float a, float log_sum, float d, float d_entropy,
                                     float entropy, int64_t target, float *restrict x) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) {
        float log_p = a * x[i] - log_sum, p = r1_exp(log_p);
        x[i] = p > 0 ? -p * (d + d_entropy * (log_p + entropy)) : 0;
    }
    if (target >= 0 && (size_t)target < n) x[target] += d;
}
