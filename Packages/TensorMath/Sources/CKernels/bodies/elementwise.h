/* Elementwise sums, products and activations, and sums over rows. */
static void R1_NAME(add)(size_t n, const float *a, const float *b, float *out) {
    R1_IN_STRIPS(n, out, for (size_t i = 0; i < count; i++) strip[i] = a[start + i] + b[start + i]);
}
static void R1_NAME(multiply)(size_t n, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}
static void R1_NAME(accumulate)(size_t n, const float *restrict x, float *restrict sum) {
    for (size_t i = 0; i < n; i++) sum[i] += x[i];
}
static void R1_NAME(scale)(size_t n, float a, const float *x, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = a * x[i];
}

/* out = silu(gate) up, silu(x) = x sigmoid(x) */
static void R1_NAME(swiglu)(size_t n, const float *restrict gate, const float *restrict up,
                            float *restrict out) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) out[i] = gate[i] * r1_sigmoid(gate[i]) * up[i];
}
/* silu'(x) = s (1 + x (1 - s)) */
static void R1_NAME(swiglu_back)(size_t n, const float *restrict gate, const float *restrict up,
                                 const float *restrict d, float *restrict d_gate, float *restrict d_up) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) {
        float s = r1_sigmoid(gate[i]);
        d_up[i] = d[i] * gate[i] * s;
        d_gate[i] = d[i] * up[i] * s * (1.0f + gate[i] * (1.0f - s));
    }
}
/* gelu(x) = x Phi(x), the exact erf form */
static void R1_NAME(gelu)(size_t n, const float *restrict x, float *restrict out) {
    R1_IN_STRIPS(n, out, for (size_t i = 0; i < count; i++) strip[i] = r1_gelu(x[start + i]));
}
/* gelu'(x) = Phi(x) + x phi(x) */
static void R1_NAME(gelu_back)(size_t n, const float *restrict x, const float *restrict d,
                               float *restrict d_x) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) {
        float cumulative = r1_cumulative(x[i]);
        float density = 0.39894228040143268f * r1_exp_negative(-0.5f * x[i] * x[i]);
        d_x[i] = d[i] * (cumulative + x[i] * density);
    }
}
static void R1_NAME(add_bias)(size_t rows, size_t columns, const float *restrict bias, float *restrict x) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) x[r * columns + c] += bias[c];
}
/* sum[c] += x[r][c], four rows at a time. */
static void R1_NAME(sum_rows)(size_t rows, size_t columns, const float *restrict x, float *restrict sum) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *a = x + r * columns, *b = a + columns, *c = b + columns, *d = c + columns;
        for (size_t i = 0; i < columns; i++) sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
    }
    for (; r < rows; r++)
        for (size_t i = 0; i < columns; i++) sum[i] += x[r * columns + i];
}
