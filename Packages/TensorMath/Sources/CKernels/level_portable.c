/* The kernels for any CPU, compiled for the compiler's baseline (SSE2 on x86-64, NEON on aarch64). */
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#define R1_NAME(f) r1_portable_##f
#define R1_LANES 4
#include "bodies/all.h"
