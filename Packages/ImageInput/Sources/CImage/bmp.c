/* BMP. There is no library for it, and the format is small. As in Pillow: 5 and 6 bits are spread over 8, and only bit
 * fields with a mask for alpha have alpha. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text);
    return -1;
}

enum { RAW, RLE8, RLE4, BITFIELDS, ALPHA_BITFIELDS = 6 };

struct header {
    uint32_t width, height, compression, start, colors, palette;
    uint32_t masks[4]; /* red, green, blue, alpha */
    int bits, from_top, entry_bytes;
};

static uint32_t number(const uint8_t *at, int bytes) {
    uint32_t value = 0;
    while (bytes-- > 0) value = value << 8 | at[bytes];
    return value;
}

static int read_header(const uint8_t *bytes, size_t count, struct header *h, char *message) {
    memset(h, 0, sizeof *h);
    if (count < 26) return refuse(message, "the file ends too early");
    uint32_t length = number(bytes + 14, 4);
    h->start = number(bytes + 10, 4);
    if (length == 12) {
        h->width = number(bytes + 18, 2);
        h->height = number(bytes + 20, 2);
        h->bits = (int)number(bytes + 24, 2);
        h->entry_bytes = 3;
    } else if (length == 40 || length == 52 || length == 56 || length == 64 || length == 108 || length == 124) {
        if (count < 14 + (size_t)length) return refuse(message, "the file ends too early");
        h->width = number(bytes + 18, 4);
        h->height = number(bytes + 22, 4);
        h->bits = (int)number(bytes + 28, 2);
        h->compression = number(bytes + 30, 4);
        h->colors = number(bytes + 46, 4);
        h->entry_bytes = 4;
        h->from_top = h->height >> 31;
        if (h->from_top) h->height = 0u - h->height;
        if (h->width >> 31) return refuse(message, "a negative width");
    } else {
        return refuse(message, "a header of unknown length");
    }
    h->palette = 14 + length;
    if (h->compression == BITFIELDS || h->compression == ALPHA_BITFIELDS) {
        int fields = h->compression == ALPHA_BITFIELDS || length >= 56 ? 4 : 3;
        size_t after = length >= 52 ? 0 : 4 * (size_t)fields; /* the masks follow a short header */
        if (length == 64) return refuse(message, "bit fields in a header of OS/2");
        if (count < h->palette + after) return refuse(message, "the file ends too early");
        for (int i = 0; i < fields; i++) h->masks[i] = number(bytes + 54 + 4 * i, 4);
        h->palette += (uint32_t)after;
    }
    if (h->colors == 0 && h->bits <= 8) h->colors = 1u << (h->bits & 15);
    return 0;
}

int r1_bmp_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    struct header h;
    if (read_header(bytes, count, &h, message)) return -1;
    *size = (r1_image_size){h.width, h.height};
    return 0;
}

/* The lowest bit of a mask and how many bits it has; -1 unless they are beside each other. */
static int field_of(uint32_t mask, int *shift, int *bits) {
    *shift = *bits = 0;
    if (mask == 0) return 0;
    while (!(mask >> *shift & 1)) ++*shift;
    while (*shift + *bits < 32 && mask >> (*shift + *bits) & 1) ++*bits;
    uint32_t run = *bits == 32 ? ~0u : ((1u << *bits) - 1) << *shift;
    return run == mask && *bits <= 8 ? 0 : -1;
}

struct pixels {
    int shifts[4], bits[4];
    int has_alpha;
};

static int read_fields(const struct header *h, struct pixels *p, char *message) {
    static const uint32_t usual[2][3] = {{0x7C00, 0x3E0, 0x1F}, {0xFF0000, 0xFF00, 0xFF}};
    int fields = h->compression == BITFIELDS || h->compression == ALPHA_BITFIELDS;
    if (fields && h->bits != 16 && h->bits != 32 && h->bits != 24) return refuse(message, "bit fields of an unknown depth");
    for (int c = 0; c < 4; c++) {
        uint32_t mask = fields ? h->masks[c] : c < 3 ? usual[h->bits != 16][c] : 0;
        if (field_of(mask, &p->shifts[c], &p->bits[c])) return refuse(message, "bit fields that are not connected");
        if (c < 3 && mask == 0) return refuse(message, "a color without a bit field");
    }
    p->has_alpha = p->bits[3] > 0;
    return 0;
}

static uint8_t field(uint32_t value, int shift, int bits) {
    uint32_t most = (1u << bits) - 1;
    return bits == 8 ? (uint8_t)(value >> shift) : (uint8_t)((value >> shift & most) * 255 / most);
}

/* Rows of direct colors. */
static int read_colors(const struct header *h, const uint8_t *data, size_t stride, int on_white, uint8_t *rgb, char *message) {
    struct pixels p;
    if (read_fields(h, &p, message)) return -1;
    int over_white = on_white && p.has_alpha;
    size_t width = h->width, size = (size_t)h->bits / 8;
    for (size_t y = 0; y < h->height; y++) {
        const uint8_t *row = data + stride * (h->from_top ? y : h->height - 1 - y);
        uint8_t *to = rgb + 3 * width * y;
        for (size_t x = 0; x < width; x++, to += 3) {
            uint32_t value = number(row + size * x, (int)size);
            uint8_t rgba[4];
            for (int c = 0; c < 3; c++) rgba[c] = field(value, p.shifts[c], p.bits[c]);
            rgba[3] = p.has_alpha ? field(value, p.shifts[3], p.bits[3]) : 255;
            if (over_white) r1_over_white(1, rgba, to);
            else memcpy(to, rgba, 3);
        }
    }
    return 0;
}

/* Writes an index at a place counted from the bottom left; places outside are an error. */
static int put(const struct header *h, uint8_t *indices, size_t x, size_t y, uint8_t index) {
    if (x >= h->width || y >= h->height) return -1;
    indices[(h->from_top ? y : h->height - 1 - y) * h->width + x] = index;
    return 0;
}

/* Runs: (count, value), or 0 and: the end of a row, the end, a jump, or so many literal values. */
static int read_runs(const struct header *h, const uint8_t *data, size_t count, uint8_t *indices, char *message) {
    int four = h->compression == RLE4;
    size_t at = 0, x = 0, y = 0;
    while (at + 2 <= count && y < h->height) {
        size_t run = data[at], value = data[at + 1];
        at += 2;
        if (run > 0) {
            for (size_t i = 0; i < run; i++, x++) {
                if (x >= h->width) continue; /* the row's end cuts a run, as in Pillow */
                put(h, indices, x, y, (uint8_t)(four ? (i % 2 ? value & 15 : value >> 4) : value));
            }
        } else if (value == 0) {
            x = 0, y++;
        } else if (value == 1) {
            return 0;
        } else if (value == 2) {
            if (at + 2 > count) break;
            x += data[at], y += data[at + 1];
            at += 2;
        } else {
            size_t length = four ? (value + 1) / 2 : value;
            if (length > count - at) break;
            for (size_t i = 0; i < value; i++, x++) {
                uint8_t two = data[at + (four ? i / 2 : i)];
                if (put(h, indices, x, y, four ? (i % 2 ? two & 15 : two >> 4) : two))
                    return refuse(message, "a run leaves the image");
            }
            at += length + length % 2;
        }
    }
    return y >= h->height ? 0 : refuse(message, "the file ends too early");
}

static void read_indices(const struct header *h, const uint8_t *data, size_t stride, uint8_t *indices) {
    int per_byte = 8 / h->bits, mask = (1 << h->bits) - 1;
    for (size_t y = 0; y < h->height; y++) {
        const uint8_t *row = data + stride * (h->from_top ? y : h->height - 1 - y);
        for (size_t x = 0; x < h->width; x++) {
            int shift = 8 - h->bits * (int)(x % (size_t)per_byte + 1);
            indices[y * h->width + x] = (uint8_t)(row[x / (size_t)per_byte] >> shift & mask);
        }
    }
}

/* Rows of indices into a palette, drawn from the end of `rgb` on so that they can be replaced from the start. */
static int read_palette(const struct header *h, const uint8_t *bytes, size_t count, const uint8_t *data, size_t left,
                        size_t stride, uint8_t *rgb, char *message) {
    uint8_t palette[256][3] = {{0}};
    size_t pixels = (size_t)h->width * h->height;
    uint8_t *indices = rgb + 2 * pixels;
    for (size_t i = 0; i < h->colors && i < 256; i++) {
        size_t at = h->palette + i * (size_t)h->entry_bytes;
        if (at + 3 > count) return refuse(message, "the palette is outside the file");
        for (int c = 0; c < 3; c++) palette[i][c] = bytes[at + 2 - (size_t)c];
    }
    if (h->compression == RAW) {
        read_indices(h, data, stride, indices);
    } else {
        memset(indices, 0, pixels);
        if (read_runs(h, data, left, indices, message)) return -1;
    }
    for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, palette[indices[i]], 3);
    return 0;
}

int r1_bmp_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    struct header h;
    if (read_header(bytes, count, &h, message)) return -1;
    if (h.width != size.width || h.height != size.height) return refuse(message, "the size changed");
    if (h.start > count) return refuse(message, "the picture data are outside the file");
    const uint8_t *data = bytes + h.start;
    size_t left = count - h.start, stride = ((size_t)h.width * (size_t)h.bits + 31) / 32 * 4;
    int has_palette = h.bits == 1 || h.bits == 4 || h.bits == 8;
    int is_run = h.compression == RLE8 || h.compression == RLE4;
    if (!has_palette && h.bits != 16 && h.bits != 24 && h.bits != 32) return refuse(message, "an unknown number of bits");
    if (is_run && h.bits != (h.compression == RLE8 ? 8 : 4)) return refuse(message, "run lengths of another depth");
    if (!is_run && h.compression != RAW && h.compression != BITFIELDS && h.compression != ALPHA_BITFIELDS)
        return refuse(message, "an unknown compression");
    if (has_palette && !is_run && h.compression != RAW) return refuse(message, "bit fields with a palette");
    /* The last row needs no padding. */
    size_t row = ((size_t)h.width * (size_t)h.bits + 7) / 8;
    if (!is_run && left < stride * (h.height - 1) + row) return refuse(message, "the file ends too early");
    if (has_palette) return read_palette(&h, bytes, count, data, left, stride, rgb, message);
    return read_colors(&h, data, stride, on_white, rgb, message);
}
