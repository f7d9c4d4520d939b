/* Functions of one value that several families need: exponential, logistic function, normal distribution. */
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

/* e^x for x <= 0: the same numbers with less work. Values below -87 give 0; NaN stays NaN. */
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

/* Phi(x), the normal distribution's cumulative: for x < 0 erfc(t) / 2 with t = -x / sqrt(2), for x >= 0 one minus the
 * same of -x. erfc(t) = exp(-(t + t Q(t))); Q is the minimax polynomial (Remez exchange) of -log(erfc(t)) / t - 1 on
 * 0 ... 5 with the error it leaves in erfc as weight: 3.1e-8 there; beyond, the tail stays below 1e-11. No call per
 * element, one branch-free path: absolute error below 9e-8, a float32 ulp of values near 1 being 6e-8. */
static inline float r1_cumulative(float x) {
    R1_FUSED
    float t = fabsf(x) * 0.70710678118654752f;
    float q = 2.1543763e-5f;
    q = q * t - 2.3565894e-4f;
    q = q * t + 8.2103105e-4f;
    q = q * t + 8.4181956e-4f;
    q = q * t - 1.9816114e-2f;
    q = q * t + 1.0301015e-1f;
    q = q * t + 6.365818e-1f;
    q = q * t + 1.2838116e-1f;
    float tail = 0.5f * r1_exp_negative(-(t + t * q));
    return x < 0.0f ? tail : 1.0f - tail;
}
