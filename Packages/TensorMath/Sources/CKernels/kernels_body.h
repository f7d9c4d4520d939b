/* The bodies of all kernels, included once per level with R1_NAME and the target attribute set.
 * Plain loops that the compiler vectorises; `reassociate` lets it split the sums over lanes. */
#include <math.h>
#include <string.h>

#include "r1_kernels.h"

#define R1_SUMS _Pragma("clang fp reassociate(on) contract(fast)")
#define R1_FUSED _Pragma("clang fp contract(fast)")

/* e^x to about 1 ulp: 2^k e^r with |r| <= ln2/2 and a degree-6 polynomial (Cephes expf coefficients).
 * Values below -87.33 give 0, above 88.72 infinity; NaN stays NaN. */
static inline float r1_exp(float x) {
    R1_FUSED
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    float clamped = x > 88.72f ? 88.72f : x;
    clamped = clamped < -87.33f ? -87.33f : clamped;
    float shifted = clamped * 1.44269504088896341f + magic;
    float k = shifted - magic;
    int32_t bits;
    memcpy(&bits, &shifted, 4);
    int32_t exponent = bits - 0x4B400000;
    float r = clamped - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    /* 2^exponent in two halves, so that exponent 128 does not overflow the bit pattern. */
    int32_t half = exponent >> 1;
    int32_t low_bits = (half + 127) << 23, high_bits = (exponent - half + 127) << 23;
    float low, high;
    memcpy(&low, &low_bits, 4);
    memcpy(&high, &high_bits, 4);
    float y = p * low * high;
    y = x > 88.72f ? INFINITY : y;
    return x < -87.33f ? 0.0f : y;
}

static inline float r1_sigmoid(float x) { return 1.0f / (1.0f + r1_exp(-x)); }

static void R1_NAME(add)(size_t n, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}
static void R1_NAME(multiply)(size_t n, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}
static void R1_NAME(accumulate)(size_t n, const float *restrict x, float *restrict sum) {
    for (size_t i = 0; i < n; i++) sum[i] += x[i];
}
static void R1_NAME(accumulate_scaled)(size_t n, float a, const float *restrict x, float *restrict sum) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) sum[i] += a * x[i];
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
    for (size_t i = 0; i < n; i++) out[i] = 0.5f * x[i] * (1.0f + erff(x[i] * 0.70710678118654752f));
}
/* gelu'(x) = Phi(x) + x phi(x) */
static void R1_NAME(gelu_back)(size_t n, const float *restrict x, const float *restrict d,
                               float *restrict d_x) {
    R1_FUSED
    for (size_t i = 0; i < n; i++) {
        float cumulative = 0.5f * (1.0f + erff(x[i] * 0.70710678118654752f));
        float density = 0.39894228040143268f * r1_exp(-0.5f * x[i] * x[i]);
        d_x[i] = d[i] * (cumulative + x[i] * density);
    }
}

static void R1_NAME(add_bias)(size_t rows, size_t columns, const float *restrict bias, float *restrict x) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) x[r * columns + c] += bias[c];
}
static void R1_NAME(sum_rows)(size_t rows, size_t columns, const float *restrict x, float *restrict sum) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) sum[c] += x[r * columns + c];
}

/* y = x rsqrt(mean(x^2) + epsilon) weight */
static void R1_NAME(rms_norm)(size_t rows, size_t columns, float epsilon, const float *restrict x,
                              const float *restrict weight, float *restrict out,
                              float *restrict inverse_rms) {
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = x + r * columns;
        float squares = 0;
        for (size_t c = 0; c < columns; c++) squares += row[c] * row[c];
        float inverse = 1.0f / sqrtf(squares / (float)columns + epsilon);
        inverse_rms[r] = inverse;
        for (size_t c = 0; c < columns; c++) out[r * columns + c] = row[c] * inverse * weight[c];
    }
}
/* With n = x inverse: d_x = inverse (d w - n mean(d w n)), d_w = sum_rows(d n) */
static void R1_NAME(rms_norm_back)(size_t rows, size_t columns, const float *restrict x,
                                   const float *restrict weight, const float *restrict inverse_rms,
                                   const float *restrict d, float *restrict d_x, float *restrict d_weight) {
    for (size_t r = 0; r < rows; r++) {
        R1_SUMS
        const float *row = x + r * columns, *d_row = d + r * columns;
        float inverse = inverse_rms[r], projection = 0;
        for (size_t c = 0; c < columns; c++) projection += d_row[c] * weight[c] * row[c];
        float pull = projection * inverse * inverse * inverse / (float)columns;
        for (size_t c = 0; c < columns; c++)
            d_x[r * columns + c] = inverse * d_row[c] * weight[c] - pull * row[c];
        if (d_weight)
            for (size_t c = 0; c < columns; c++) d_weight[c] += d_row[c] * row[c] * inverse;
    }
}

/* NeoX halves: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin) */
static void R1_NAME(rotary)(size_t rows, size_t heads, size_t half, float sign,
                            const float *restrict cosine, const float *restrict sine,
                            const float *restrict x, float *restrict out) {
    for (size_t r = 0; r < rows; r++) {
        const float *c = cosine + r * half, *s = sine + r * half;
        for (size_t h = 0; h < heads; h++) {
            const float *from = x + (r * heads + h) * 2 * half;
            float *to = out + (r * heads + h) * 2 * half;
            for (size_t i = 0; i < half; i++) {
                float first = from[i], second = from[half + i], turn = sign * s[i];
                to[i] = first * c[i] - second * turn;
                to[half + i] = second * c[i] + first * turn;
            }
        }
    }
}

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
        float top = row[0];
        for (size_t c = 1; c < n; c++) top = row[c] > top ? row[c] : top;
        float shift = scale * top, sum = 0;
        for (size_t c = 0; c < n; c++) {
            float e = r1_exp(scale * row[c] - shift);
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

static double R1_NAME(sum_of_squares)(size_t n, const float *restrict x) {
    R1_SUMS
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

static void R1_NAME(adamw)(size_t n, float gradient_scale, float rate, float decay, float beta1,
                           float beta2, float epsilon, float correction1, float correction2_root,
                           const float *restrict gradient, float *restrict value, float *restrict first,
                           float *restrict second) {
    R1_FUSED
    float keep = 1.0f - rate * decay, step = rate / correction1;
    for (size_t i = 0; i < n; i++) {
        float g = gradient[i] * gradient_scale;
        float m = beta1 * first[i] + (1.0f - beta1) * g;
        float v = beta2 * second[i] + (1.0f - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        value[i] = value[i] * keep - step * m / (sqrtf(v) / correction2_root + epsilon);
    }
}

static void R1_NAME(widen_bfloat16)(size_t n, const uint16_t *restrict x, float *restrict out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(out + i, &bits, 4);
    }
}
static void R1_NAME(narrow_bfloat16)(size_t n, const float *restrict x, uint16_t *restrict out) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
        uint32_t quiet = (bits >> 16) | 0x40;
        out[i] = (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? quiet : rounded);
    }
}

const r1_kernel_table R1_NAME(table) = {
    .add = R1_NAME(add), .multiply = R1_NAME(multiply), .accumulate = R1_NAME(accumulate),
    .accumulate_scaled = R1_NAME(accumulate_scaled), .scale = R1_NAME(scale),
    .swiglu = R1_NAME(swiglu), .swiglu_back = R1_NAME(swiglu_back), .gelu = R1_NAME(gelu),
    .gelu_back = R1_NAME(gelu_back), .add_bias = R1_NAME(add_bias), .sum_rows = R1_NAME(sum_rows),
    .rms_norm = R1_NAME(rms_norm), .rms_norm_back = R1_NAME(rms_norm_back), .rotary = R1_NAME(rotary),
    .softmax_tile = R1_NAME(softmax_tile), .exponential_tile = R1_NAME(exponential_tile),
    .softmax_back_tile = R1_NAME(softmax_back_tile), .dot_rows = R1_NAME(dot_rows),
    .mix_rows = R1_NAME(mix_rows), .vocabulary_statistics = R1_NAME(vocabulary_statistics),
    .vocabulary_back = R1_NAME(vocabulary_back), .dot = R1_NAME(dot),
    .sum_of_squares = R1_NAME(sum_of_squares), .adamw = R1_NAME(adamw),
    .widen_bfloat16 = R1_NAME(widen_bfloat16), .narrow_bfloat16 = R1_NAME(narrow_bfloat16),
};
