/* Sums of squares and AdamW. */
static double R1_NAME(sum_of_squares)(size_t n, const float *restrict x) {
    R1_SUMS
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

/* One pass over memory: clipping factor, moments, decay, value, and the bfloat16 copy of the value if any. */
R1_INLINE void r1_adamw(const int isCopied, size_t n, float gradient_scale, float rate, float decay,
                        float beta1, float beta2, float epsilon, float correction1, float correction2_root,
                        const float *restrict gradient, float *restrict value, float *restrict first,
                        float *restrict second, uint16_t *restrict copy) {
    R1_FUSED
    float keep = 1.0f - rate * decay, step = rate / correction1, inverse = 1.0f / correction2_root;
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] * gradient_scale;
        float m = beta1 * first[i] + (1.0f - beta1) * g;
        float v = beta2 * second[i] + (1.0f - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        float w = value[i] * keep - step * m / (sqrtf(v) * inverse + epsilon);
        value[i] = w;
        if (isCopied) copy[i] = r1_narrow(w);
    }
}
static void R1_NAME(adamw)(size_t n, float gradient_scale, float rate, float decay, float beta1, float beta2,
                           float epsilon, float correction1, float correction2_root, const float *gradient,
                           float *value, float *first, float *second, uint16_t *copy) {
    if (copy)
        r1_adamw(1, n, gradient_scale, rate, decay, beta1, beta2, epsilon, correction1, correction2_root,
                 gradient, value, first, second, copy);
    else
        r1_adamw(0, n, gradient_scale, rate, decay, beta1, beta2, epsilon, correction1, correction2_root,
                 gradient, value, first, second, 0);
}
