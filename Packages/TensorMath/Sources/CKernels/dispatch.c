/* Selects the best kernels that the CPU can run. */
#include "r1_kernels.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const r1_kernel_table r1_amx_table;

/* Linux gives a process the registers of tiles on request only. */
static int r1_has_tiles(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & bit_AMXBF16) || !(d & bit_AMXTILE)) return 0;
    const int request_permission = 0x1023, tile_data = 18; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA */
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#elif defined(__x86_64__)
static int r1_has_tiles(void) { return 0; }
#endif

extern const r1_kernel_table r1_portable_table;
#if defined(__x86_64__)
extern const r1_kernel_table r1_avx2_table, r1_avx512_table, r1_avx512bf16_table;
#endif

int r1_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")
        || !__builtin_cpu_supports("f16c"))
        return R1_LEVEL_PORTABLE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")
        || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
        return R1_LEVEL_AVX2;
    if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512vnni")) return R1_LEVEL_AVX512;
    return r1_has_tiles() ? R1_LEVEL_AMX : R1_LEVEL_AVX512BF16;
#else
    return R1_LEVEL_PORTABLE;
#endif
}

const r1_kernel_table *r1_kernels_at(int level) {
    if (level < 0 || level > r1_best_level()) return 0;
#if defined(__x86_64__)
#if defined(__linux__)
    if (level == R1_LEVEL_AMX) return &r1_amx_table;
#endif
    if (level == R1_LEVEL_AVX512BF16) return &r1_avx512bf16_table;
    if (level == R1_LEVEL_AVX512) return &r1_avx512_table;
    if (level == R1_LEVEL_AVX2) return &r1_avx2_table;
#endif
    return &r1_portable_table;
}
