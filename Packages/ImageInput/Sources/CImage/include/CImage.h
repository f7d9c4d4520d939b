/* Image decoding over libjpeg-turbo, libpng and libwebp, and the pixel loops: resize, turn, cut into patches.
 *
 * Every decoder comes as two functions: `_size` reads the header only and allocates nothing of the image's size;
 * `_decode` writes height * width * 3 bytes of RGB and fails unless the image has exactly the size given. Both return
 * 0, or -1 with a message. No error of a library reaches the caller in another way, whatever the bytes are. */
#ifndef R1_CIMAGE_H
#define R1_CIMAGE_H

#include <stddef.h>
#include <stdint.h>

/* Room for a message, its end included. */
#define R1_IMAGE_MESSAGE 256

typedef struct {
    uint32_t width, height;
} r1_image_size;

int r1_jpeg_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_jpeg_decode(const uint8_t *bytes, size_t count, r1_image_size size, uint8_t *rgb, char *message);

/* on_white: an RGBA image is laid over white; otherwise its colours are kept and the alpha is dropped. */
int r1_png_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_png_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* Writes a PNG of 8-bit RGB into memory that the caller gives back with free(). */
int r1_png_encode(const uint8_t *rgb, r1_image_size size, uint8_t **bytes, size_t *count, char *message);

/* The size is the canvas; of an animation the first frame is drawn on it. */
int r1_webp_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_webp_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* The frames of a WebP, one after the other, each drawn on the canvas over those before it. */
typedef struct r1_webp_animation r1_webp_animation;

/* NULL with a message when the file is damaged. The size and the number of frames come from the header. */
r1_webp_animation *r1_webp_open(const uint8_t *bytes, size_t count, r1_image_size *size, uint32_t *frames, char *message);
/* How long all frames last; nothing is decoded. */
int64_t r1_webp_milliseconds(const r1_webp_animation *animation);
/* Draws the next frame. -1 when there is none. */
int r1_webp_next(r1_webp_animation *animation, int on_white, uint8_t *rgb, char *message);
void r1_webp_close(r1_webp_animation *animation);

/* rgb = rgba over white, with Pillow's rounding; they may start at the same address. */
void r1_over_white(size_t pixels, const uint8_t *rgba, uint8_t *rgb);

/* Turns a width x height image by its EXIF orientation (1 to 8); 5 to 8 swap the sides of `out`. */
void r1_orient(int orientation, size_t width, size_t height, const uint8_t *rgb, uint8_t *out);

/* Pillow's BICUBIC on uint8, bit for bit; with short_weights torch's antialiased bicubic on uint8, whose weights have
 * 16 bits. Returns -1 when memory runs out. */
int r1_resize_bicubic(const uint8_t *rgb, size_t width, size_t height, int short_weights, uint8_t *out,
                      size_t out_width, size_t out_height);

/* Cuts an image into rows for the vision tower: rows in blocks of merge x merge patches, each row (channel, frame,
 * patch row, patch column), the one frame repeated. value[channel * 256 + byte] is the normalised value. */
void r1_patchify(const uint8_t *rgb, size_t width, size_t height, size_t patch, size_t merge, size_t frames,
                 const float *value, float *out);

/* Takes the channels of an image apart: out[channel][pixel], normalised like the patches. */
void r1_planes(const uint8_t *rgb, size_t pixels, const float *value, float *out);

#endif
