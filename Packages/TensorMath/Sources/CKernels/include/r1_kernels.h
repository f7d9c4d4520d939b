/* The float32 kernels of TensorMath: one list of entry points, built once per instruction-set level.
 *
 * Every function works on contiguous rows unless it says otherwise, allocates nothing and is free of
 * global state, so that callers may run it from several threads on disjoint rows. */
#ifndef R1_KERNELS_H
#define R1_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Levels, weakest first. */
enum { R1_LEVEL_PORTABLE = 0, R1_LEVEL_AVX2 = 1, R1_LEVEL_AVX512 = 2, R1_LEVEL_COUNT = 3 };

typedef struct {
    /* -- elementwise: n elements -- */
    void (*add)(size_t n, const float *a, const float *b, float *out);
    void (*multiply)(size_t n, const float *a, const float *b, float *out);
    void (*accumulate)(size_t n, const float *x, float *sum);                 /* sum += x */
    void (*accumulate_scaled)(size_t n, float a, const float *x, float *sum); /* sum += a x */
    void (*scale)(size_t n, float a, const float *x, float *out);
    void (*swiglu)(size_t n, const float *gate, const float *up, float *out); /* silu(gate) up */
    void (*swiglu_back)(size_t n, const float *gate, const float *up, const float *d, float *d_gate,
                        float *d_up);
    void (*gelu)(size_t n, const float *x, float *out);
    void (*gelu_back)(size_t n, const float *x, const float *d, float *d_x);

    /* -- rows x columns -- */
    void (*add_bias)(size_t rows, size_t columns, const float *bias, float *x);
    void (*sum_rows)(size_t rows, size_t columns, const float *x, float *sum); /* sum[c] += x[r][c] */
    void (*rms_norm)(size_t rows, size_t columns, float epsilon, const float *x, const float *weight,
                     float *out, float *inverse_rms);
    /* d_weight is added to; NULL leaves it out. */
    void (*rms_norm_back)(size_t rows, size_t columns, const float *x, const float *weight,
                          const float *inverse_rms, const float *d, float *d_x, float *d_weight);
    /* x [rows, heads, 2 half]; cosine and sine [rows, half]; sign -1 turns back. */
    void (*rotary)(size_t rows, size_t heads, size_t half, float sign, const float *cosine,
                   const float *sine, const float *x, float *out);

    /* -- attention tiles: scores [rows, columns] with leading dimension ld; row r sees valid[r] columns,
     *    at least one -- */
    /* scores = softmax(scale scores), 0 beyond valid[r]; log_sum[r] = log sum exp(scale scores). */
    void (*softmax_tile)(size_t rows, size_t columns, size_t ld, const int32_t *valid, float scale,
                         float *scores, float *log_sum);
    /* scores = exp(scale scores - log_sum[r]), 0 beyond valid[r]: the same probabilities again. */
    void (*exponential_tile)(size_t rows, size_t columns, size_t ld, const int32_t *valid, float scale,
                             const float *log_sum, float *scores);
    /* d_p = scale p (d_p - delta[r]), in place. */
    void (*softmax_back_tile)(size_t rows, size_t columns, size_t ld, float scale, const float *p,
                              const float *delta, float *d_p);
    /* One query against `count` key rows that lie `stride` apart: scores[j] = q . row_j. */
    void (*dot_rows)(size_t count, size_t stride, size_t d, const float *q, const float *rows,
                     float *scores);
    /* out += sum_j p[j] row_j */
    void (*mix_rows)(size_t count, size_t stride, size_t d, const float *p, const float *rows, float *out);

    /* -- one row of n logits -- */
    /* stats: max, log sum exp and entropy of softmax(a x). Entries of -infinity have probability 0. */
    void (*vocabulary_statistics)(size_t n, float a, const float *x, float *stats);
    /* x = d ([c == target] - exp(a x - log_sum)), in place. */
    void (*vocabulary_back)(size_t n, float a, float log_sum, float d, int64_t target, float *x);

    /* -- sums -- */
    float (*dot)(size_t n, const float *a, const float *b);
    double (*sum_of_squares)(size_t n, const float *x);

    /* -- optimiser: torch.optim.AdamW on n values; the gradient is multiplied by gradient_scale first -- */
    void (*adamw)(size_t n, float gradient_scale, float rate, float decay, float beta1, float beta2,
                  float epsilon, float correction1, float correction2_root, const float *gradient,
                  float *value, float *first, float *second);

    /* -- conversions; narrowing rounds to nearest even and keeps NaN -- */
    void (*widen_bfloat16)(size_t n, const uint16_t *x, float *out);
    void (*narrow_bfloat16)(size_t n, const float *x, uint16_t *out);
} r1_kernel_table;

/* The best level this CPU can run. */
int r1_best_level(void);
/* The kernels of a level; NULL when this CPU or build cannot run it. */
const r1_kernel_table *r1_kernels_at(int level);

#endif
