/* PNG with libpng; each kind is converted as by Pillow's convert("RGB"): palettes and 1, 2, 4 and 8 bits
 * are expanded; 16-bit color keeps the high byte; 16-bit gray is clipped at 255. */
#include "CImage.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

struct decoder {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, at;
    char *message;
    uint8_t *rgba; /* the image with its alpha, if it is composited over white */
};

static void fail(png_structp png, png_const_charp text) {
    struct decoder *d = png_get_error_ptr(png);
    snprintf(d->message, R1_IMAGE_MESSAGE, "%s", text);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t wanted) {
    struct decoder *d = png_get_io_ptr(png);
    if (wanted > d->count - d->at) png_error(png, "the file ends too early");
    memcpy(out, d->bytes + d->at, wanted);
    d->at += wanted;
}

static void open_header(struct decoder *d) {
    png_set_read_fn(d->png, d, read_bytes);
    png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff); /* the caller checks its own limits */
    png_set_keep_unknown_chunks(d->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1); /* skip texts and profiles */
    png_read_info(d->png, d->info);
}

static int is_grey16(const struct decoder *d) {
    return png_get_color_type(d->png, d->info) == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(d->png, d->info) == 16;
}

/* Pillow opens 16-bit gray + alpha as RGBA, but 8-bit gray + alpha as LA, which loses its alpha. */
static int is_rgba(const struct decoder *d) {
    int type = png_get_color_type(d->png, d->info);
    int deep = png_get_bit_depth(d->png, d->info) == 16;
    return type == PNG_COLOR_TYPE_RGB_ALPHA || (type == PNG_COLOR_TYPE_GRAY_ALPHA && deep);
}

static void choose_transforms(struct decoder *d, int keep_alpha) {
    int type = png_get_color_type(d->png, d->info);
    if (is_grey16(d)) return;
    png_set_strip_16(d->png);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d->png);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(d->png);
    if (!(type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(d->png);
    if (!keep_alpha) png_set_strip_alpha(d->png);
}

static void clip_grey16(size_t width, uint8_t *row) {
    for (size_t x = width; x-- > 0;) {
        uint8_t value = row[2 * x] ? 255 : row[2 * x + 1];
        row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = value;
    }
}

static void read_rows(struct decoder *d, r1_image_size size, int on_white, uint8_t *rgb) {
    int keep_alpha = on_white && is_rgba(d), grey16 = is_grey16(d);
    size_t channels = keep_alpha ? 4 : 3, width = size.width;
    choose_transforms(d, keep_alpha);
    int passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    if (png_get_rowbytes(d->png, d->info) != width * (grey16 ? 2 : channels)) png_error(d->png, "unexpected row size");
    uint8_t *pixels = rgb;
    if (keep_alpha && !(pixels = d->rgba = malloc(4 * width * size.height))) png_error(d->png, "out of memory");
    for (int pass = 0; pass < passes; pass++)
        for (size_t y = 0; y < size.height; y++) png_read_row(d->png, pixels + channels * width * y, NULL);
    if (keep_alpha) r1_over_white(width * size.height, pixels, rgb);
    if (grey16)
        for (size_t y = 0; y < size.height; y++) clip_grey16(width, rgb + 3 * width * y);
}

/* If rgb is NULL, reads only the header. setjmp is called here because no local changes after it. */
static int run(struct decoder *d, r1_image_size *size, int on_white, uint8_t *rgb) {
    if (setjmp(png_jmpbuf(d->png))) return -1;
    open_header(d);
    r1_image_size found = {png_get_image_width(d->png, d->info), png_get_image_height(d->png, d->info)};
    if (!rgb) {
        *size = found;
        return 0;
    }
    if (found.width != size->width || found.height != size->height) png_error(d->png, "the size changed");
    read_rows(d, *size, on_white, rgb);
    return 0;
}

static int decode(const uint8_t *bytes, size_t count, r1_image_size *size, int on_white, uint8_t *rgb, char *message) {
    struct decoder d = {.bytes = bytes, .count = count, .message = message};
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, fail, ignore);
    if (d.png) d.info = png_create_info_struct(d.png);
    int result = -1;
    if (d.info) {
        result = run(&d, size, on_white, rgb);
    } else {
        snprintf(message, R1_IMAGE_MESSAGE, "libpng does not start");
    }
    if (d.png) png_destroy_read_struct(&d.png, &d.info, NULL);
    free(d.rgba);
    return result;
}

int r1_png_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    return decode(bytes, count, size, 0, NULL, message);
}

int r1_png_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    return decode(bytes, count, &size, on_white, rgb, message);
}

int r1_png_encode(const uint8_t *rgb, r1_image_size size, uint8_t **bytes, size_t *count, char *message) {
    png_image image = {.version = PNG_IMAGE_VERSION, .width = size.width, .height = size.height, .format = PNG_FORMAT_RGB};
    png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(image);
    *bytes = malloc(room);
    if (*bytes && png_image_write_to_memory(&image, *bytes, &room, 0, rgb, 0, NULL)) {
        *count = room;
        return 0;
    }
    snprintf(message, R1_IMAGE_MESSAGE, "%s", *bytes ? image.message : "out of memory");
    free(*bytes);
    *bytes = NULL;
    return -1;
}

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The CRC-32 of PNG, four bits at a time. */
static uint32_t checksum(const uint8_t *bytes, size_t count) {
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

int r1_png_is_whole(const uint8_t *bytes, size_t count) {
    int has_data = 0;
    for (size_t at = 8; at < count && count - at >= 12;) {
        size_t length = big_endian(bytes + at);
        if (length > count - at - 12) return 0;
        const uint8_t *kind = bytes + at + 4;
        if (big_endian(kind + 4 + length) != checksum(kind, 4 + length)) return 0;
        if (!memcmp(kind, "IEND", 4)) return has_data;
        has_data |= !memcmp(kind, "IDAT", 4);
        at += 12 + length;
    }
    return 0;
}
