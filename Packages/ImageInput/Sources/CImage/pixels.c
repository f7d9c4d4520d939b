/* Loops over decoded pixels: alpha over white, EXIF orientation, bicubic resizing, patches. */
#include "CImage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF /* a fused multiply-add would round a resize weight differently */

#if defined(__x86_64__)
#define R1_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define R1_CLONES
#endif

void r1_over_white(size_t pixels, const uint8_t *rgba, uint8_t *rgb) {
    for (size_t i = 0; i < pixels; i++) {
        unsigned alpha = rgba[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            unsigned t = 255 * (255 - alpha) + rgba[4 * i + c] * alpha + 128;
            rgb[3 * i + c] = (uint8_t)(((t >> 8) + t) >> 8);
        }
    }
}

void r1_orient(int orientation, size_t width, size_t height, const uint8_t *rgb, uint8_t *out) {
    /* The offset in `rgb` of the first pixel of `out`, and the strides in `rgb` of a step right and down. */
    int from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    int from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    ptrdiff_t across = from_right ? -1 : 1, along = from_bottom ? -(ptrdiff_t)width : (ptrdiff_t)width;
    ptrdiff_t start = (ptrdiff_t)((from_right ? width - 1 : 0) + (from_bottom ? (height - 1) * width : 0));
    int swaps = orientation >= 5;
    size_t out_width = swaps ? height : width, out_height = swaps ? width : height;
    ptrdiff_t right = swaps ? along : across, down = swaps ? across : along;
    for (size_t y = 0; y < out_height; y++) {
        for (size_t x = 0; x < out_width; x++) {
            const uint8_t *from = rgb + 3 * (start + (ptrdiff_t)x * right + (ptrdiff_t)y * down);
            uint8_t *to = out + 3 * (y * out_width + x);
            to[0] = from[0], to[1] = from[1], to[2] = from[2];
        }
    }
}

/* Fixed-point weights of one axis with `bits` fractional bits: output o reads `count[o]` inputs from
 * `first[o]`; its weights start at o * room. */
struct axis {
    size_t room;
    int bits;
    size_t *first, *count;
    int32_t *weight;
};

enum { PILLOW_BITS = 22 };

/* Keys' cubic with a = -0.5, in Pillow's order of operations. */
static double cubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

static void free_axis(struct axis *axis) {
    free(axis->first);
    free(axis->count);
    free(axis->weight);
}

/* The most fractional bits that keep the largest weight below 2^15 (compute_index_ranges_int16_weights of
 * ATen's UpSampleKernel.cpp). */
static int short_bits(double largest) {
    int bits = 0;
    while (bits < PILLOW_BITS && (int)(0.5 + largest * (1 << (bits + 1))) < (1 << 15)) bits++;
    return bits;
}

/* Pillow's precompute_coeffs and normalize_coeffs_8bpc (Resample.c). */
static int make_axis(size_t in, size_t out, int short_weights, struct axis *axis) {
    double scale = (double)in / (double)out, widened = scale < 1 ? 1 : scale;
    double support = 2 * widened, inverse = 1 / widened;
    axis->room = (size_t)ceil(support) * 2 + 1;
    axis->first = malloc(out * sizeof *axis->first);
    axis->count = malloc(out * sizeof *axis->count);
    axis->weight = calloc(out * axis->room, sizeof *axis->weight);
    double *exact = calloc(out * axis->room, sizeof *exact), largest = 0;
    int failed = !axis->first || !axis->count || !axis->weight || !exact;
    for (size_t o = 0; o < out && !failed; o++) {
        double center = ((double)o + 0.5) * scale, sum = 0;
        long low = (long)(center - support + 0.5), high = (long)(center + support + 0.5);
        if (low < 0) low = 0;
        if (high > (long)in) high = (long)in;
        size_t count = axis->count[o] = (size_t)(high - low);
        axis->first[o] = (size_t)low;
        double *weight = exact + o * axis->room;
        for (size_t j = 0; j < count; j++) sum += weight[j] = cubic(((double)((long)j + low) - center + 0.5) * inverse);
        for (size_t j = 0; j < count; j++) {
            if (sum != 0) weight[j] /= sum;
            if (weight[j] > largest) largest = weight[j];
        }
    }
    axis->bits = short_weights ? short_bits(largest) : PILLOW_BITS;
    for (size_t i = 0; i < out * axis->room && !failed; i++) {
        double w = exact[i] * (1 << axis->bits);
        axis->weight[i] = (int32_t)(w < 0 ? w - 0.5 : w + 0.5);
    }
    free(exact);
    return failed ? -1 : 0;
}

static inline uint8_t clipped(int32_t sum, int bits) {
    int32_t value = sum >> bits;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

R1_CLONES static void resize_rows(const uint8_t *in, size_t width, size_t height, const struct axis *axis,
                                  size_t out_width, uint8_t *out) {
    for (size_t y = 0; y < height; y++) {
        for (size_t o = 0; o < out_width; o++) {
            const uint8_t *pixel = in + 3 * (y * width + axis->first[o]);
            const int32_t *weight = axis->weight + o * axis->room;
            int32_t r = 1 << axis->bits >> 1, g = r, b = r;
            for (size_t j = 0; j < axis->count[o]; j++, pixel += 3) {
                r += pixel[0] * weight[j];
                g += pixel[1] * weight[j];
                b += pixel[2] * weight[j];
            }
            uint8_t *to = out + 3 * (y * out_width + o);
            to[0] = clipped(r, axis->bits), to[1] = clipped(g, axis->bits), to[2] = clipped(b, axis->bits);
        }
    }
}

R1_CLONES static void resize_columns(const uint8_t *in, size_t width, const struct axis *axis, size_t out_height,
                                     int32_t *restrict sums, uint8_t *restrict out) {
    size_t values = 3 * width;
    for (size_t o = 0; o < out_height; o++) {
        for (size_t i = 0; i < values; i++) sums[i] = 1 << axis->bits >> 1;
        for (size_t j = 0; j < axis->count[o]; j++) {
            const uint8_t *row = in + values * (axis->first[o] + j);
            int32_t weight = axis->weight[o * axis->room + j];
            for (size_t i = 0; i < values; i++) sums[i] += row[i] * weight;
        }
        for (size_t i = 0; i < values; i++) out[values * o + i] = clipped(sums[i], axis->bits);
    }
}

/* Resizes rows, then columns, with a rounded uint8 image in between; skips an axis that keeps its size. */
int r1_resize_bicubic(const uint8_t *rgb, size_t width, size_t height, int short_weights, uint8_t *out,
                      size_t out_width, size_t out_height) {
    struct axis across = {0}, down = {0};
    uint8_t *between = NULL;
    int32_t *sums = NULL;
    int failed = 0, wide = width != out_width, high = height != out_height;
    if (wide) failed |= make_axis(width, out_width, short_weights, &across);
    if (high) failed |= make_axis(height, out_height, short_weights, &down);
    if (wide && high) failed |= (between = malloc(3 * out_width * height)) == NULL;
    if (high) failed |= (sums = malloc(3 * out_width * sizeof *sums)) == NULL;
    if (!failed) {
        if (wide) resize_rows(rgb, width, height, &across, out_width, high ? between : out);
        if (high) resize_columns(wide ? between : rgb, out_width, &down, out_height, sums, out);
        if (!wide && !high) memcpy(out, rgb, 3 * width * height);
    }
    free(between);
    free(sums);
    free_axis(&across);
    free_axis(&down);
    return failed ? -1 : 0;
}

void r1_patchify(const uint8_t *rgb, size_t width, size_t height, size_t patch, size_t merge, size_t frames,
                 const float *value, float *out) {
    size_t block = patch * merge;
    for (size_t top = 0; top + block <= height; top += block)
        for (size_t left = 0; left + block <= width; left += block)
            for (size_t cell = 0; cell < merge * merge; cell++) {
                const uint8_t *corner = rgb + 3 * ((top + cell / merge * patch) * width + left + cell % merge * patch);
                for (size_t c = 0; c < 3; c++) {
                    float *first = out;
                    for (size_t y = 0; y < patch; y++)
                        for (size_t x = 0; x < patch; x++)
                            *out++ = value[256 * c + corner[3 * (y * width + x) + c]];
                    for (size_t f = 1; f < frames; f++, out += patch * patch)
                        memcpy(out, first, patch * patch * sizeof *out);
                }
            }
}

void r1_planes(const uint8_t *rgb, size_t pixels, const float *value, float *out) {
    for (size_t c = 0; c < 3; c++, value += 256, out += pixels)
        for (size_t i = 0; i < pixels; i++) out[i] = value[rgb[3 * i + c]];
}
