/* Lossy, lossless and animated WebP (the first frame or all of them) with libwebp. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text);
    return -1;
}

int r1_webp_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) return refuse(message, "the header is damaged");
    if (features.width <= 0 || features.height <= 0) return refuse(message, "the header has no size");
    *size = (r1_image_size){(uint32_t)features.width, (uint32_t)features.height};
    return 0;
}

/* Draws the frame on a canvas that is transparent black elsewhere, as in Pillow. */
static int draw(const WebPIterator *frame, r1_image_size size, size_t channels, uint8_t *canvas) {
    size_t stride = channels * size.width, total = stride * size.height;
    memset(canvas, 0, total);
    size_t start = stride * (size_t)frame->y_offset + channels * (size_t)frame->x_offset;
    uint8_t *drawn = channels == 4
        ? WebPDecodeRGBAInto(frame->fragment.bytes, frame->fragment.size, canvas + start, total - start, (int)stride)
        : WebPDecodeRGBInto(frame->fragment.bytes, frame->fragment.size, canvas + start, total - start, (int)stride);
    return drawn ? 0 : -1;
}

static int decode_frame(const WebPIterator *frame, r1_image_size size, int over_white, uint8_t *rgb, char *message) {
    int64_t right = (int64_t)frame->x_offset + frame->width, bottom = (int64_t)frame->y_offset + frame->height;
    if (frame->x_offset < 0 || frame->y_offset < 0 || right > size.width || bottom > size.height)
        return refuse(message, "the first frame leaves the canvas");
    if (!over_white) return draw(frame, size, 3, rgb) ? refuse(message, "the picture data are damaged") : 0;
    size_t pixels = (size_t)size.width * size.height;
    uint8_t *rgba = malloc(4 * pixels);
    if (!rgba) return refuse(message, "out of memory");
    int result = draw(frame, size, 4, rgba) ? refuse(message, "the picture data are damaged") : 0;
    if (result == 0) r1_over_white(pixels, rgba, rgb);
    free(rgba);
    return result;
}

int r1_webp_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    WebPData data = {bytes, count};
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) return refuse(message, "the header is damaged");
    WebPDemuxer *demuxer = WebPDemux(&data);
    if (!demuxer) return refuse(message, "the file is damaged or ends too early");
    int result;
    WebPIterator frame;
    if (WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH) != size.width
        || WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT) != size.height) {
        result = refuse(message, "the header and the canvas have different sizes");
    } else if (!WebPDemuxGetFrame(demuxer, 1, &frame)) {
        result = refuse(message, "there is no frame");
    } else {
        result = decode_frame(&frame, size, on_white && features.has_alpha, rgb, message);
        WebPDemuxReleaseIterator(&frame);
    }
    WebPDemuxDelete(demuxer);
    return result;
}

struct r1_webp_animation {
    WebPAnimDecoder *decoder;
    r1_image_size size;
};

r1_webp_animation *r1_webp_open(const uint8_t *bytes, size_t count, r1_image_size *size, uint32_t *frames, char *message) {
    WebPData data = {bytes, count};
    WebPAnimDecoderOptions options;
    WebPAnimInfo info;
    r1_webp_animation *animation = calloc(1, sizeof *animation);
    if (animation && WebPAnimDecoderOptionsInit(&options)) {
        options.color_mode = MODE_RGBA;
        options.use_threads = 0;
        animation->decoder = WebPAnimDecoderNew(&data, &options);
    }
    if (!animation || !animation->decoder || !WebPAnimDecoderGetInfo(animation->decoder, &info)) {
        refuse(message, "the file is damaged or ends too early");
        r1_webp_close(animation);
        return NULL;
    }
    *size = animation->size = (r1_image_size){info.canvas_width, info.canvas_height};
    *frames = info.frame_count;
    return animation;
}

int64_t r1_webp_milliseconds(const r1_webp_animation *animation) {
    int64_t sum = 0;
    WebPIterator frame;
    if (!WebPDemuxGetFrame(WebPAnimDecoderGetDemuxer(animation->decoder), 1, &frame)) return 0;
    do sum += frame.duration;
    while (WebPDemuxNextFrame(&frame));
    WebPDemuxReleaseIterator(&frame);
    return sum;
}

int r1_webp_next(r1_webp_animation *animation, int on_white, uint8_t *rgb, char *message) {
    uint8_t *rgba;
    int end;
    if (!WebPAnimDecoderGetNext(animation->decoder, &rgba, &end)) return refuse(message, "a frame is damaged");
    size_t pixels = (size_t)animation->size.width * animation->size.height;
    if (on_white) r1_over_white(pixels, rgba, rgb);
    else
        for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, rgba + 4 * i, 3);
    return 0;
}

void r1_webp_close(r1_webp_animation *animation) {
    if (animation && animation->decoder) WebPAnimDecoderDelete(animation->decoder);
    free(animation);
}
