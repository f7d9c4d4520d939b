/* GIF with giflib: the first frame, or all of them. Drawn as Pillow draws them: the screen is filled with the transparent
 * index or the first one, and a palette's transparency is dropped from the first frame. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

struct source {
    const uint8_t *bytes;
    size_t count, at;
};

/* The extension before a frame. */
struct control {
    int transparent, disposal, milliseconds;
};

struct r1_gif_animation {
    struct source source;
    GifFileType *gif;
    r1_image_size size;
    int64_t milliseconds;
    uint32_t drawn;
    struct control control;
    int left_disposal; /* what becomes of the frame before this one, and its place and background */
    size_t left, top, width, height;
    uint8_t background[4];
    uint8_t *canvas, *before; /* RGBA */
};

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text ? text : "the file is damaged");
    return -1;
}

static int read_bytes(GifFileType *gif, GifByteType *out, int wanted) {
    struct source *source = gif->UserData;
    size_t left = source->count - source->at, count = (size_t)wanted < left ? (size_t)wanted : left;
    memcpy(out, source->bytes + source->at, count);
    source->at += count;
    return (int)count;
}

static GifFileType *open_file(struct source *source, char *message) {
    int error = 0;
    GifFileType *gif = DGifOpen(source, read_bytes, &error);
    if (!gif) refuse(message, GifErrorString(error));
    return gif;
}

static void close_file(GifFileType *gif) {
    if (gif) DGifCloseFile(gif, NULL);
}

/* Reads up to the next frame's description. Returns 0, 1 at the end, or -1. */
static int next_frame(GifFileType *gif, struct control *control, char *message) {
    *control = (struct control){-1, 0, 0};
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(gif, &type) == GIF_ERROR) return refuse(message, GifErrorString(gif->Error));
        if (type == TERMINATE_RECORD_TYPE) return 1;
        if (type == IMAGE_DESC_RECORD_TYPE) {
            if (DGifGetImageDesc(gif) == GIF_ERROR) return refuse(message, GifErrorString(gif->Error));
            return 0;
        }
        if (type != EXTENSION_RECORD_TYPE) continue;
        int code;
        GifByteType *block;
        if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return refuse(message, GifErrorString(gif->Error));
        while (block) {
            if (code == GRAPHICS_EXT_FUNC_CODE && block[0] >= 4) {
                control->transparent = block[1] & 1 ? block[4] : -1;
                control->disposal = block[1] >> 2 & 7;
                control->milliseconds = 10 * (block[2] | block[3] << 8);
            }
            if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return refuse(message, GifErrorString(gif->Error));
        }
    }
}

/* The screen, enlarged by the first frame. */
static int first_frame(GifFileType *gif, struct control *control, r1_image_size *size, char *message) {
    int result = next_frame(gif, control, message);
    if (result > 0) return refuse(message, "there is no frame");
    if (result < 0) return -1;
    const GifImageDesc *frame = &gif->Image;
    if (frame->Left < 0 || frame->Top < 0 || frame->Width <= 0 || frame->Height <= 0)
        return refuse(message, "a frame without pixels");
    int right = frame->Left + frame->Width, bottom = frame->Top + frame->Height;
    *size = (r1_image_size){(uint32_t)(right > gif->SWidth ? right : gif->SWidth),
                            (uint32_t)(bottom > gif->SHeight ? bottom : gif->SHeight)};
    return 0;
}

int r1_gif_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    struct source source = {bytes, count, 0};
    struct control control;
    GifFileType *gif = open_file(&source, message);
    int result = gif ? first_frame(gif, &control, size, message) : -1;
    close_file(gif);
    return result;
}

static void color_of(const GifFileType *gif, int index, uint8_t *rgb) {
    const ColorMapObject *map = gif->Image.ColorMap ? gif->Image.ColorMap : gif->SColorMap;
    memset(rgb, 0, 3);
    if (!map || index < 0 || index >= map->ColorCount) return;
    const GifColorType *color = map->Colors + index;
    rgb[0] = color->Red, rgb[1] = color->Green, rgb[2] = color->Blue;
}

/* Draws the frame that was described; transparent pixels are drawn too, without alpha, if `is_first`. */
static int draw(GifFileType *gif, const struct control *control, int is_first, r1_image_size size, uint8_t *rgba,
                char *message) {
    static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
    GifImageDesc frame = gif->Image;
    if (frame.Left < 0 || frame.Top < 0 || frame.Width <= 0 || frame.Height <= 0
        || (size_t)frame.Left + (size_t)frame.Width > size.width || (size_t)frame.Top + (size_t)frame.Height > size.height)
        return refuse(message, "a frame leaves the screen");
    GifPixelType *line = malloc((size_t)frame.Width);
    if (!line) return refuse(message, "out of memory");
    int result = 0;
    for (int pass = 0; pass < (frame.Interlace ? 4 : 1) && result == 0; pass++) {
        int step = frame.Interlace ? steps[pass] : 1;
        for (int y = frame.Interlace ? starts[pass] : 0; y < frame.Height && result == 0; y += step) {
            if (DGifGetLine(gif, line, frame.Width) == GIF_ERROR) {
                result = refuse(message, GifErrorString(gif->Error));
                break;
            }
            uint8_t *to = rgba + 4 * ((size_t)(frame.Top + y) * size.width + (size_t)frame.Left);
            for (int x = 0; x < frame.Width; x++, to += 4) {
                int is_clear = line[x] == control->transparent;
                if (is_clear && !is_first) continue;
                color_of(gif, line[x], to);
                to[3] = is_clear ? 0 : 255;
            }
        }
    }
    free(line);
    return result;
}

static void fill(uint8_t *rgba, size_t pixels, const uint8_t color[4]) {
    for (size_t i = 0; i < pixels; i++) memcpy(rgba + 4 * i, color, 4);
}

/* What is under the first frame: the transparent index, or the first one. */
static void fill_screen(const GifFileType *gif, const struct control *control, r1_image_size size, uint8_t *rgba) {
    uint8_t color[4];
    color_of(gif, control->transparent >= 0 ? control->transparent : 0, color);
    color[3] = control->transparent >= 0 ? 0 : 255;
    fill(rgba, (size_t)size.width * size.height, color);
}

int r1_gif_decode(const uint8_t *bytes, size_t count, r1_image_size size, uint8_t *rgb, char *message) {
    struct source source = {bytes, count, 0};
    struct control control;
    r1_image_size found;
    GifFileType *gif = open_file(&source, message);
    int result = gif ? first_frame(gif, &control, &found, message) : -1;
    if (result == 0 && (found.width != size.width || found.height != size.height))
        result = refuse(message, "the size changed");
    size_t pixels = (size_t)size.width * size.height;
    uint8_t *rgba = result == 0 ? malloc(4 * pixels) : NULL;
    if (result == 0 && !rgba) result = refuse(message, "out of memory");
    if (result == 0) {
        fill_screen(gif, &control, size, rgba);
        result = draw(gif, &control, 1, size, rgba, message);
        for (size_t i = 0; result == 0 && i < pixels; i++) memcpy(rgb + 3 * i, rgba + 4 * i, 3);
    }
    free(rgba);
    close_file(gif);
    return result;
}

/* Reads every frame's description and passes over its data. */
static int scan(r1_gif_animation *animation, uint32_t *frames, char *message) {
    struct source source = {animation->source.bytes, animation->source.count, 0};
    struct control control;
    GifFileType *gif = open_file(&source, message);
    int result = gif ? first_frame(gif, &control, &animation->size, message) : -1;
    *frames = 0;
    while (result == 0) {
        int code;
        GifByteType *block = NULL;
        ++*frames;
        animation->milliseconds += control.milliseconds;
        if (DGifGetCode(gif, &code, &block) == GIF_ERROR) result = -1;
        while (result == 0 && block)
            if (DGifGetCodeNext(gif, &block) == GIF_ERROR) result = -1;
        if (result < 0) refuse(message, GifErrorString(gif->Error));
        else result = next_frame(gif, &control, message);
    }
    close_file(gif);
    return result < 0 ? -1 : 0;
}

r1_gif_animation *r1_gif_open(const uint8_t *bytes, size_t count, r1_image_size *size, uint32_t *frames, char *message) {
    r1_gif_animation *animation = calloc(1, sizeof *animation);
    if (!animation) {
        refuse(message, "out of memory");
        return NULL;
    }
    animation->source = (struct source){bytes, count, 0};
    if (scan(animation, frames, message) || !(animation->gif = open_file(&animation->source, message))) {
        r1_gif_close(animation);
        return NULL;
    }
    *size = animation->size;
    return animation;
}

int64_t r1_gif_milliseconds(const r1_gif_animation *animation) { return animation->milliseconds; }

/* Undoes the frame before: its place becomes the background, or what was there. */
static void dispose(r1_gif_animation *a) {
    size_t stride = 4 * (size_t)a->size.width;
    for (size_t y = a->top; y < a->top + a->height; y++) {
        uint8_t *row = a->canvas + stride * y + 4 * a->left;
        if (a->left_disposal == 2) fill(row, a->width, a->background);
        if (a->left_disposal == 3) memcpy(row, a->before + stride * y + 4 * a->left, 4 * a->width);
    }
}

static int prepare(r1_gif_animation *a, char *message) {
    size_t bytes = 4 * (size_t)a->size.width * a->size.height;
    if (a->drawn == 0) {
        r1_image_size size;
        if (first_frame(a->gif, &a->control, &size, message)) return -1;
        a->canvas = malloc(bytes);
        if (!a->canvas) return refuse(message, "out of memory");
        fill_screen(a->gif, &a->control, a->size, a->canvas);
        return 0;
    }
    if (next_frame(a->gif, &a->control, message)) return refuse(message, "there is no further frame");
    dispose(a);
    return 0;
}

int r1_gif_next(r1_gif_animation *a, int on_white, uint8_t *rgb, char *message) {
    size_t pixels = (size_t)a->size.width * a->size.height;
    if (prepare(a, message)) return -1;
    if (a->control.disposal == 3) {
        if (!a->before && !(a->before = malloc(4 * pixels))) return refuse(message, "out of memory");
        memcpy(a->before, a->canvas, 4 * pixels);
    }
    if (draw(a->gif, &a->control, a->drawn == 0, a->size, a->canvas, message)) return -1;
    int is_clear = a->control.transparent >= 0;
    color_of(a->gif, is_clear ? a->control.transparent : a->gif->SBackGroundColor, a->background);
    a->background[3] = is_clear ? 0 : 255;
    a->left_disposal = a->control.disposal;
    a->left = (size_t)a->gif->Image.Left, a->top = (size_t)a->gif->Image.Top;
    a->width = (size_t)a->gif->Image.Width, a->height = (size_t)a->gif->Image.Height;
    /* The first frame of a palette has no alpha, as a still one has none. */
    if (on_white && a->drawn > 0) r1_over_white(pixels, a->canvas, rgb);
    else
        for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, a->canvas + 4 * i, 3);
    a->drawn++;
    return 0;
}

void r1_gif_close(r1_gif_animation *animation) {
    if (!animation) return;
    close_file(animation->gif);
    free(animation->canvas);
    free(animation->before);
    free(animation);
}
