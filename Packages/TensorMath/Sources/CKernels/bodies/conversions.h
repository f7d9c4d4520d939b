/* Storage types to float32 and back. */
R1_INLINE uint16_t r1_narrow(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    return (uint16_t)((bits & 0x7FFFFFFF) > 0x7F800000 ? (bits >> 16) | 0x40 : rounded);
}
R1_INLINE float r1_widen(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float wide;
    memcpy(&wide, &bits, 4);
    return wide;
}
/* Stored elements may lie at any address. */
typedef uint16_t __attribute__((aligned(1), may_alias)) r1_loose_u16;
typedef int32_t __attribute__((aligned(1), may_alias)) r1_loose_i32;

static void R1_NAME(widen_bfloat16)(size_t n, const void *restrict x, float *restrict out) {
    const r1_loose_u16 *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = r1_widen(from[i]);
}
static void R1_NAME(narrow_bfloat16)(size_t n, const float *restrict x, void *restrict out) {
    r1_loose_u16 *restrict to = out;
    for (size_t i = 0; i < n; i++) to[i] = r1_narrow(x[i]);
}

/* float16 by integer arithmetic, so that every level gives the same bits; it is bound by memory anyway. */
static void R1_NAME(widen_float16)(size_t n, const void *restrict x, float *restrict out) {
    const r1_loose_u16 *restrict from = x;
    for (size_t i = 0; i < n; i++) {
        uint32_t h = from[i], bits = (h & 0x7FFF) << 13, sign = (h & 0x8000) << 16;
        float scaled;
        memcpy(&scaled, &bits, 4);
        scaled *= 0x1p112f; /* moves the exponent's bias, and makes subnormal halves normal */
        memcpy(&bits, &scaled, 4);
        bits = (h & 0x7C00) == 0x7C00 ? 0x7F800000 | (h & 0x3FF) << 13 : bits; /* infinity, NaN */
        bits |= sign;
        memcpy(out + i, &bits, 4);
    }
}
static void R1_NAME(narrow_float16)(size_t n, const float *restrict x, void *restrict out) {
    r1_loose_u16 *restrict to = out;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits, sign;
        memcpy(&bits, x + i, 4);
        sign = (bits >> 16) & 0x8000;
        bits &= 0x7FFFFFFF;
        /* Normal results: the bias moves by 112, and the 13 bits that go are rounded to nearest even. */
        uint32_t normal = (bits - (112u << 23) + 0xFFF + ((bits >> 13) & 1)) >> 13;
        /* Subnormal ones: adding 0.5 lets the adder round at the right bit. */
        float shifted, half = 0.5f;
        uint32_t small, top;
        memcpy(&shifted, &bits, 4);
        shifted += half;
        memcpy(&small, &shifted, 4);
        memcpy(&top, &half, 4);
        small -= top;
        uint32_t h = bits < (113u << 23) ? small : normal;
        h = bits >= (143u << 23) ? 0x7C00 : h;                                  /* 65536 and more */
        h = bits > 0x7F800000 ? 0x7E00 | ((bits >> 13) & 0x1FF) : h;            /* NaN, made quiet */
        to[i] = (uint16_t)(h | sign);
    }
}
static void R1_NAME(widen_int32)(size_t n, const void *restrict x, float *restrict out) {
    const r1_loose_i32 *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = (float)from[i];
}
static void R1_NAME(widen_uint8)(size_t n, const void *restrict x, float *restrict out) {
    const uint8_t *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = (float)from[i];
}

/* One group of weights to int8 of one scale, to nearest: scale = max |x| / 127, so that |x - scale q| <= scale / 2 up
 * to rounding; the same steps on every level. Groups below 2^-100 become zeros. The scale of a group with NaN or infinity is NaN. */
static float R1_NAME(quantize_int8)(size_t n, const float *restrict x, int8_t *restrict q) {
    R1_SEPARATE
    uint32_t top = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7FFFFFFF;
        top = bits > top ? bits : top;
    }
    float largest;
    memcpy(&largest, &top, 4);
    if (top >= 0x7F800000 || largest < 0x1p-100f) {
        memset(q, 0, n);
        return top >= 0x7F800000 ? NAN : 0;
    }
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    float scale = largest / 127.0f, inverse = 127.0f / largest;
    for (size_t i = 0; i < n; i++) {
        float rounded = x[i] * inverse + magic;
        int32_t bits;
        memcpy(&bits, &rounded, 4);
        q[i] = (int8_t)(bits - 0x4B400000);
    }
    return scale;
}
static void R1_NAME(widen_int8)(size_t n, float scale, const int8_t *restrict q, float *restrict out) {
    for (size_t i = 0; i < n; i++) out[i] = scale * (float)q[i];
}
