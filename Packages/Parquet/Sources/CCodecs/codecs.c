#include "codecs.h"

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static int inflate_whole(const uint8_t *input, size_t count, uint8_t *output, size_t size)
{
    if (count > UINT32_MAX || size > UINT32_MAX) return -1;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, 15 + 32) != Z_OK) return -1;
    uint8_t none;
    stream.next_in = (uint8_t *)input;
    stream.avail_in = (uInt)count;
    stream.next_out = size ? output : &none;
    stream.avail_out = (uInt)size;
    int result = Z_OK;
    /* A page may be several members, one after the other. */
    while (result == Z_OK) {
        result = inflate(&stream, Z_FINISH);
        if (result == Z_STREAM_END && stream.avail_in > 0 && stream.avail_out > 0)
            result = inflateReset(&stream);
    }
    int whole = result == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    return whole ? 0 : -1;
}

int r1_decompress(enum r1_codec codec, const uint8_t *input, size_t count, uint8_t *output, size_t size)
{
    switch (codec) {
    case R1_SNAPPY: {
        size_t length = 0;
        if (snappy_uncompressed_length((const char *)input, count, &length) != SNAPPY_OK || length != size) return -1;
        return snappy_uncompress((const char *)input, count, (char *)output, &length) == SNAPPY_OK ? 0 : -1;
    }
    case R1_GZIP: return inflate_whole(input, count, output, size);
    case R1_BROTLI: {
        size_t length = size;
        return BrotliDecoderDecompress(count, input, &length, output) == BROTLI_DECODER_RESULT_SUCCESS &&
                       length == size ? 0 : -1;
    }
    case R1_ZSTD: {
        size_t length = ZSTD_decompress(output, size, input, count);
        return !ZSTD_isError(length) && length == size ? 0 : -1;
    }
    case R1_LZ4_RAW:
        if (count > INT32_MAX || size > INT32_MAX) return -1;
        return LZ4_decompress_safe((const char *)input, (char *)output, (int)count, (int)size) == (int)size ? 0 : -1;
    }
    return -1;
}

size_t r1_zstd_bound(size_t count) { return ZSTD_compressBound(count); }

size_t r1_zstd_compress(const uint8_t *input, size_t count, uint8_t *output, size_t room, int level)
{
    size_t size = ZSTD_compress(output, room, input, count, level);
    return ZSTD_isError(size) ? 0 : size;
}

struct r1_stream {
    enum r1_codec codec;
    z_stream gzip;
    ZSTD_DStream *zstd;
    int at_end;
};

r1_stream *r1_stream_open(enum r1_codec codec)
{
    r1_stream *stream = calloc(1, sizeof *stream);
    if (!stream) return NULL;
    stream->codec = codec;
    if (codec == R1_GZIP && inflateInit2(&stream->gzip, 15 + 16) == Z_OK) return stream;
    if (codec == R1_ZSTD && (stream->zstd = ZSTD_createDStream())) {
        ZSTD_initDStream(stream->zstd);
        return stream;
    }
    free(stream);
    return NULL;
}

void r1_stream_close(r1_stream *stream)
{
    if (stream->codec == R1_GZIP) inflateEnd(&stream->gzip);
    if (stream->zstd) ZSTD_freeDStream(stream->zstd);
    free(stream);
}

int r1_stream_decode(r1_stream *stream, const uint8_t *input, size_t count, size_t *used, uint8_t *output,
                     size_t room, size_t *made)
{
    if (stream->codec == R1_ZSTD) {
        ZSTD_inBuffer in = {input, count, 0};
        ZSTD_outBuffer out = {output, room, 0};
        size_t rest = ZSTD_decompressStream(stream->zstd, &out, &in);
        *used = in.pos;
        *made = out.pos;
        return ZSTD_isError(rest) ? -1 : rest == 0;
    }
    if (stream->at_end && inflateReset(&stream->gzip) != Z_OK) return -1;
    stream->at_end = 0;
    stream->gzip.next_in = (uint8_t *)input;
    stream->gzip.avail_in = (uInt)count;
    stream->gzip.next_out = output;
    stream->gzip.avail_out = (uInt)room;
    int result = inflate(&stream->gzip, Z_NO_FLUSH);
    *used = count - stream->gzip.avail_in;
    *made = room - stream->gzip.avail_out;
    stream->at_end = result == Z_STREAM_END;
    return result == Z_STREAM_END ? 1 : result == Z_OK || result == Z_BUF_ERROR ? 0 : -1;
}
