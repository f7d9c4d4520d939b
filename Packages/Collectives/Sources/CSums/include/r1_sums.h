/* Sums of float32 values. */
#ifndef R1_SUMS_H
#define R1_SUMS_H

#include <stddef.h>

/* sums[i] += addends[i]; the two do not overlap. */
void r1_add_floats(float *sums, const float *addends, size_t count);

#endif
