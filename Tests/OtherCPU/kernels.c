/* Runs the kernels of the portable level on fixed numbers and prints one result per line, to compare two CPUs
 * (scripts/check-aarch64.sh). Lines that start with '#' have names and sizes. */
#include "r1_kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, COLUMNS = 333, N = ROWS * COLUMNS };

static float a[N], b[N], c[N], positive[N], weight[COLUMNS], bias[COLUMNS], mean[ROWS];
static float inverse[ROWS], logs[ROWS];
static float out[4 * N];
static uint32_t state = 1;

static float next(float scale) {
    state = state * 1664525u + 1013904223u;
    return ((float)(state >> 8) / 8388608.0f - 1.0f) * scale;
}
static void fill(float *x, int n, float scale) {
    for (int i = 0; i < n; i++) x[i] = next(scale);
}
static void print(const char *name, const float *x, int n) {
    printf("# %s %d\n", name, n);
    for (int i = 0; i < n; i++) printf("%.9g\n", (double)x[i]);
}
static void print_narrow(const char *name, const uint16_t *x, int n) {
    printf("# %s %d\n", name, n);
    for (int i = 0; i < n; i++) printf("%d\n", x[i]);
}

int main(void) {
    const r1_kernel_table *k = r1_kernels_at(R1_LEVEL_PORTABLE);
    static uint16_t narrow[65536];
    static float wide[65536];
    static int32_t indices[N];
    int32_t valid[ROWS] = {1, COLUMNS, 17, 200, 64};
    fill(a, N, 6), fill(b, N, 2), fill(c, N, 2), fill(weight, COLUMNS, 2), fill(bias, COLUMNS, 2);
    fill(mean, ROWS, 1);
    for (int i = 0; i < N; i++) positive[i] = fabsf(next(1)) + 0.01f;
    for (int r = 0; r < ROWS; r++) inverse[r] = 0.3f + 0.1f * (float)r, logs[r] = 4;

#define RUN(name, count, call)                  \
    do {                                        \
        memset(out, 0, sizeof out);             \
        memcpy(out, b, sizeof b);               \
        call;                                   \
        print(name, out, count);                \
    } while (0)
    RUN("add", N, k->add(N, a, b, out));
    RUN("multiply", N, k->multiply(N, a, b, out));
    RUN("accumulate", N, k->accumulate(N, a, out));
    RUN("scale", N, k->scale(N, 0.3f, a, out));
    RUN("swiglu", N, k->swiglu(N, a, b, out));
    RUN("swiglu_back", 2 * N, k->swiglu_back(N, a, b, c, out, out + N));
    RUN("gelu", N, k->gelu(N, a, out));
    RUN("gelu_back", N, k->gelu_back(N, a, b, out));
    RUN("add_bias", N, k->add_bias(ROWS, COLUMNS, bias, out));
    RUN("sum_rows", COLUMNS, k->sum_rows(ROWS, COLUMNS, a, out));
    RUN("rms_norm", N + ROWS, k->rms_norm(ROWS, COLUMNS, 1e-6f, a, 0, weight, 0, out, out + N));
    RUN("rms_norm", 2 * N + ROWS, k->rms_norm(ROWS, COLUMNS, 1e-6f, a, b, weight, out, out + N, out + 2 * N));
    RUN("layer_norm", 2 * N + 2 * ROWS,
        k->layer_norm(ROWS, COLUMNS, 1e-6f, a, b, weight, bias, out, out + N, out + 2 * N,
                      out + 2 * N + ROWS));
    RUN("rms_norm_back", N + COLUMNS, k->rms_norm_back(ROWS, COLUMNS, a, weight, inverse, b, out, out + N));
    RUN("layer_norm_back", N + 2 * COLUMNS,
        k->layer_norm_back(ROWS, COLUMNS, a, weight, mean, inverse, b, out, out + N, out + N + COLUMNS));
    RUN("rotary", ROWS * 3 * 110, k->rotary(ROWS, 3, 55, -1, b, c, a, out));
    RUN("softmax_tile", N + ROWS, k->softmax_tile(ROWS, COLUMNS, COLUMNS, valid, 0.3f, out, out + N));
    RUN("exponential_tile", N, k->exponential_tile(ROWS, COLUMNS, COLUMNS, valid, 0.3f, logs, out));
    RUN("softmax_back_tile", N, k->softmax_back_tile(ROWS, COLUMNS, COLUMNS, 0.3f, a, mean, out));
    k->narrow_bfloat16(N, b, narrow);
    for (int format = 0; format < 2; format++)
        RUN("mix_rows", N,
            k->mix_rows(format, ROWS, ROWS, COLUMNS, COLUMNS, COLUMNS, a, format ? (void *)narrow : b, out));
    RUN("vocabulary_statistics", 3, k->vocabulary_statistics(N, 0.5f, a, out));
    RUN("vocabulary_back", N, k->vocabulary_back(N, 0.5f, 4, 0.9f, -0.4f, 1.3f, 7, out));
    RUN("dot", 1, out[0] = k->dot(N, a, b));
    RUN("sum_of_squares", 1, out[0] = (float)k->sum_of_squares(N, a));
    memcpy(out + N, a, sizeof a), memcpy(out + 2 * N, positive, sizeof positive), memcpy(out, b, sizeof b);
    k->adamw(N, 0.7f, 1e-2f, 0.1f, 0.9f, 0.99f, 1e-8f, 0.19f, 0.14f, c, out, out + N, out + 2 * N, narrow);
    print("adamw", out, 3 * N);

    /* Every half, also at an odd address, both ways. */
    uint8_t *odd = malloc(2 * 65536 + 1);
    for (int i = 0; i < 65536; i++) narrow[i] = (uint16_t)i;
    memcpy(odd + 1, narrow, 2 * 65536);
    k->widen_float16(65536, odd + 1, wide);
    print("widen_float16", wide, 65536);
    k->narrow_float16(65536, wide, odd + 1);
    memcpy(narrow, odd + 1, 2 * 65536);
    print_narrow("narrow_float16", narrow, 65536);
    for (int i = 0; i < 65536; i++) narrow[i] = (uint16_t)i;
    memcpy(odd + 1, narrow, 2 * 65536);
    k->widen_bfloat16(65536, odd + 1, wide);
    print("widen_bfloat16", wide, 65536);
    for (int i = 0; i < 65536; i++) wide[i] = wide[i] * 1.00313f;
    k->narrow_bfloat16(65536, wide, odd + 1);
    memcpy(narrow, odd + 1, 2 * 65536);
    print_narrow("narrow_bfloat16", narrow, 65536);
    RUN("widen_int32", N, k->widen_int32(N, odd + 3, out));
    RUN("widen_uint8", N, k->widen_uint8(N, odd + 3, out));
    static float packed[16 * 384];
    for (int format = 0; format < 2; format++) {
        static uint8_t weights[5 * COLUMNS * 4 + 1];
        if (format == R1_WEIGHTS_FLOAT32) memcpy(weights + 1, c, sizeof c);
        if (format == R1_WEIGHTS_BFLOAT16) k->narrow_bfloat16(N, c, weights + 1);
        k->pack_few_rows(format, ROWS, COLUMNS, a, packed);
        RUN("few_rows", 25,
            k->few_rows(format, ROWS, COLUMNS, COLUMNS, 5, 0, 5, packed, weights + 1, out));
    }
    for (int codes = 0; codes < 2; codes++) {
        static uint8_t rows[5 * 2 * COLUMNS];
        static uint16_t scales[5 * COLUMNS];
        static _Alignas(64) uint8_t line[ROWS * 1024];
        const int size = 256;
        int bytes = codes == 0 ? size : size / 2, groups = codes == 0 ? size / 128 : size / 32;
        for (int r = 0; r < 5; r++)
            k->quantize_row(codes, size, c + r * size, rows + r * bytes, scales + r * groups);
        RUN("widen_codes", size, k->widen_codes(codes, size, rows, scales, out));
        k->narrow_codes(codes, size, rows, scales, narrow);
        print_narrow("narrow_codes", narrow, size);
        k->pack_quantized_rows(codes, ROWS, size, a, line);
        RUN("quantized_rows", 25, k->quantized_rows(codes, ROWS, size, 5, 0, 5, line, rows, scales, out));
    }
    RUN("block_maxima", (N + 63) / 64, k->block_maxima(N, 64, a, out));
    k->block_maxima(N, 64, a, wide);
    size_t count = k->indices_at_least(N, 64, a, wide, 5, indices);
    printf("# indices_at_least %zu\n", count);
    for (size_t i = 0; i < count; i++) printf("%d\n", indices[i]);
    free(odd);
    return 0;
}
