/* JPEG with libjpeg-turbo's defaults (accurate integer DCT, fancy upsampling), which Pillow also uses.
 * CMYK and YCCK follow Pillow: stored values are treated as inverted (Adobe's convention). */
#include "CImage.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

/* A small progressive file can request thousands of passes over a large image. */
enum { MOST_SCANS = 200 };

struct decoder {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    char *message;
};

static void fail(j_common_ptr common) {
    struct decoder *d = common->client_data;
    char text[JMSG_LENGTH_MAX];
    common->err->format_message(common, text);
    snprintf(d->message, R1_IMAGE_MESSAGE, "%s", text);
    longjmp(d->escape, 1);
}

static void refuse(struct decoder *d, const char *text) {
    snprintf(d->message, R1_IMAGE_MESSAGE, "%s", text);
    longjmp(d->escape, 1);
}

/* As in Pillow, damaged data cause only a warning, but missing data are an error. */
static void warn(j_common_ptr common, int level) {
    if (level < 0 && common->err->msg_code == JWRN_JPEG_EOF) fail(common);
}

static void watch(j_common_ptr common) {
    struct decoder *d = common->client_data;
    if (d->info.input_scan_number > MOST_SCANS) refuse(d, "more scans than any encoder writes");
}

static void open_header(struct decoder *d, const uint8_t *bytes, size_t count) {
    d->info.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = fail;
    d->errors.emit_message = warn;
    d->info.client_data = d;
    jpeg_create_decompress(&d->info);
    d->progress.progress_monitor = watch;
    d->info.progress = &d->progress;
    jpeg_mem_src(&d->info, (unsigned char *)bytes, (unsigned long)count);
    jpeg_read_header(&d->info, TRUE);
    int components = d->info.num_components;
    if (components != 1 && components != 3 && components != 4) refuse(d, "only 1, 3 and 4 components have a meaning");
}

static void spread_grey(size_t width, uint8_t *row) {
    for (size_t x = width; x-- > 0;) row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = row[x];
}

/* Pillow's MULDIV255: a * b / 255, rounded. */
static uint8_t scaled(unsigned a, unsigned b) {
    unsigned t = a * b + 128;
    return (uint8_t)(((t >> 8) + t) >> 8);
}

static void cmyk_to_rgb(size_t width, const uint8_t *inverted, uint8_t *row) {
    for (size_t x = 0; x < width; x++) {
        uint8_t light = inverted[4 * x + 3];
        for (int c = 0; c < 3; c++) row[3 * x + c] = light - scaled(255 - inverted[4 * x + c], light);
    }
}

static void read_rows(struct decoder *d, uint8_t *rgb) {
    j_decompress_ptr info = &d->info;
    int components = info->num_components;
    info->out_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_start_decompress(info);
    size_t width = info->output_width;
    JSAMPARRAY four = NULL;
    if (components == 4) four = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, (JDIMENSION)(4 * width), 1);
    while (info->output_scanline < info->output_height) {
        uint8_t *row = rgb + 3 * width * info->output_scanline;
        JSAMPROW into[1] = {four ? four[0] : row};
        if (jpeg_read_scanlines(info, into, 1) != 1) refuse(d, "a row is missing");
        if (components == 1) spread_grey(width, row);
        if (components == 4) cmyk_to_rgb(width, four[0], row);
    }
}

/* If rgb is NULL, reads only the header. setjmp is called here because no local changes after it. */
static int run(struct decoder *d, const uint8_t *bytes, size_t count, r1_image_size *size, uint8_t *rgb) {
    if (setjmp(d->escape)) return -1;
    open_header(d, bytes, count);
    if (!rgb) {
        *size = (r1_image_size){d->info.image_width, d->info.image_height};
        return 0;
    }
    if (d->info.image_width != size->width || d->info.image_height != size->height) refuse(d, "the size changed");
    read_rows(d, rgb);
    return 0;
}

static int decode(const uint8_t *bytes, size_t count, r1_image_size *size, uint8_t *rgb, char *message) {
    struct decoder d;
    memset(&d, 0, sizeof d);
    d.message = message;
    int result = run(&d, bytes, count, size, rgb);
    jpeg_destroy_decompress(&d.info);
    return result;
}

int r1_jpeg_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    return decode(bytes, count, size, NULL, message);
}

int r1_jpeg_decode(const uint8_t *bytes, size_t count, r1_image_size size, uint8_t *rgb, char *message) {
    return decode(bytes, count, &size, rgb, message);
}
