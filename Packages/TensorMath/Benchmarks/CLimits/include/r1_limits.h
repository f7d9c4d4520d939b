/* Limits for comparison: the peak of the arithmetic units, and direct calls of oneDNN. */
#ifndef R1_LIMITS_H
#define R1_LIMITS_H

#include <stdint.h>

/* Floating-point operations of one call of the loops below, per thread. */
int64_t r1_peak_operations(void);
/* Fused multiply-adds of float32 on registers alone. Returns 0 when this CPU has no AVX-512 to try. */
int r1_peak_float32(void);
/* Dot products of bfloat16 pairs on registers alone. Returns 0 when this CPU has none. */
int r1_peak_bfloat16(void);

/* One bfloat16 product c [m, n] = a [m, k] b, all of the library's own threads; b is [k, n], or [n, k] when
 * transposed. NULL when the library refuses. */
typedef struct r1_direct r1_direct;
r1_direct *r1_direct_create(int64_t m, int64_t n, int64_t k, int transposed, int threads);
void r1_direct_run(r1_direct *product, const uint16_t *a, const uint16_t *b, float *c);

#endif
