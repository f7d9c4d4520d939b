/* The loops, included once per level with R1_NAME and the target attribute set. Sums run in eight lanes of doubles that
   are added up in one order, and products are rounded before they are added: equal results at every level. */

/* Elements are taken in runs that fit into the first cache together with their widened form. */
enum { R1_NAME(run) = 1024, R1_NAME(lanes) = 8 };

static void R1_NAME(widen)(const void *bytes, int type, size_t count, double *out) {
    if (type == R1_FLOAT32) {
        const r1_u32 *in = bytes;
        for (size_t i = 0; i < count; i++) out[i] = (double)r1_float_of_bits(in[i].bits);
    } else if (type == R1_BFLOAT16) {
        const r1_u16 *in = bytes;
        for (size_t i = 0; i < count; i++) out[i] = (double)r1_float_of_bits((uint32_t)in[i].bits << 16);
    } else if (type == R1_FLOAT16) {
        const r1_u16 *in = bytes;
        for (size_t i = 0; i < count; i++) out[i] = (double)r1_from_float16(in[i].bits);
    } else if (type == R1_INT32) {
        const r1_u32 *in = bytes;
        for (size_t i = 0; i < count; i++) out[i] = (double)(int32_t)in[i].bits;
    } else {
        const uint8_t *in = bytes;
        for (size_t i = 0; i < count; i++) out[i] = (double)in[i];
    }
    for (size_t i = count; i % R1_NAME(lanes) != 0; i++) out[i] = 0;
}

static inline double R1_NAME(total)(const r1_f64x8 *lanes) {
    const r1_f64x8 v = *lanes;
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}
static inline uint64_t R1_NAME(count)(const r1_i64x8 *masks) {
    int64_t sum = 0;
    for (int lane = 0; lane < R1_NAME(lanes); lane++) sum -= (*masks)[lane];
    return (uint64_t)sum;
}

/* One run that is the same on both sides. */
static void R1_NAME(measure_equal)(const double *a, size_t count, r1_distance *total) {
    r1_f64x8 squares = {0};
    r1_i64x8 nan = {0}, finite = {0};
    size_t padded = (count + 7) / 8 * 8;
    for (size_t i = 0; i < padded; i += 8) {
        r1_f64x8 x;
        memcpy(&x, a + i, sizeof x);
        r1_i64x8 is_finite = x - x == 0;
        nan += x != x;
        finite += is_finite;
        x = (r1_f64x8)((r1_i64x8)x & is_finite);
        squares += x * x;
    }
    double sum = R1_NAME(total)(&squares);
    uint64_t nans = R1_NAME(count)(&nan), infinities = padded - R1_NAME(count)(&finite) - nans;
    total->squares_a += sum;
    total->squares_b += sum;
    total->products += sum;
    total->nan_a += nans;
    total->nan_b += nans;
    total->infinite_a += infinities;
    total->infinite_b += infinities;
}

/* One run with differences somewhere. */
static void R1_NAME(measure)(const double *a, const double *b, size_t count, r1_distance *total) {
    const r1_i64x8 magnitude = (r1_i64x8){0} + INT64_MAX;
    r1_f64x8 maximum = {0}, sum = {0}, squares = {0}, squares_a = {0}, squares_b = {0}, products = {0};
    r1_i64x8 nan_a = {0}, nan_b = {0}, finite_a = {0}, finite_b = {0};
    size_t padded = (count + 7) / 8 * 8;
    for (size_t i = 0; i < padded; i += 8) {
        r1_f64x8 x, y;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        nan_a += x != x;
        nan_b += y != y;
        r1_i64x8 is_finite_a = x - x == 0, is_finite_b = y - y == 0;
        finite_a += is_finite_a;
        finite_b += is_finite_b;
        r1_f64x8 d = x - y;
        /* Equal infinities are at no distance; pairs with a NaN are left out. */
        d = (r1_f64x8)((r1_i64x8)d & magnitude & ~(x == y));
        d = (r1_f64x8)((r1_i64x8)d & (d == d));
        r1_i64x8 larger = d > maximum;
        maximum = (r1_f64x8)(((r1_i64x8)d & larger) | ((r1_i64x8)maximum & ~larger));
        sum += d;
        squares += d * d;
        r1_i64x8 both = is_finite_a & is_finite_b;
        x = (r1_f64x8)((r1_i64x8)x & both);
        y = (r1_f64x8)((r1_i64x8)y & both);
        squares_a += x * x;
        squares_b += y * y;
        products += x * y;
    }
    for (int lane = 0; lane < R1_NAME(lanes); lane++)
        if (maximum[lane] > total->maximum) total->maximum = maximum[lane];
    total->sum += R1_NAME(total)(&sum);
    total->squares += R1_NAME(total)(&squares);
    total->squares_a += R1_NAME(total)(&squares_a);
    total->squares_b += R1_NAME(total)(&squares_b);
    total->products += R1_NAME(total)(&products);
    uint64_t nans_a = R1_NAME(count)(&nan_a), nans_b = R1_NAME(count)(&nan_b);
    total->nan_a += nans_a;
    total->nan_b += nans_b;
    total->infinite_a += padded - R1_NAME(count)(&finite_a) - nans_a;
    total->infinite_b += padded - R1_NAME(count)(&finite_b) - nans_b;
}

/* Bits and steps of 16-bit floats; magnitudes above `infinity` are NaN. */
static void R1_NAME(bits16)(const r1_u16 *a, const r1_u16 *b, size_t count, int infinity, r1_distance *total) {
    uint32_t changed = 0, bits = 0, ulp = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t x = a[i].bits, y = b[i].bits;
        changed += x != y;
        bits += (uint32_t)__builtin_popcount(x ^ y);
        int32_t size_x = x & 0x7FFF, size_y = y & 0x7FFF;
        int32_t place_x = x & 0x8000 ? -size_x : size_x, place_y = y & 0x8000 ? -size_y : size_y;
        int32_t steps = place_x > place_y ? place_x - place_y : place_y - place_x;
        steps = size_x > infinity || size_y > infinity ? 0 : steps;
        ulp = (uint32_t)steps > ulp ? (uint32_t)steps : ulp;
    }
    total->changed += changed;
    total->changed_bits += bits;
    if (ulp > total->largest_ulp) total->largest_ulp = ulp;
}

/* Bits and steps of float32 and int32. */
static void R1_NAME(bits32)(const r1_u32 *a, const r1_u32 *b, size_t count, int is_float, r1_distance *total) {
    uint32_t changed = 0, bits = 0;
    int64_t ulp = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t x = a[i].bits, y = b[i].bits;
        changed += x != y;
        bits += (uint32_t)__builtin_popcount(x ^ y);
    }
    for (size_t i = 0; i < count; i++) {
        int64_t steps = r1_steps32(a[i].bits, b[i].bits, is_float);
        ulp = steps > ulp ? steps : ulp;
    }
    total->changed += changed;
    total->changed_bits += bits;
    if ((uint64_t)ulp > total->largest_ulp) total->largest_ulp = (uint64_t)ulp;
}

static void R1_NAME(bits8)(const uint8_t *a, const uint8_t *b, size_t count, r1_distance *total) {
    uint32_t changed = 0, bits = 0;
    int32_t ulp = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t steps = (int32_t)a[i] - b[i];
        changed += steps != 0;
        bits += (uint32_t)__builtin_popcount(a[i] ^ b[i]);
        steps = steps < 0 ? -steps : steps;
        ulp = steps > ulp ? steps : ulp;
    }
    total->changed += changed;
    total->changed_bits += bits;
    if ((uint64_t)ulp > total->largest_ulp) total->largest_ulp = (uint64_t)ulp;
}

static void R1_NAME(compare)(
    const uint8_t *a, int type_a, const uint8_t *b, int type_b, size_t count, const r1_tolerances *tolerances,
    r1_distance *total
) {
    _Alignas(64) double wide_a[R1_NAME(run)], wide_b[R1_NAME(run)];
    const size_t size_a = r1_size(type_a), size_b = r1_size(type_b);
    for (size_t start = 0; start < count; start += R1_NAME(run)) {
        size_t length = count - start < R1_NAME(run) ? count - start : R1_NAME(run);
        const uint8_t *x = a + start * size_a, *y = b + start * size_b;
        R1_NAME(widen)(x, type_a, length, wide_a);
        if (type_a == type_b && memcmp(x, y, length * size_a) == 0) {
            R1_NAME(measure_equal)(wide_a, length, total);
            continue;
        }
        R1_NAME(widen)(y, type_b, length, wide_b);
        R1_NAME(measure)(wide_a, wide_b, length, total);
        uint64_t changed = total->changed;
        if (type_a != type_b) {
            for (size_t i = 0; i < length; i++)
                total->changed += !(wide_a[i] == wide_b[i] || (wide_a[i] != wide_a[i] && wide_b[i] != wide_b[i]));
        } else if (size_a == 2) {
            R1_NAME(bits16)((const void *)x, (const void *)y, length, type_a == R1_BFLOAT16 ? 0x7F80 : 0x7C00, total);
        } else if (size_a == 4) {
            R1_NAME(bits32)((const void *)x, (const void *)y, length, type_a == R1_FLOAT32, total);
        } else {
            R1_NAME(bits8)(x, y, length, total);
        }
        if (tolerances->exact && !tolerances->equal_nan) {
            total->beyond += total->changed - changed;
        } else {
            total->beyond += r1_beyond(x, y, wide_a, wide_b, type_a, type_b, length, tolerances);
        }
    }
}
