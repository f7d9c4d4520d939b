/* HEIC with libheif, which turns the image upright. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text && *text ? text : "the file is damaged");
    return -1;
}

struct opened {
    struct heif_context *context;
    struct heif_image_handle *handle;
};

static void close_file(struct opened *file) {
    if (file->handle) heif_image_handle_release(file->handle);
    if (file->context) heif_context_free(file->context);
}

static int open_header(struct opened *file, const uint8_t *bytes, size_t count, char *message) {
    *file = (struct opened){heif_context_alloc(), NULL};
    if (!file->context) return refuse(message, "out of memory");
    struct heif_error error = heif_context_read_from_memory_without_copy(file->context, bytes, count, NULL);
    if (error.code == heif_error_Ok) error = heif_context_get_primary_image_handle(file->context, &file->handle);
    return error.code == heif_error_Ok ? 0 : refuse(message, error.message);
}

int r1_heif_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    struct opened file;
    int result = open_header(&file, bytes, count, message);
    if (result == 0) {
        int width = heif_image_handle_get_width(file.handle), height = heif_image_handle_get_height(file.handle);
        if (width > 0 && height > 0) *size = (r1_image_size){(uint32_t)width, (uint32_t)height};
        else result = refuse(message, "the header has no size");
    }
    close_file(&file);
    return result;
}

int r1_heif_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    struct opened file;
    struct heif_image *image = NULL;
    int result = open_header(&file, bytes, count, message);
    if (result == 0) {
        int over_white = on_white && heif_image_handle_has_alpha_channel(file.handle);
        size_t channels = over_white ? 4 : 3;
        struct heif_error error = heif_decode_image(
            file.handle, &image, heif_colorspace_RGB,
            over_white ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, NULL);
        if (error.code != heif_error_Ok) {
            result = refuse(message, error.message);
        } else {
            int stride = 0;
            const uint8_t *rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
            if (!rows || heif_image_get_primary_width(image) != (int)size.width
                || heif_image_get_primary_height(image) != (int)size.height || stride < (int)(channels * size.width))
                result = refuse(message, "the header and the image have different sizes");
            for (size_t y = 0; result == 0 && y < size.height; y++) {
                const uint8_t *row = rows + (size_t)stride * y;
                uint8_t *to = rgb + 3 * size.width * y;
                if (over_white) r1_over_white(size.width, row, to);
                else memcpy(to, row, 3 * size.width);
            }
        }
    }
    if (image) heif_image_release(image);
    close_file(&file);
    return result;
}
