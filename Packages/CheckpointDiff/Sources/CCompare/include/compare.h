/* The distance of two runs of stored elements, in one pass: every number that r1-diff reports is a sum, a count or a
   maximum of these. */
#ifndef R1_COMPARE_H
#define R1_COMPARE_H

#include <stddef.h>
#include <stdint.h>

/* The element types, numbered for this interface. */
enum { R1_FLOAT32, R1_BFLOAT16, R1_FLOAT16, R1_INT32, R1_UINT8, R1_TYPE_COUNT };

/* The instruction sets the loops are compiled for. Results are the same bits at every level. */
enum { R1_COMPARE_PORTABLE, R1_COMPARE_AVX2, R1_COMPARE_AVX512 };

/* How far two elements may be apart: |a - b| <= absolute + relative |b|, or at most `ulp` steps of their type. When
   `exact`, the others are not looked at and only equal bits are equal. With `equal_nan` any two NaN are equal. */
typedef struct {
    double absolute, relative;
    uint64_t ulp;
    int exact, equal_nan;
} r1_tolerances;

typedef struct {
    uint64_t changed;           /* elements whose bits differ; of two types, whose values do */
    uint64_t changed_bits;      /* bits that differ; 0 for two types */
    uint64_t beyond;            /* elements farther apart than the tolerances */
    uint64_t nan_a, nan_b, infinite_a, infinite_b;
    uint64_t largest_ulp;       /* steps of the type between the two, NaN left out; 0 for two types */
    double maximum;             /* of |a - b|; pairs with a NaN are left out here and below */
    double sum;                 /* of |a - b| */
    double squares;             /* of a - b */
    double squares_a, squares_b, products; /* where both are finite */
} r1_distance;

/* Adds the distance of `count` elements to `total`; with equal types, `b` may be anything that memcmp can read. */
void r1_compare(
    const void *a, int type_a, const void *b, int type_b, size_t count, const r1_tolerances *tolerances,
    r1_distance *total);

/* The same at one level, which must not be above r1_compare_level(). */
void r1_compare_at(
    int level, const void *a, int type_a, const void *b, int type_b, size_t count, const r1_tolerances *tolerances,
    r1_distance *total);

/* The best level that this CPU has. */
int r1_compare_level(void);

#endif
