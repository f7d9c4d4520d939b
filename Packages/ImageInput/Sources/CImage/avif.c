/* AVIF with libavif; for a sequence, the first image. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <avif/avif.h>

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text);
    return -1;
}

/* Reads the header; the caller destroys the decoder. */
static avifDecoder *open_header(const uint8_t *bytes, size_t count, char *message) {
    avifDecoder *decoder = avifDecoderCreate();
    if (!decoder) {
        refuse(message, "out of memory");
        return NULL;
    }
    decoder->maxThreads = 1;
    decoder->strictFlags = AVIF_STRICT_DISABLED; /* as Pillow reads files of old encoders */
    decoder->imageSizeLimit = AVIF_DEFAULT_IMAGE_SIZE_LIMIT;
    avifResult result = avifDecoderSetIOMemory(decoder, bytes, count);
    if (result == AVIF_RESULT_OK) result = avifDecoderParse(decoder);
    if (result != AVIF_RESULT_OK) {
        refuse(message, avifResultToString(result));
        avifDecoderDestroy(decoder);
        return NULL;
    }
    return decoder;
}

/* The EXIF orientation of a rotation (counterclockwise, in quarter turns) followed by a mirror. */
static int orientation_of(const avifImage *image) {
    int turns = image->transformFlags & AVIF_TRANSFORM_IROT ? image->irot.angle & 3 : 0;
    if (!(image->transformFlags & AVIF_TRANSFORM_IMIR)) return (int[]){1, 8, 3, 6}[turns];
    /* Mode 0 exchanges top and bottom, mode 1 left and right. */
    int sideways = image->imir.mode;
    return sideways ? (int[]){2, 7, 4, 5}[turns] : (int[]){4, 5, 2, 7}[turns];
}

int r1_avif_size(const uint8_t *bytes, size_t count, r1_image_size *size, int *orientation, char *message) {
    avifDecoder *decoder = open_header(bytes, count, message);
    if (!decoder) return -1;
    *size = (r1_image_size){decoder->image->width, decoder->image->height};
    *orientation = orientation_of(decoder->image);
    avifDecoderDestroy(decoder);
    return 0;
}

int r1_avif_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    avifDecoder *decoder = open_header(bytes, count, message);
    if (!decoder) return -1;
    uint8_t *rgba = NULL;
    avifImage *image = decoder->image;
    avifResult result = avifDecoderNextImage(decoder);
    if (result == AVIF_RESULT_OK && (image->width != size.width || image->height != size.height)) {
        avifDecoderDestroy(decoder);
        return refuse(message, "the header and the image have different sizes");
    }
    if (result == AVIF_RESULT_OK) {
        /* Without a place for alpha, the library would draw the image on black. */
        int has_alpha = image->alphaPlane != NULL;
        size_t pixels = (size_t)size.width * size.height, channels = has_alpha ? 4 : 3;
        avifRGBImage out;
        avifRGBImageSetDefaults(&out, image);
        out.format = has_alpha ? AVIF_RGB_FORMAT_RGBA : AVIF_RGB_FORMAT_RGB;
        out.depth = 8;
        out.rowBytes = (uint32_t)(channels * size.width);
        out.pixels = has_alpha ? rgba = malloc(4 * pixels) : rgb;
        result = out.pixels ? avifImageYUVToRGB(image, &out) : AVIF_RESULT_OUT_OF_MEMORY;
        if (result == AVIF_RESULT_OK && has_alpha && on_white) r1_over_white(pixels, rgba, rgb);
        else if (result == AVIF_RESULT_OK && has_alpha)
            for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, rgba + 4 * i, 3);
    }
    free(rgba);
    avifDecoderDestroy(decoder);
    return result == AVIF_RESULT_OK ? 0 : refuse(message, avifResultToString(result));
}
