/* The kernels of TensorMath: one list of entry points, compiled once per instruction-set level.
 *
 * Functions work on contiguous rows unless noted. They allocate nothing and have no global state, so several
 * threads may run them on disjoint rows. */
#ifndef R1_KERNELS_H
#define R1_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Levels, weakest first. */
enum {
    R1_LEVEL_PORTABLE = 0,
    R1_LEVEL_AVX2 = 1,
    R1_LEVEL_AVX512 = 2,
    R1_LEVEL_AVX512BF16 = 3,
    R1_LEVEL_AMX = 4,
    R1_LEVEL_COUNT = 5
};

/* How the weights of a few-row product are stored. */
enum { R1_WEIGHTS_FLOAT32 = 0, R1_WEIGHTS_BFLOAT16 = 1 };

typedef struct {
    /* -- elementwise: n elements -- */
    void (*add)(size_t n, const float *a, const float *b, float *out);
    void (*multiply)(size_t n, const float *a, const float *b, float *out);
    void (*accumulate)(size_t n, const float *x, float *sum);                 /* sum += x */
    void (*scale)(size_t n, float a, const float *x, float *out);
    void (*swiglu)(size_t n, const float *gate, const float *up, float *out); /* silu(gate) up */
    void (*swiglu_back)(size_t n, const float *gate, const float *up, const float *d, float *d_gate,
                        float *d_up);
    void (*gelu)(size_t n, const float *x, float *out);
    void (*gelu_back)(size_t n, const float *x, const float *d, float *d_x);

    /* -- rows x columns -- */
    void (*add_bias)(size_t rows, size_t columns, const float *bias, float *x);
    void (*sum_rows)(size_t rows, size_t columns, const float *x, float *sum); /* sum[c] += x[r][c] */
    /* Norms of x, or of sum = x + residual if residual is not NULL; then sum is written. */
    void (*rms_norm)(size_t rows, size_t columns, float epsilon, const float *x, const float *residual,
                     const float *weight, float *sum, float *out, float *inverse_rms);
    void (*layer_norm)(size_t rows, size_t columns, float epsilon, const float *x, const float *residual,
                       const float *weight, const float *bias, float *sum, float *out, float *mean,
                       float *inverse_deviation);
    /* x is the normalized input. d_weight and d_bias are added to; NULL skips both. */
    void (*rms_norm_back)(size_t rows, size_t columns, const float *x, const float *weight,
                          const float *inverse_rms, const float *d, float *d_x, float *d_weight);
    void (*layer_norm_back)(size_t rows, size_t columns, const float *x, const float *weight,
                            const float *mean, const float *inverse_deviation, const float *d, float *d_x,
                            float *d_weight, float *d_bias);
    /* x [rows, heads, 2 half]; cosine and sine [rows, half]; sign -1 rotates back. */
    void (*rotary)(size_t rows, size_t heads, size_t half, float sign, const float *cosine,
                   const float *sine, const float *x, float *out);

    /* -- attention tiles: scores [rows, columns] with leading dimension ld; row r has valid[r] columns,
     *    at least one -- */
    /* scores = softmax(scale scores), 0 beyond valid[r]; log_sum[r] = log sum exp(scale scores). */
    void (*softmax_tile)(size_t rows, size_t columns, size_t ld, const int32_t *valid, float scale,
                         float *scores, float *log_sum);
    /* scores = exp(scale scores - log_sum[r]), 0 beyond valid[r]: recomputes the probabilities. */
    void (*exponential_tile)(size_t rows, size_t columns, size_t ld, const int32_t *valid, float scale,
                             const float *log_sum, float *scores);
    /* d_p = scale p (d_p - delta[r]), in place. */
    void (*softmax_back_tile)(size_t rows, size_t columns, size_t ld, float scale, const float *p,
                              const float *delta, float *d_p);
    /* out [rows, d] += p [rows, count] v [count, d], one row of v after the other; rows of p are `ld` floats
     * apart, and rows of v, in a format of weights, `stride` elements. */
    void (*mix_rows)(int format, size_t rows, size_t count, size_t ld, size_t d, size_t stride, const float *p,
                     const void *v, float *out);

    /* -- one row of n logits -- */
    /* stats: max, log sum exp and entropy of softmax(a x), a > 0. Entries of -infinity have probability 0; if
     * all entries are, max and log sum are -infinity and the entropy is 0. With a NaN the last two are NaN.
     * */
    void (*vocabulary_statistics)(size_t n, float a, const float *x, float *stats);
    /* With p = exp(a x - log_sum): x = d ([c == target] - p) - d_entropy p (log p + entropy), in place. */
    void (*vocabulary_back)(size_t n, float a, float log_sum, float d, float d_entropy, float entropy,
                            int64_t target, float *x);

    /* -- sums -- */
    float (*dot)(size_t n, const float *a, const float *b);
    double (*sum_of_squares)(size_t n, const float *x);

    /* -- optimizer: torch.optim.AdamW on n values; the gradient is multiplied by gradient_scale first;
     *    copy gets the new values in bfloat16 unless it is NULL -- */
    void (*adamw)(size_t n, float gradient_scale, float rate, float decay, float beta1, float beta2,
                  float epsilon, float correction1, float correction2_root, const float *gradient,
                  float *value, float *first, float *second, uint16_t *copy);

    /* -- conversions; stored elements at any address; narrowing rounds to nearest even and keeps NaN -- */
    void (*widen_bfloat16)(size_t n, const void *x, float *out);
    void (*narrow_bfloat16)(size_t n, const float *x, void *out);
    void (*widen_float16)(size_t n, const void *x, float *out);
    void (*narrow_float16)(size_t n, const float *x, void *out);
    void (*widen_int32)(size_t n, const void *x, float *out);
    void (*widen_uint8)(size_t n, const void *x, float *out);

    /* -- y [rows, out] = x [rows, in] W [out, in]^T for 1 to 16 rows; W as stored, at any address -- */
    /* Packs x for few_rows; `packed` holds rows * (in rounded up to 32) * 4 bytes. bfloat16 weights round x
     * to bfloat16 too. */
    void (*pack_few_rows)(int format, size_t rows, size_t in, const float *x, void *packed);
    /* Columns first ..< last of y, whose rows are `out` floats apart; rows of W are `stride` elements apart. */
    void (*few_rows)(int format, size_t rows, size_t in, size_t stride, size_t out, size_t first, size_t last,
                     const void *packed, const void *weights, float *y);

    /* -- the same for 1 to 64 rows and weights of bfloat16, with products of tiles; NULL on a level without -- */
    /* Packs x for tile_rows; `packed` holds (rows rounded up to 16) * (in rounded up to 32) * 2 bytes. */
    void (*pack_tile_rows)(size_t rows, size_t in, const float *x, void *packed);
    /* Columns first ..< last of y. */
    void (*tile_rows)(size_t rows, size_t in, size_t out, size_t first, size_t last, const void *packed,
                      const void *weights, float *y);

    /* -- quantized weights: R1_CODES_ and the row's codes and bfloat16 scales, as r1_codes.h says -- */
    /* Rounds a row to nearest. Returns 0, or 1 + the group of the first weight that is not finite. */
    size_t (*quantize_row)(int codes, size_t n, const float *x, uint8_t *row, uint16_t *scales);
    /* out = scale * value, in float32 or rounded to bfloat16. */
    void (*widen_codes)(int codes, size_t n, const uint8_t *row, const uint16_t *scales, float *out);
    void (*narrow_codes)(int codes, size_t n, const uint8_t *row, const uint16_t *scales, uint16_t *out);
    /* Packs x for quantized_rows, rounded to int8 with a scale per 32 columns; `packed` holds rows * (in rounded
     * up to 256) * 2 bytes at a multiple of 64. */
    void (*pack_quantized_rows)(int codes, size_t rows, size_t in, const float *x, void *packed);
    /* Columns first ..< last of y [rows, out] = x [rows, in] W [out, in]^T, for 1 to 16 rows. */
    void (*quantized_rows)(int codes, size_t rows, size_t in, size_t out, size_t first, size_t last,
                           const void *packed, const uint8_t *weights, const uint16_t *scales, float *y);

    /* -- the largest of n values -- */
    /* maxima[b] = the largest of block b; NaN is ignored. */
    void (*block_maxima)(size_t n, size_t block, const float *x, float *maxima);
    /* The indices of all x >= threshold in ascending order, given the blocks' maxima; room for n. Returns the
     * count. */
    size_t (*indices_at_least)(size_t n, size_t block, const float *x, const float *maxima, float threshold,
                               int32_t *indices);
} r1_kernel_table;

/* The best level this CPU can run. */
int r1_best_level(void);
/* The kernels of a level; NULL when this CPU or build cannot run it. */
const r1_kernel_table *r1_kernels_at(int level);

#endif
