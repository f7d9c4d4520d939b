/* The product of two thin matrices added to a weight: what merges a low-rank adapter into its base. */
#ifndef R1_LOWRANK_H
#define R1_LOWRANK_H

#include <stddef.h>
#include <stdint.h>

/* The floating-point types, numbered for this interface. */
enum { R1_LOWRANK_FLOAT32, R1_LOWRANK_BFLOAT16, R1_LOWRANK_FLOAT16 };

/* Stores weights + scale * left * right, row-major, in float32 and rounded once to nearest even.
 *
 * `weights` has rows x columns elements of a type, `out` as many of another; `left` has rows x rank numbers and `right`
 * rank x columns. Returns how many results are too large for the type. */
uint64_t r1_add_low_rank(const void *weights, int type, void *out, int out_type, size_t rows, size_t columns,
                         const float *left, const float *right, size_t rank, float scale);

#endif
