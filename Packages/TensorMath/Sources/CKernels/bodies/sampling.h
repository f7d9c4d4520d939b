/* Finds the largest values of a row without sorting it. */

/* maxima[b] = the largest of x[b block ..< (b + 1) block]; NaN is ignored; the maximum of nothing is
 * -infinity. */
static void R1_NAME(block_maxima)(size_t n, size_t block, const float *restrict x, float *restrict maxima) {
    for (size_t start = 0; start < n; start += block) {
        maxima[start / block] = r1_max(n - start < block ? n - start : block, x + start);
    }
}
/* Writes the indices of all x >= threshold in ascending order and returns their count; `indices` has room for
 * n. Blocks whose maximum is below the threshold are skipped. */
static size_t R1_NAME(indices_at_least)(size_t n, size_t block, const float *restrict x,
                                        const float *restrict maxima, float threshold,
                                        int32_t *restrict indices) {
    size_t count = 0;
    for (size_t start = 0; start < n; start += block) {
        if (!(maxima[start / block] >= threshold)) continue;
        size_t end = n - start < block ? n : start + block;
        for (size_t i = start; i < end; i++) {
            indices[count] = (int32_t)i;
            count += x[i] >= threshold;
        }
    }
    return count;
}
