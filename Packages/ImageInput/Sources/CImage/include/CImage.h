/* Image decoding with libjpeg-turbo, libpng, libwebp, giflib, libtiff, libavif and libheif (BMP has no library), and
 * pixel loops: resize, rotate, cut into patches.
 *
 * Every decoder has two functions: `_size` reads only the header and allocates no image-sized memory; `_decode`
 * writes height * width * 3 bytes of RGB and fails unless the image has exactly the given size. Both return 0,
 * or -1 with a message. For any input, this is the only way library errors are reported. */
#ifndef R1_CIMAGE_H
#define R1_CIMAGE_H

#include <stddef.h>
#include <stdint.h>

/* Size of a message buffer, including the terminating NUL. */
#define R1_IMAGE_MESSAGE 256

typedef struct {
    uint32_t width, height;
} r1_image_size;

int r1_jpeg_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_jpeg_decode(const uint8_t *bytes, size_t count, r1_image_size size, uint8_t *rgb, char *message);

/* on_white: composites an RGBA image over white; otherwise its colors are kept and the alpha is dropped. */
int r1_png_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_png_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* Whether a PNG has all its chunks up to the end chunk, each with its right checksum, and image data among them. */
int r1_png_is_whole(const uint8_t *bytes, size_t count);

/* Writes a PNG of 8-bit RGB into memory that the caller must free(). */
int r1_png_encode(const uint8_t *rgb, r1_image_size size, uint8_t **bytes, size_t *count, char *message);

/* The size is that of the canvas; for an animation, the first frame is drawn on it. */
int r1_webp_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_webp_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* The frames of a WebP in order, each drawn on the canvas over the previous ones. */
typedef struct r1_webp_animation r1_webp_animation;

/* Returns NULL with a message if the file is damaged. Size and frame count come from the header. */
r1_webp_animation *r1_webp_open(const uint8_t *bytes, size_t count, r1_image_size *size, uint32_t *frames, char *message);
/* The total duration of all frames; decodes nothing. */
int64_t r1_webp_milliseconds(const r1_webp_animation *animation);
/* Draws the next frame. Returns -1 if there is none. */
int r1_webp_next(r1_webp_animation *animation, int on_white, uint8_t *rgb, char *message);
void r1_webp_close(r1_webp_animation *animation);

/* The size is that of the screen, which the first frame may enlarge; the first frame is drawn on it. */
int r1_gif_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_gif_decode(const uint8_t *bytes, size_t count, r1_image_size size, uint8_t *rgb, char *message);

/* The frames of a GIF in order, each drawn on the screen over what the previous ones left. */
typedef struct r1_gif_animation r1_gif_animation;

/* Returns NULL with a message if the file is damaged. Reads the whole file once without decoding a frame. */
r1_gif_animation *r1_gif_open(const uint8_t *bytes, size_t count, r1_image_size *size, uint32_t *frames, char *message);
/* The total duration of all frames. */
int64_t r1_gif_milliseconds(const r1_gif_animation *animation);
/* Draws the next frame. Returns -1 if there is none. */
int r1_gif_next(r1_gif_animation *animation, int on_white, uint8_t *rgb, char *message);
void r1_gif_close(r1_gif_animation *animation);

/* 1, 4, 8, 16, 24 and 32 bits, palettes, bit fields, run lengths, rows from the bottom or the top. */
int r1_bmp_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_bmp_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* The first page, not turned by its orientation tag. */
int r1_tiff_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_tiff_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* The size is that of the stored image; `orientation` is the EXIF orientation of its rotation and mirror. */
int r1_avif_size(const uint8_t *bytes, size_t count, r1_image_size *size, int *orientation, char *message);
int r1_avif_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* The size is that of the upright image: the library turns it. */
int r1_heif_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message);
int r1_heif_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message);

/* rgb = rgba over white, with Pillow's rounding; both may start at the same address. */
void r1_over_white(size_t pixels, const uint8_t *rgba, uint8_t *rgb);

/* Applies an EXIF orientation (1 to 8) to a width x height image; 5 to 8 swap the sides of `out`. */
void r1_orient(int orientation, size_t width, size_t height, const uint8_t *rgb, uint8_t *out);

/* Pillow's BICUBIC on uint8, bit for bit; with short_weights, torch's antialiased bicubic on uint8, which has
 * 16-bit weights. Returns -1 if memory runs out. */
int r1_resize_bicubic(const uint8_t *rgb, size_t width, size_t height, int short_weights, uint8_t *out,
                      size_t out_width, size_t out_height);

/* Cuts an image into rows for the vision tower: rows in blocks of merge x merge patches, each row (channel,
 * frame, patch row, patch column), the one frame repeated. value[channel * 256 + byte] is the normalized value. */
void r1_patchify(const uint8_t *rgb, size_t width, size_t height, size_t patch, size_t merge, size_t frames,
                 const float *value, float *out);

/* Splits an image into channels: out[channel][pixel], normalized like the patches. */
void r1_planes(const uint8_t *rgb, size_t pixels, const float *value, float *out);

#endif
