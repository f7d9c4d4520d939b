/* Operations on the bytes of a chunk: byte shuffle, HDF5's zstd filter, differences, conversion of the element type; and
   the driver that locates chunks in the file. */
#ifndef R1_CHUNKS_H
#define R1_CHUNKS_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

/* The number under which zstd is registered with the HDF Group. */
enum { R1_FILTER_ZSTD = 32015 };

/* Sorts the bytes of `count` elements of `size` bytes into `size` planes: the first bytes of all elements, then the
   second bytes, and so on, as HDF5's shuffle filter does. A plane has room for `plane` >= count elements; the rest
   of it becomes 0. `to` holds size * plane bytes. */
void r1_shuffle(size_t size, size_t count, size_t plane, const void *from, void *to);

/* The way back: the first `count` elements out of planes of `plane` bytes. `to` holds size * count bytes. */
void r1_unshuffle(size_t size, size_t count, size_t plane, const void *from, void *to);

/* Puts the exclusive or of `count` bytes of both into `target`; 0 when they are all 0 then. */
int r1_xor(void *target, const void *other, size_t count);

/* The floating-point types, numbered for this interface. */
enum { R1_KIND_FLOAT32, R1_KIND_BFLOAT16, R1_KIND_FLOAT16 };

/* What rounding did to elements: the largest distance, the largest one in relation to its element, and how many finite
   elements became infinite, which the other two leave out. */
typedef struct {
    float absolute, relative;
    uint64_t overflows;
} r1_rounding;

/* Stores `count` elements of one type at `from` as another type at `to`, rounded to nearest even; at any alignment. */
r1_rounding r1_convert(const void *from, int type, void *to, int new_type, size_t count);

/* Stores `count` 8-bit numbers of a matrix as bfloat16 at `to`, each multiplied by the scale of its block. `from` is the
   element `first` of a matrix with so many columns; `values` are what the 256 bytes mean. Blocks have `block_rows` x
   `block_columns` elements, and `across` of them are beside each other. */
void r1_widen(const void *from, void *to, size_t first, size_t count, size_t columns, const float *values,
              const float *scales, size_t block_rows, size_t block_columns, size_t across);

/* Makes zstd known to this process's HDF5 library, so that it reads and writes compressed data sets by itself.
   Negative when the library refuses. */
int r1_register_zstd_filter(void);

/* Makes a file driver known that is the ordinary one but for r1_place_chunk; for a property list's H5Pset_driver.
   To be called once; negative when the library refuses. */
hid_t r1_register_placing_driver(void);

/* Lets the library find a place for a chunk that has been through the filters, in a file of that driver, without writing
   it: the caller writes `count` bytes at `*address`. `origin` is the place of the chunk's first element. */
herr_t r1_place_chunk(hid_t set, const hsize_t *origin, const void *bytes, size_t count, unsigned long long *address);

/* Rounds rows to codes with scales in bfloat16 (r1_codes.h, whose R1_CODES_ `codes` is one of). `type` is an
 * R1_KIND_; `row` is memory for one row. Returns 0, or 1 + the first row with a weight that is not finite. */
size_t r1_quantize_rows(const void *from, int type, int codes, size_t rows, size_t columns, float *row,
                        void *to, void *scales);
/* The values of rows of codes in bfloat16. Scales and results are at even addresses. */
void r1_narrow_rows(const void *codes_of_rows, const void *scales, int codes, size_t rows, size_t columns,
                    void *to);

#endif
