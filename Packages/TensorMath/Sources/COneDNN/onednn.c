/* Each shape of product needs a primitive. Building one takes a fraction of a millisecond, so each thread
 * caches up to 128 primitives in a direct-mapped table; behind it is the library's own cache, which all
 * threads share. */
#define _GNU_SOURCE
#include "r1_onednn.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR < 3
typedef dnnl_memory_desc_t description;
typedef const dnnl_memory_desc_t *known_description;
#define ADDRESS(d) (&(d))
static dnnl_status_t describe(description *d, const dnnl_dims_t sizes, dnnl_data_type_t type,
                              const dnnl_dims_t strides) {
    return dnnl_memory_desc_init_by_strides(d, 2, sizes, type, strides);
}
static void forget(description *d) { (void)d; }
static dnnl_status_t describe_product(dnnl_primitive_desc_t *out, dnnl_engine_t engine, description *a,
                                      description *b, description *c, dnnl_primitive_attr_t options) {
    dnnl_matmul_desc_t product;
    dnnl_status_t status = dnnl_matmul_desc_init(&product, a, b, NULL, c);
    return status ? status : dnnl_primitive_desc_create(out, &product, options, engine, NULL);
}
static dnnl_status_t append_sum(dnnl_post_ops_t after) {
    return dnnl_post_ops_append_sum(after, 1.0f);
}
#else
typedef dnnl_memory_desc_t description;
typedef const_dnnl_memory_desc_t known_description;
#define ADDRESS(d) (d)
static dnnl_status_t describe(description *d, const dnnl_dims_t sizes, dnnl_data_type_t type,
                              const dnnl_dims_t strides) {
    return dnnl_memory_desc_create_with_strides(d, 2, sizes, type, strides);
}
static void forget(description *d) {
    if (*d) dnnl_memory_desc_destroy(*d);
}
static dnnl_status_t describe_product(dnnl_primitive_desc_t *out, dnnl_engine_t engine, description a,
                                      description b, description c, dnnl_primitive_attr_t options) {
    return dnnl_matmul_primitive_desc_create(out, engine, a, b, NULL, c, options);
}
static dnnl_status_t append_sum(dnnl_post_ops_t after) {
    return dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_data_type_undef);
}
#endif

/* The properties that a primitive depends on. */
typedef struct {
    int64_t m, n, k, a_row, a_column, b_row, b_column, ldc, accumulate;
} product_key;

typedef struct {
    product_key key;
    dnnl_primitive_t primitive;
    dnnl_memory_t a, b, c, scratch;
    size_t scratch_size;
} product;

enum { SLOTS = 128 };
typedef struct {
    dnnl_stream_t stream;
    void *scratch;
    size_t scratch_size;
    product slots[SLOTS];
} thread_state;

static dnnl_engine_t engine;
static void (*set_library_threads)(int);
static int has_bfloat16;
static pthread_key_t state_key;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static _Thread_local int is_single_threaded;

static void release(product *p) {
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->a) dnnl_memory_destroy(p->a);
    if (p->b) dnnl_memory_destroy(p->b);
    if (p->c) dnnl_memory_destroy(p->c);
    if (p->scratch) dnnl_memory_destroy(p->scratch);
    memset(p, 0, sizeof *p);
}
static void release_state(void *pointer) {
    thread_state *state = pointer;
    for (int i = 0; i < SLOTS; i++) release(&state->slots[i]);
    if (state->stream) dnnl_stream_destroy(state->stream);
    free(state->scratch);
    free(state);
}

static dnnl_status_t build(product *p, product_key key) {
    dnnl_dims_t a_sizes = {key.m, key.k}, a_strides = {key.a_row, key.a_column};
    dnnl_dims_t b_sizes = {key.k, key.n}, b_strides = {key.b_row, key.b_column};
    dnnl_dims_t c_sizes = {key.m, key.n}, c_strides = {key.ldc, 1};
    description a, b, c;
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&c, 0, sizeof c);
    dnnl_primitive_attr_t options = NULL;
    dnnl_post_ops_t after = NULL;
    dnnl_primitive_desc_t plan = NULL;
    dnnl_status_t status;
    release(p);
    if ((status = describe(&a, a_sizes, dnnl_bf16, a_strides))) goto out;
    if ((status = describe(&b, b_sizes, dnnl_bf16, b_strides))) goto out;
    if ((status = describe(&c, c_sizes, dnnl_f32, c_strides))) goto out;
    if ((status = dnnl_primitive_attr_create(&options))) goto out;
    /* We provide scratch memory: with the library's own, two threads could not share a primitive. */
    if ((status = dnnl_primitive_attr_set_scratchpad_mode(options, dnnl_scratchpad_mode_user))) goto out;
    if (key.accumulate) {
        if ((status = dnnl_post_ops_create(&after))) goto out;
        if ((status = append_sum(after))) goto out;
        if ((status = dnnl_primitive_attr_set_post_ops(options, after))) goto out;
    }
    if ((status = describe_product(&plan, engine, ADDRESS(a), ADDRESS(b), ADDRESS(c), options))) goto out;
    if ((status = dnnl_primitive_create(&p->primitive, plan))) goto out;
    if ((status = dnnl_memory_create(&p->a, ADDRESS(a), engine, DNNL_MEMORY_NONE))) goto out;
    if ((status = dnnl_memory_create(&p->b, ADDRESS(b), engine, DNNL_MEMORY_NONE))) goto out;
    if ((status = dnnl_memory_create(&p->c, ADDRESS(c), engine, DNNL_MEMORY_NONE))) goto out;
    {
        known_description scratch = dnnl_primitive_desc_query_md(plan, dnnl_query_scratchpad_md, 0);
        p->scratch_size = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
        if (p->scratch_size)
            status = dnnl_memory_create(&p->scratch, scratch, engine, DNNL_MEMORY_NONE);
    }
    p->key = key;
out:
    if (plan) dnnl_primitive_desc_destroy(plan);
    if (after) dnnl_post_ops_destroy(after);
    if (options) dnnl_primitive_attr_destroy(options);
    forget(&a);
    forget(&b);
    forget(&c);
    if (status) release(p);
    return status;
}

/* Leaves the engine NULL if the library cannot run here; every call then returns an error. */
static void prepare(void) {
    set_library_threads = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    if (pthread_key_create(&state_key, release_state)) return;
    if (dnnl_engine_create(&engine, dnnl_cpu, 0)) {
        engine = NULL;
        return;
    }
    product trial = {0};
    has_bfloat16 = build(&trial, (product_key){.m = 32, .n = 32, .k = 32, .a_row = 32, .a_column = 1,
                                               .b_row = 1, .b_column = 32, .ldc = 32}) == dnnl_success;
    release(&trial);
}
static void enter(void) {
    pthread_once(&prepared, prepare);
    if (!is_single_threaded && set_library_threads) set_library_threads(1);
    is_single_threaded = 1;
}

static thread_state *state_of_this_thread(void) {
    thread_state *state = pthread_getspecific(state_key);
    if (state) return state;
    state = calloc(1, sizeof *state);
    if (!state) return NULL;
    if (dnnl_stream_create(&state->stream, engine, dnnl_stream_default_flags) ||
        pthread_setspecific(state_key, state)) {
        release_state(state);
        return NULL;
    }
    return state;
}
static unsigned slot_of(const product_key *key) {
    uint64_t hash = 1469598103934665603ull;
    const int64_t *fields = (const int64_t *)key;
    for (size_t i = 0; i < sizeof *key / sizeof *fields; i++)
        hash = (hash ^ (uint64_t)fields[i]) * 1099511628211ull;
    return (unsigned)(hash >> 32) % SLOTS;
}

int r1_onednn_has_bfloat16(void) {
    enter();
    return has_bfloat16;
}

int r1_onednn_bfloat16_product(int64_t m, int64_t n, int64_t k, r1_matrix a, r1_matrix b, int accumulate,
                               float *c, int64_t ldc) {
    enter();
    thread_state *state = engine ? state_of_this_thread() : NULL;
    if (!state) return engine ? dnnl_out_of_memory : dnnl_runtime_error;
    product_key key = {m, n, k, a.row_stride, a.column_stride, b.row_stride, b.column_stride,
                       ldc, accumulate};
    product *p = &state->slots[slot_of(&key)];
    dnnl_status_t status;
    if (!p->primitive || memcmp(&p->key, &key, sizeof key) != 0)
        if ((status = build(p, key))) return status;
    if (p->scratch_size > state->scratch_size) {
        free(state->scratch);
        state->scratch_size = 0;
        state->scratch = aligned_alloc(64, (p->scratch_size + 63) / 64 * 64);
        if (!state->scratch) return dnnl_out_of_memory;
        state->scratch_size = p->scratch_size;
    }
    dnnl_memory_set_data_handle(p->a, (void *)a.data);
    dnnl_memory_set_data_handle(p->b, (void *)b.data);
    dnnl_memory_set_data_handle(p->c, c);
    if (p->scratch) dnnl_memory_set_data_handle(p->scratch, state->scratch);
    dnnl_exec_arg_t arguments[4] = {{DNNL_ARG_SRC, p->a},
                                    {DNNL_ARG_WEIGHTS, p->b},
                                    {DNNL_ARG_DST, p->c},
                                    {DNNL_ARG_SCRATCHPAD, p->scratch}};
    if ((status = dnnl_primitive_execute(p->primitive, state->stream, p->scratch ? 4 : 3, arguments)))
        return status;
    return dnnl_stream_wait(state->stream);
}

_Static_assert(R1_ONEDNN_OUT_OF_MEMORY == dnnl_out_of_memory, "the status of the header is that of the library");

int r1_onednn_sgemm(char transpose_a, char transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
                    const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                    int64_t ldc) {
    enter();
    return dnnl_sgemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void r1_onednn_version(int *major, int *minor, int *patch) {
    const dnnl_version_t *version = dnnl_version();
    *major = version->major;
    *minor = version->minor;
    *patch = version->patch;
}
