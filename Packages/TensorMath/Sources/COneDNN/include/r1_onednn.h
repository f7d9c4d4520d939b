/* Matrix products of oneDNN on the calling thread, for versions 2 and 3.
 *
 * Our pool cuts a product into slices and calls this once per slice, so every call makes sure that the
 * library does not start threads. */
#ifndef R1_ONEDNN_H
#define R1_ONEDNN_H

#include <stdint.h>

/* The library's status for too little memory. */
#define R1_ONEDNN_OUT_OF_MEMORY 1

/* A matrix: element (i, j) is data[i * row_stride + j * column_stride]; one stride is 1. */
typedef struct {
    const void *data;
    int64_t row_stride, column_stride;
} r1_matrix;

/* Whether the library computes bfloat16 products on this CPU. */
int r1_onednn_has_bfloat16(void);

/* c [m, n] (+)= a [m, k] b [k, n]: a and b bfloat16, sums and c float32, rows of c ldc apart.
 * Returns 0, or the status of the library if it refuses the shape. */
int r1_onednn_bfloat16_product(int64_t m, int64_t n, int64_t k, r1_matrix a, r1_matrix b, int accumulate,
                               float *c, int64_t ldc);

/* c = alpha op(a) op(b) + beta c, as cblas_sgemm in row-major order; 't' or 'n' per operand.
 * Returns 0, or the library's status. */
int r1_onednn_sgemm(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                    const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                    int64_t ldc);

/* Major, minor and patch version of the library that runs. */
void r1_onednn_version(int *major, int *minor, int *patch);

#endif
