#include "r1_sums.h"

void r1_add_floats(float *restrict sums, const float *restrict addends, size_t count) {
    for (size_t i = 0; i < count; i++) sums[i] += addends[i];
}
