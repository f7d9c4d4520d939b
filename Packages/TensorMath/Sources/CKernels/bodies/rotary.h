/* Rotary embedding. */
/* NeoX halves: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin) */
static void R1_NAME(rotary)(size_t rows, size_t heads, size_t half, float sign,
                            const float *restrict cosine, const float *restrict sine,
                            const float *restrict x, float *restrict out) {
    for (size_t r = 0; r < rows; r++) {
        const float *c = cosine + r * half, *s = sine + r * half;
        for (size_t h = 0; h < heads; h++) {
            const float *from = x + (r * heads + h) * 2 * half;
            float *to = out + (r * heads + h) * 2 * half;
            for (size_t i = 0; i < half; i++) {
                float first = from[i], second = from[half + i], turn = sign * s[i];
                to[i] = first * c[i] - second * turn;
                to[half + i] = second * c[i] + first * turn;
            }
        }
    }
}
