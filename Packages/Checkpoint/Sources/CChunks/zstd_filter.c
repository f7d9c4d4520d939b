/* zstd as a filter of the HDF5 library. Our own reader and writer do not pass through it, they compress on all
   cores; it serves whatever in this process uses the library's plain H5Dread and H5Dwrite. */
#include "chunks.h"

#include <hdf5.h>
#include <stdlib.h>
#include <zstd.h>

/* A chunk of ours has a MiB; more than this is refused before room is made for it. */
static const unsigned long long largest_chunk = 1ull << 32;

/* HDF5's contract: replace *buffer by the result and return its length, or return 0 and leave everything alone. */
static size_t filter(
    unsigned flags, size_t value_count, const unsigned *values, size_t length, size_t *capacity, void **buffer
) {
    const int reads = (flags & H5Z_FLAG_REVERSE) != 0;
    unsigned long long room = reads ? ZSTD_getFrameContentSize(*buffer, length) : ZSTD_compressBound(length);
    if (room == 0 || room > largest_chunk) return 0;
    void *result = H5allocate_memory(room, 0);
    if (!result) return 0;
    size_t written = reads ? ZSTD_decompress(result, room, *buffer, length)
        : ZSTD_compress(result, room, *buffer, length, value_count > 0 ? (int)values[0] : 1);
    if (ZSTD_isError(written)) {
        H5free_memory(result);
        return 0;
    }
    H5free_memory(*buffer);
    *buffer = result;
    *capacity = room;
    return written;
}

int r1_register_zstd_filter(void) {
    static const H5Z_class2_t zstd = {
        .version = H5Z_CLASS_T_VERS, .id = R1_FILTER_ZSTD, .encoder_present = 1, .decoder_present = 1,
        .name = "zstd", .filter = filter,
    };
    return H5Zregister(&zstd);
}
