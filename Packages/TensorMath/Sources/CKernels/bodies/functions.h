/* Functions of one value that several families need: exponential, logistic function, error function. */
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

/* erf to 2 ulp (largest error measured over all floats; libm is called per element, this is vectorised).
 * Below 0.9375 x + x P(x^2), above it 1 - exp(-(t + t Q(t))) with t = |x| up to 4, where the result rounds to 1.
 * P and Q are minimax polynomials, fitted by Remez exchange to erf(x) / x - 1 and -log(erfc(t)) / t - 1 with the
 * error that each leaves in erf as weight. */
static inline float r1_erf(float x) {
    R1_FUSED
    float t = fabsf(x), s = x * x;
    t = t > 4.0f ? 4.0f : t;
    float p = -5.9431454e-4f;
    p = p * s + 4.9843793e-3f;
    p = p * s - 2.6761107e-2f;
    p = p * s + 1.1281682e-1f;
    p = p * s - 3.7612483e-1f;
    p = p * s + 1.2837915e-1f;
    float q = -2.1327588e-4f;
    q = q * t + 3.2091842e-3f;
    q = q * t - 2.2871716e-2f;
    q = q * t + 1.0523382e-1f;
    q = q * t + 6.357392e-1f;
    q = q * t + 1.2850828e-1f;
    float small = x + x * p, large = copysignf(1.0f - r1_exp(-(t + t * q)), x);
    return t < 0.9375f ? small : large;
}
