#include "r1_sums.h"

/* The same additions with the widest vectors that the processor has. */
#if defined(__x86_64__)
#define R1_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define R1_CLONES
#endif

R1_CLONES void r1_add_floats(float *restrict sums, const float *restrict addends, size_t count) {
    for (size_t i = 0; i < count; i++) sums[i] += addends[i];
}
