/* Functions of one value that several bodies use: exponential, logistic function, normal distribution. */
/* e^x to about 1 ulp: 2^k e^r with |r| <= ln2/2 and a degree-6 polynomial (Cephes expf coefficients).
 * Values below -87.33 give 0, above 88.72 infinity; NaN stays NaN. */
static inline float r1_exp(float x) {
    R1_FUSED
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    float clamped = x > 88.72f ? 88.72f : x;
    clamped = clamped < -87.33f ? -87.33f : clamped;
    float shifted = clamped * 1.44269504088896341f + magic;
    float k = shifted - magic;
    int32_t bits;
    memcpy(&bits, &shifted, 4);
    int32_t exponent = bits - 0x4B400000;
    float r = clamped - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    /* 2^exponent in two halves, so that exponent 128 does not overflow the bit pattern. */
    int32_t half = exponent >> 1;
    int32_t low_bits = (half + 127) << 23, high_bits = (exponent - half + 127) << 23;
    float low, high;
    memcpy(&low, &low_bits, 4);
    memcpy(&high, &high_bits, 4);
    float y = p * low * high;
    y = x > 88.72f ? INFINITY : y;
    return x < -87.33f ? 0.0f : y;
}

static inline float r1_sigmoid(float x) { return 1.0f / (1.0f + r1_exp(-x)); }

/* e^x for x <= 0: the results of r1_exp with less work. Values below -87 give 0; NaN stays NaN. */
static inline float r1_exp_negative(float x) {
    R1_FUSED
    const float magic = 12582912.0f;
    float clamped = x < -87.0f ? -87.0f : x;
    float shifted = clamped * 1.44269504088896341f + magic;
    float k = shifted - magic;
    float r = clamped - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    uint32_t exponent, bits;
    memcpy(&exponent, &shifted, 4);
    memcpy(&bits, &p, 4);
    bits += exponent << 23; /* the low bits of `shifted` are k */
    float y;
    memcpy(&y, &bits, 4);
    return x < -87.0f ? 0.0f : y;
}

/* 1 - Phi(a) = erfc(a / sqrt(2)) / 2, the upper tail of the normal distribution, for 0 <= a <= 10.
 *
 * erfc(a / sqrt(2)) = 2^(a R(a)). R is the minimax polynomial (Remez exchange) on 0 ... 7, weighted by the
 * resulting error of erfc, which is 3.1e-8; above 7 the value is below 1e-11. A polynomial gives 2^f / 2 on
 * -1/2 ... 1/2 with a relative error of 9e-8. No call and no branch. The absolute error is below 1e-7; the
 * float32 ulp near 1 is 6e-8. NaN stays NaN. */
static inline float r1_upper_tail(float a) {
    R1_FUSED
    const float magic = 12582912.0f; /* as in r1_exp */
    float r = -1.94256745e-6f;
    r = r * a + 3.00506217e-5f;
    r = r * a - 1.48062172e-4f;
    r = r * a - 2.14693340e-4f;
    r = r * a + 7.14715244e-3f;
    r = r * a - 5.25423586e-2f;
    r = r * a - 4.59196717e-1f;
    r = r * a - 1.15110612f;
    float y = r * a;
    float shifted = y + magic;
    float f = y - (shifted - magic);
    float p = 6.63236016e-4f;
    p = p * f + 4.83575650e-3f;
    p = p * f + 2.77536679e-2f;
    p = p * f + 1.20111212e-1f;
    p = p * f + 3.46573502e-1f;
    p = p * f + 0.5f;
    uint32_t exponent, bits;
    memcpy(&exponent, &shifted, 4);
    memcpy(&bits, &p, 4);
    bits += exponent << 23;
    memcpy(&p, &bits, 4);
    return p;
}

/* min(|x|, 10): beyond 10 `r1_upper_tail` has no digits left. NaN stays NaN. */
static inline float r1_tail_argument(float x) {
    float a = fabsf(x);
    return a > 10.0f ? 10.0f : a;
}

/* Phi(x), the normal distribution's cumulative. */
static inline float r1_cumulative(float x) {
    float tail = r1_upper_tail(r1_tail_argument(x));
    return x < 0.0f ? tail : 1.0f - tail;
}

/* x Phi(x) = max(x, 0) - |x| (1 - Phi(|x|)) */
static inline float r1_gelu(float x) {
    R1_FUSED
    float a = r1_tail_argument(x);
    return (x > 0.0f ? x : 0.0f) - a * r1_upper_tail(a);
}
