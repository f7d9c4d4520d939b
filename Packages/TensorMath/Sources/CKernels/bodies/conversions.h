/* Conversions between stored types and float32. */
R1_INLINE uint16_t r1_narrow(float x) { return r1_to_bfloat16(x); }
R1_INLINE float r1_widen(uint16_t x) { return r1_from_bfloat16(x); }
/* Stored elements may be at any address. */
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

static void R1_NAME(widen_float16)(size_t n, const void *restrict x, float *restrict out) {
    const r1_loose_u16 *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = r1_from_float16(from[i]);
}
static void R1_NAME(narrow_float16)(size_t n, const float *restrict x, void *restrict out) {
    r1_loose_u16 *restrict to = out;
    for (size_t i = 0; i < n; i++) to[i] = r1_to_float16(x[i]);
}
static void R1_NAME(widen_int32)(size_t n, const void *restrict x, float *restrict out) {
    const r1_loose_i32 *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = (float)from[i];
}
static void R1_NAME(widen_uint8)(size_t n, const void *restrict x, float *restrict out) {
    const uint8_t *restrict from = x;
    for (size_t i = 0; i < n; i++) out[i] = (float)from[i];
}

/* Rounds one group of weights to nearest int8 with one scale = max |x| / 127, so that |x - scale q| <= scale
 * / 2 up to rounding. All levels do the same steps. Groups below 2^-100 become zeros. The scale of a group
 * with NaN or infinity is NaN. */
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
