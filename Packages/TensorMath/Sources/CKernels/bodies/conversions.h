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
