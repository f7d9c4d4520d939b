/* The byte shuffle, and the difference of two chunks. The exponent bytes of weights are alike and compress well once
   they lie side by side. Elements of two bytes are moved as one number, which the compiler does many at a time; checkpoints
   are little-endian, and so is every machine this is built for. */
#include "chunks.h"

#include <string.h>

void r1_shuffle(size_t size, size_t count, size_t plane, const void *from, void *to) {
    const uint8_t *restrict in = from;
    uint8_t *restrict out = to;
    if (size == 1) {
        memcpy(out, in, count);
    } else if (size == 2) {
        uint8_t *restrict low = out, *restrict high = out + plane;
        for (size_t i = 0; i < count; i++) {
            uint16_t both;
            memcpy(&both, in + 2 * i, 2);
            low[i] = (uint8_t)both;
            high[i] = (uint8_t)(both >> 8);
        }
    } else {
        for (size_t byte = 0; byte < size; byte++)
            for (size_t i = 0; i < count; i++) out[byte * plane + i] = in[size * i + byte];
    }
    for (size_t byte = 0; byte < size; byte++) memset(out + byte * plane + count, 0, plane - count);
}

void r1_unshuffle(size_t size, size_t count, size_t plane, const void *from, void *to) {
    const uint8_t *restrict in = from;
    uint8_t *restrict out = to;
    if (size == 1) {
        memcpy(out, in, count);
    } else if (size == 2) {
        const uint8_t *restrict low = in, *restrict high = in + plane;
        for (size_t i = 0; i < count; i++) {
            uint16_t both = (uint16_t)(low[i] | high[i] << 8);
            memcpy(out + 2 * i, &both, 2);
        }
    } else if (size == 4) {
        for (size_t i = 0; i < count; i++)
            for (size_t byte = 0; byte < 4; byte++) out[4 * i + byte] = in[byte * plane + i];
    } else {
        for (size_t byte = 0; byte < size; byte++)
            for (size_t i = 0; i < count; i++) out[size * i + byte] = in[byte * plane + i];
    }
}

int r1_xor(void *target, const void *other, size_t count) {
    uint8_t *restrict out = target;
    const uint8_t *restrict in = other;
    uint8_t any = 0;
    for (size_t i = 0; i < count; i++) any |= out[i] ^= in[i];
    return any;
}
