/* TIFF with libtiff; each kind is converted as by Pillow's convert("RGB"): 16-bit color keeps the high byte, 16-bit gray
 * is clipped at 255, a palette keeps the high bytes, CMYK is mixed, associated alpha is divided out. */
#include "CImage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

static int refuse(char *message, const char *text) {
    snprintf(message, R1_IMAGE_MESSAGE, "%s", text);
    return -1;
}

struct source {
    const uint8_t *bytes;
    size_t count, at;
};

static tmsize_t read_bytes(thandle_t handle, void *out, tmsize_t wanted) {
    struct source *s = handle;
    size_t left = s->at < s->count ? s->count - s->at : 0, count = (size_t)wanted < left ? (size_t)wanted : left;
    memcpy(out, s->bytes + s->at, count);
    s->at += count;
    return (tmsize_t)count;
}

static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t count) {
    (void)handle, (void)from, (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    struct source *s = handle;
    if (whence == SEEK_SET) s->at = (size_t)offset;
    else if (whence == SEEK_CUR) s->at += (size_t)offset;
    else s->at = s->count + (size_t)offset;
    return (toff_t)s->at;
}

static int close_source(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return (toff_t)((struct source *)handle)->count; }

static TIFF *open_file(struct source *source, char *message) {
    TIFFSetErrorHandler(NULL); /* the library has one handler for the process; nothing is printed */
    TIFFSetWarningHandler(NULL);
    TIFF *tiff = TIFFClientOpen("memory", "rm", source, read_bytes, write_bytes, seek, close_source, size_of, NULL, NULL);
    if (!tiff) refuse(message, "the header or the first directory is damaged");
    return tiff;
}

static int read_size(TIFF *tiff, r1_image_size *size, char *message) {
    uint32_t width = 0, height = 0;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height))
        return refuse(message, "the first directory has no size");
    *size = (r1_image_size){width, height};
    return 0;
}

int r1_tiff_size(const uint8_t *bytes, size_t count, r1_image_size *size, char *message) {
    struct source source = {bytes, count, 0};
    TIFF *tiff = open_file(&source, message);
    if (!tiff) return -1;
    int result = read_size(tiff, size, message);
    TIFFClose(tiff);
    return result;
}

/* What a file holds. */
struct kind {
    uint16_t bits, samples, photometric, planar, extra;
    int used; /* the samples of a pixel that matter */
    int has_alpha, is_associated;
};

static int read_kind(TIFF *tiff, struct kind *k, char *message) {
    uint16_t format = SAMPLEFORMAT_UINT, compression = COMPRESSION_NONE, count = 0, *extra = NULL;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &k->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &k->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &k->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    /* The default of the library for a missing tag is that a fourth sample has no meaning; Pillow takes it for alpha. */
    if (!TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &extra)) count = 0;
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &k->photometric)) k->photometric = PHOTOMETRIC_MINISWHITE;
    if (k->photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        k->photometric = PHOTOMETRIC_RGB;
    }
    int colors = 1;
    switch (k->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE: break;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR: colors = 3; break;
    case PHOTOMETRIC_SEPARATED: colors = 4; break;
    default: return refuse(message, "an unknown kind of colors");
    }
    int small = colors == 1 && k->samples == 1 && (k->bits == 1 || k->bits == 2 || k->bits == 4);
    int deep = k->bits == 16 && k->photometric != PHOTOMETRIC_PALETTE && (colors > 1 || k->samples == 1);
    if (format != SAMPLEFORMAT_UINT || !(small || deep || k->bits == 8))
        return refuse(message, "samples that are not whole numbers of 1, 2, 4, 8 or 16 bits");
    if (k->samples < colors || k->samples > 8) return refuse(message, "an unknown number of samples");
    int alpha = colors == 3 && k->samples > 3;
    k->extra = alpha && count > 0 ? extra[0] : alpha ? EXTRASAMPLE_UNASSALPHA : EXTRASAMPLE_UNSPECIFIED;
    k->has_alpha = alpha && k->extra != EXTRASAMPLE_UNSPECIFIED;
    k->is_associated = k->extra == EXTRASAMPLE_ASSOCALPHA;
    if (colors == 1 && k->samples > 1 && count > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA)
        return refuse(message, "gray with associated alpha");
    k->used = colors + k->has_alpha;
    return 0;
}

/* A sample as 8 bits, or as an index. */
static uint8_t sample(const struct kind *k, const uint8_t *row, size_t index) {
    int is_color = k->photometric == PHOTOMETRIC_RGB || k->photometric == PHOTOMETRIC_SEPARATED;
    if (k->bits == 16) {
        uint16_t value;
        memcpy(&value, row + 2 * index, 2);
        return (uint8_t)(is_color ? value >> 8 : value > 255 ? 255 : value);
    }
    uint8_t value;
    if (k->bits == 8) {
        value = row[index];
    } else {
        size_t per_byte = 8 / k->bits;
        int most = (1 << k->bits) - 1;
        value = (uint8_t)(row[index / per_byte] >> (8 - k->bits * (index % per_byte + 1)) & most);
        if (k->photometric != PHOTOMETRIC_PALETTE) value = (uint8_t)(value * 255 / most);
    }
    return k->photometric == PHOTOMETRIC_MINISWHITE ? 255 - value : value;
}

/* Copies the samples of a decoded piece to their places in `out`, which has `used` bytes for a pixel. */
static void place(const struct kind *k, const uint8_t *data, size_t row_bytes, size_t width, size_t left, size_t top,
                  size_t columns, size_t rows, int plane, uint8_t *out) {
    size_t used = (size_t)k->used;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++) {
            uint8_t *to = out + used * ((top + y) * width + left + x);
            if (plane >= 0) to[plane] = sample(k, data + row_bytes * y, x);
            else
                for (size_t c = 0; c < used; c++) to[c] = sample(k, data + row_bytes * y, x * k->samples + c);
        }
}

/* Reads all strips or tiles. No piece may be much larger than the image: a file of some bytes could ask for anything. */
static int read_pieces(TIFF *tiff, const struct kind *k, r1_image_size size, uint8_t *out, char *message) {
    uint32_t wide = size.width, high = size.height;
    int tiled = TIFFIsTiled(tiff);
    if (tiled) {
        if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &wide) || !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &high))
            return refuse(message, "tiles without a size");
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &high);
        if (high > size.height) high = size.height;
    }
    if (wide == 0 || high == 0 || wide > size.width + 4096u || high > size.height + 4096u)
        return refuse(message, "tiles that are much larger than the image");
    int planes = k->planar == PLANARCONFIG_SEPARATE ? k->used : 1;
    tmsize_t bytes = tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    tmsize_t row_bytes = tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
    size_t in_row = ((size_t)wide * (planes > 1 || k->planar == PLANARCONFIG_SEPARATE ? 1 : k->samples) * k->bits + 7) / 8;
    if (bytes <= 0 || row_bytes <= 0 || (size_t)row_bytes < in_row || (size_t)bytes < (size_t)row_bytes * high)
        return refuse(message, "sizes of its pieces that contradict each other");
    uint8_t *data = malloc((size_t)bytes);
    if (!data) return refuse(message, "out of memory");
    int result = 0;
    for (int plane = 0; plane < planes; plane++)
        for (uint32_t top = 0; top < size.height && result == 0; top += high)
            for (uint32_t left = 0; left < size.width && result == 0; left += wide) {
                uint32_t rows = size.height - top < high ? size.height - top : high;
                uint32_t columns = size.width - left < wide ? size.width - left : wide;
                tmsize_t wanted = tiled ? bytes : row_bytes * (tmsize_t)rows;
                tmsize_t got = tiled
                    ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, left, top, 0, (uint16_t)plane), data, bytes)
                    : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, (uint16_t)plane), data, wanted);
                if (got < wanted) result = refuse(message, "a piece of the picture is damaged or missing");
                else
                    place(k, data, (size_t)row_bytes, size.width, left, top, columns, rows,
                          k->planar == PLANARCONFIG_SEPARATE ? plane : -1, out);
            }
    free(data);
    return result;
}

static uint8_t scaled(unsigned a, unsigned b) {
    unsigned t = a * b + 128;
    return (uint8_t)(((t >> 8) + t) >> 8);
}

static void divide_alpha(size_t pixels, uint8_t *rgba) {
    for (size_t i = 0; i < pixels; i++, rgba += 4)
        for (int c = 0; c < 3 && rgba[3] != 255; c++) {
            unsigned value = rgba[3] ? 255u * rgba[c] / rgba[3] : 0;
            rgba[c] = (uint8_t)(value > 255 ? 255 : value);
        }
}

static int read_palette(TIFF *tiff, const struct kind *k, uint8_t palette[256][3], char *message) {
    uint16_t *maps[3];
    memset(palette, 0, 256 * 3);
    if (k->bits > 8 || !TIFFGetField(tiff, TIFFTAG_COLORMAP, &maps[0], &maps[1], &maps[2]))
        return refuse(message, "a palette is missing");
    for (int i = 0; i < 1 << k->bits; i++)
        for (int c = 0; c < 3; c++) palette[i][c] = (uint8_t)(maps[c][i] >> 8);
    return 0;
}

/* YCbCr that is not JPEG's, which Pillow leaves to the library, too. */
static int read_ycbcr(TIFF *tiff, r1_image_size size, uint8_t *rgb, char *message) {
    size_t pixels = (size_t)size.width * size.height;
    uint32_t *raster = malloc(4 * pixels);
    if (!raster) return refuse(message, "out of memory");
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    int result = TIFFReadRGBAImageOriented(tiff, size.width, size.height, raster, ORIENTATION_TOPLEFT, 1)
        ? 0 : refuse(message, "a piece of the picture is damaged or missing");
    for (size_t i = 0; result == 0 && i < pixels; i++) {
        rgb[3 * i] = (uint8_t)TIFFGetR(raster[i]);
        rgb[3 * i + 1] = (uint8_t)TIFFGetG(raster[i]);
        rgb[3 * i + 2] = (uint8_t)TIFFGetB(raster[i]);
    }
    free(raster);
    return result;
}

static int convert(TIFF *tiff, const struct kind *k, size_t pixels, uint8_t *in, int on_white, uint8_t *rgb, char *message) {
    uint8_t palette[256][3];
    if (k->is_associated) divide_alpha(pixels, in);
    switch (k->photometric) {
    case PHOTOMETRIC_PALETTE:
        if (read_palette(tiff, k, palette, message)) return -1;
        for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, palette[in[i]], 3);
        return 0;
    case PHOTOMETRIC_SEPARATED:
        for (size_t i = 0; i < pixels; i++)
            for (int c = 0; c < 3; c++) {
                unsigned light = 255u - in[4 * i + 3];
                rgb[3 * i + (size_t)c] = (uint8_t)(light - scaled(in[4 * i + (size_t)c], light));
            }
        return 0;
    case PHOTOMETRIC_RGB:
        if (k->has_alpha && on_white) r1_over_white(pixels, in, rgb);
        else
            for (size_t i = 0; i < pixels; i++) memcpy(rgb + 3 * i, in + (size_t)k->used * i, 3);
        return 0;
    default:
        for (size_t i = 0; i < pixels; i++) memset(rgb + 3 * i, in[i], 3);
        return 0;
    }
}

static int decode(TIFF *tiff, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    struct kind k = {0};
    r1_image_size found;
    if (read_size(tiff, &found, message)) return -1;
    if (found.width != size.width || found.height != size.height) return refuse(message, "the size changed");
    if (read_kind(tiff, &k, message)) return -1;
    if (k.photometric == PHOTOMETRIC_YCBCR) return read_ycbcr(tiff, size, rgb, message);
    size_t pixels = (size_t)size.width * size.height;
    uint8_t *samples = calloc(pixels, (size_t)k.used);
    if (!samples) return refuse(message, "out of memory");
    int result = read_pieces(tiff, &k, size, samples, message);
    if (result == 0) result = convert(tiff, &k, pixels, samples, on_white, rgb, message);
    free(samples);
    return result;
}

int r1_tiff_decode(const uint8_t *bytes, size_t count, r1_image_size size, int on_white, uint8_t *rgb, char *message) {
    struct source source = {bytes, count, 0};
    TIFF *tiff = open_file(&source, message);
    if (!tiff) return -1;
    int result = decode(tiff, size, on_white, rgb, message);
    TIFFClose(tiff);
    return result;
}
