/* float16 and bfloat16 to float32 and back, one element at a time, for every C target of the project.
 *
 * Rounding is to nearest even. No function branches, so loops over them vectorize, and every instruction set
 * gives the same bits. NaN keeps its sign and the upper bits of its payload and becomes quiet when it is
 * narrowed. */
#ifndef R1_HALF_H
#define R1_HALF_H

#include <stdint.h>
#include <string.h>

#define R1_HALF static inline __attribute__((always_inline))

R1_HALF float r1_float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

R1_HALF uint32_t r1_bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    return bits;
}

R1_HALF float r1_from_bfloat16(uint16_t half) { return r1_float_of_bits((uint32_t)half << 16); }

R1_HALF uint16_t r1_to_bfloat16(float value) {
    uint32_t bits = r1_bits_of_float(value);
    uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 0x40 : rounded);
}

R1_HALF float r1_from_float16(uint16_t half) {
    uint32_t h = half, bits = (h & 0x7FFF) << 13, sign = (h & 0x8000) << 16;
    /* The product changes the exponent bias and normalizes subnormal values. */
    bits = r1_bits_of_float(r1_float_of_bits(bits) * 0x1p112f);
    bits = (h & 0x7C00) == 0x7C00 ? 0x7F800000 | (h & 0x3FF) << 13 : bits; /* infinity, NaN */
    return r1_float_of_bits(bits | sign);
}

R1_HALF uint16_t r1_to_float16(float value) {
    uint32_t bits = r1_bits_of_float(value), sign = (bits >> 16) & 0x8000;
    bits &= 0x7FFFFFFF;
    /* Normal results: the bias moves by 112, and the 13 removed bits are rounded to nearest even. */
    uint32_t normal = (bits - (112u << 23) + 0xFFF + ((bits >> 13) & 1)) >> 13;
    /* Subnormal results: adding 0.5 makes the adder round at the right bit. */
    uint32_t small = r1_bits_of_float(r1_float_of_bits(bits) + 0.5f) - r1_bits_of_float(0.5f);
    uint32_t h = bits < (113u << 23) ? small : normal;
    h = bits >= (143u << 23) ? 0x7C00 : h;                       /* 65536 and more */
    h = bits > 0x7F800000 ? 0x7E00 | ((bits >> 13) & 0x1FF) : h; /* NaN */
    return (uint16_t)(h | sign);
}

#endif
