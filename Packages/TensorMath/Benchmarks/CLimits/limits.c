#include "r1_limits.h"

#include <dnnl.h>
#include <dlfcn.h>
#include <stdlib.h>

enum { ROUNDS = 1 << 20, CHAINS = 16 };

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f"))) static void fma_loop(void) {
    __m512 sums[CHAINS], half = _mm512_set1_ps(0.5f);
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
    for (int round = 0; round < ROUNDS; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_fmadd_ps(sums[i], half, half);
    }
    for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    volatile float keep = _mm512_reduce_add_ps(sums[0]);
    (void)keep;
}
__attribute__((target("avx512f,avx512bf16"))) static void dot_loop(void) {
    __m512 sums[CHAINS];
    __m512bh one = (__m512bh)_mm512_set1_epi16(0x3F80);
    for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps((float)i);
    for (int round = 0; round < ROUNDS / 2; round++) {
#pragma clang loop unroll(full)
        for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_dpbf16_ps(sums[i], one, one);
    }
    for (int i = 1; i < CHAINS; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    volatile float keep = _mm512_reduce_add_ps(sums[0]);
    (void)keep;
}
int r1_peak_float32(void) {
    if (!__builtin_cpu_supports("avx512f")) return 0;
    fma_loop();
    return 1;
}
int r1_peak_bfloat16(void) {
    if (!__builtin_cpu_supports("avx512bf16")) return 0;
    dot_loop();
    return 1;
}
#else
int r1_peak_float32(void) { return 0; }
int r1_peak_bfloat16(void) { return 0; }
#endif

int64_t r1_peak_operations(void) { return (int64_t)ROUNDS * CHAINS * 32; }

struct r1_direct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t primitive;
    dnnl_memory_t a, b, c;
    int threads;
};

static void set_threads(int count) {
    void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (set) set(count);
}

/* This benchmark is written against the library that Debian 12 has. */
r1_direct *r1_direct_create(int64_t m, int64_t n, int64_t k, int transposed, int threads) {
#if DNNL_VERSION_MAJOR < 3
    r1_direct *p = calloc(1, sizeof *p);
    p->threads = threads;
    set_threads(threads);
    dnnl_dims_t a_sizes = {m, k}, a_strides = {k, 1}, b_sizes = {k, n}, c_sizes = {m, n}, c_strides = {n, 1};
    dnnl_dims_t b_strides = {transposed ? 1 : n, transposed ? k : 1};
    dnnl_memory_desc_t a, b, c;
    dnnl_matmul_desc_t product;
    dnnl_primitive_desc_t plan;
    int failed = dnnl_engine_create(&p->engine, dnnl_cpu, 0) ||
                 dnnl_stream_create(&p->stream, p->engine, dnnl_stream_default_flags) ||
                 dnnl_memory_desc_init_by_strides(&a, 2, a_sizes, dnnl_bf16, a_strides) ||
                 dnnl_memory_desc_init_by_strides(&b, 2, b_sizes, dnnl_bf16, b_strides) ||
                 dnnl_memory_desc_init_by_strides(&c, 2, c_sizes, dnnl_f32, c_strides) ||
                 dnnl_matmul_desc_init(&product, &a, &b, NULL, &c) ||
                 dnnl_primitive_desc_create(&plan, &product, NULL, p->engine, NULL) ||
                 dnnl_primitive_create(&p->primitive, plan) ||
                 dnnl_memory_create(&p->a, &a, p->engine, DNNL_MEMORY_NONE) ||
                 dnnl_memory_create(&p->b, &b, p->engine, DNNL_MEMORY_NONE) ||
                 dnnl_memory_create(&p->c, &c, p->engine, DNNL_MEMORY_NONE);
    set_threads(1);
    return failed ? NULL : p;
#else
    (void)m, (void)n, (void)k, (void)transposed, (void)threads;
    return NULL;
#endif
}

void r1_direct_run(r1_direct *p, const uint16_t *a, const uint16_t *b, float *c) {
    set_threads(p->threads);
    dnnl_memory_set_data_handle(p->a, (void *)a);
    dnnl_memory_set_data_handle(p->b, (void *)b);
    dnnl_memory_set_data_handle(p->c, c);
    dnnl_exec_arg_t arguments[3] = {{DNNL_ARG_SRC, p->a}, {DNNL_ARG_WEIGHTS, p->b}, {DNNL_ARG_DST, p->c}};
    dnnl_primitive_execute(p->primitive, p->stream, 3, arguments);
    dnnl_stream_wait(p->stream);
    set_threads(1);
}
