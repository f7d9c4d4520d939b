/* One form for the libraries that compress: whole blocks, and streams of unknown length. */
#ifndef R1_CODECS_H
#define R1_CODECS_H

#include <stddef.h>
#include <stdint.h>

enum r1_codec { R1_SNAPPY = 1, R1_GZIP = 2, R1_BROTLI = 4, R1_ZSTD = 6, R1_LZ4_RAW = 7 };

/* Fills output, whose size must be exactly that of the decompressed bytes. Returns 0, or -1 for damaged input. */
int r1_decompress(enum r1_codec codec, const uint8_t *input, size_t count, uint8_t *output, size_t size);

/* The room that zstd may need for count bytes. */
size_t r1_zstd_bound(size_t count);

/* Compresses a block; returns its size, or 0 when it failed. */
size_t r1_zstd_compress(const uint8_t *input, size_t count, uint8_t *output, size_t room, int level);

/* A stream of compressed bytes. */
typedef struct r1_stream r1_stream;

/* Opens a stream of gzip or zstd; NULL when there is no memory. */
r1_stream *r1_stream_open(enum r1_codec codec);
void r1_stream_close(r1_stream *stream);

/* Decodes what fits: *used bytes of input become *made bytes of output. Returns 1 at the end of a member or frame,
   0 to go on, -1 for damaged input. Another member may follow the end of one. */
int r1_stream_decode(r1_stream *stream, const uint8_t *input, size_t count, size_t *used, uint8_t *output,
                     size_t room, size_t *made);

#endif
