/* Vectors of R1_LANES lanes, for bodies that the compiler does not vectorize. */
typedef float r1_vector __attribute__((vector_size(4 * R1_LANES)));
typedef r1_vector r1_loose_vector __attribute__((aligned(1), may_alias));
typedef uint32_t r1_words __attribute__((vector_size(4 * R1_LANES)));
typedef r1_words r1_loose_words __attribute__((aligned(1), may_alias));
typedef int32_t r1_ints __attribute__((vector_size(4 * R1_LANES)));
typedef int16_t r1_shorts __attribute__((vector_size(4 * R1_LANES)));
typedef uint8_t r1_bytes __attribute__((vector_size(4 * R1_LANES)));
typedef r1_bytes r1_loose_bytes __attribute__((aligned(1), may_alias));

R1_INLINE r1_vector r1_load(const void *p) { return *(const r1_loose_vector *)p; }

/* The sum of all lanes, by halves. */
R1_INLINE float r1_sum_lanes(r1_vector v) {
#if R1_LANES == 16
    typedef float half_type __attribute__((vector_size(32)));
    half_type v8 = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7)
                   + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#elif R1_LANES == 8
    r1_vector v8 = v;
#endif
    typedef float quarter_type __attribute__((vector_size(16)));
#if R1_LANES >= 8
    quarter_type v4 = __builtin_shufflevector(v8, v8, 0, 1, 2, 3)
                      + __builtin_shufflevector(v8, v8, 4, 5, 6, 7);
#else
    quarter_type v4 = v;
#endif
    return (v4[0] + v4[2]) + (v4[1] + v4[3]);
}

/* The largest of n values; NaN is ignored; the maximum of nothing is -infinity. */
R1_INLINE float r1_max(size_t n, const float *x) {
    r1_vector top[4];
    for (int v = 0; v < 4; v++) top[v] = (r1_vector){0} - INFINITY;
    size_t i = 0;
    for (; i + 4 * R1_LANES <= n; i += 4 * R1_LANES)
        for (int v = 0; v < 4; v++) top[v] = __builtin_elementwise_max(top[v], r1_load(x + i + v * R1_LANES));
    top[0] = __builtin_elementwise_max(__builtin_elementwise_max(top[0], top[1]),
                                       __builtin_elementwise_max(top[2], top[3]));
    float largest = -INFINITY;
    for (int lane = 0; lane < R1_LANES; lane++) largest = top[0][lane] > largest ? top[0][lane] : largest;
    for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

/* Kernels that write process rows in strips and prefetch the same strip of the next row, so that reads and
 * writes overlap. */
#define R1_STRIP 256
R1_INLINE void r1_fetch(const float *x, size_t n) {
    for (size_t i = 0; i < n; i += 16) __builtin_prefetch(x + i, 0, 2);
}

/* Whether to use non-temporal stores: for results larger than the caches, they avoid reading each line before
 * it is written. `n` is the number of floats, in rows of `columns`. */
#define R1_STREAMED (1 << 21)
R1_INLINE int r1_streams(const float *to, size_t columns, size_t n) {
    return n >= R1_STREAMED && columns % 16 == 0 && ((uintptr_t)to & 63) == 0;
}
/* Copies a strip of results from its buffer to memory. */
R1_INLINE void r1_put(float *to, const float *strip, size_t n, int streams) {
    if (!streams) {
        memcpy(to, strip, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i += R1_LANES)
        __builtin_nontemporal_store(r1_load(strip + i), (r1_vector *)(to + i));
}
/* Makes non-temporal stores visible to other threads. */
R1_INLINE void r1_finish(int streams) {
    if (streams) __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
/* Loops over strips of n elements: `body` computes `count` elements from `start` into `strip`. */
#define R1_IN_STRIPS(n, out, body)                                                         \
    float strip[R1_STRIP];                                                                 \
    int streams = r1_streams(out, 16, n);                                                  \
    for (size_t start = 0; start < n; start += R1_STRIP) {                                 \
        size_t count = n - start < R1_STRIP ? n - start : R1_STRIP;                        \
        body;                                                                              \
        r1_put(out + start, strip, count, streams);                                        \
    }                                                                                      \
    r1_finish(streams)
