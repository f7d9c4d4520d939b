/* Includes all kernel bodies; level_*.c includes it once per level after setting the target attribute and
 *   R1_NAME(f)       the level's name of function f
 *   R1_LANES         float32 lanes of its vectors: 4, 8 or 16
 *   R1_BFLOAT16_DOT  1 where the level has vdpbf16ps
 *   R1_BYTE_DOT      1 where the level has vpdpbusd
 *   R1_TILES         1 where the level has products of bfloat16 tiles
 * Most bodies are plain loops that the compiler vectorizes; `R1_SUMS` allows it to split sums over lanes. */
#include <math.h>
#include <string.h>

#include "../include/r1_kernels.h"
#include "r1_codes.h"
#include "r1_half.h"

#define R1_SUMS _Pragma("clang fp reassociate(on) contract(fast)")
#define R1_FUSED _Pragma("clang fp contract(fast)")
#define R1_INLINE static inline __attribute__((always_inline))

#include "functions.h"
#include "vectors.h"
#include "elementwise.h"
#include "norms.h"
#include "rotary.h"
#include "attention.h"
#include "vocabulary.h"
#include "conversions.h"
#include "optimizer.h"
#include "few_rows.h"
#include "quantized_rows.h"
#if R1_TILES
#include "tile_rows.h"
#endif
#include "sampling.h"

#define R1_ENTRY(f) .f = R1_NAME(f)
const r1_kernel_table R1_NAME(table) = {
    R1_ENTRY(add), R1_ENTRY(multiply), R1_ENTRY(accumulate), R1_ENTRY(scale),
    R1_ENTRY(swiglu), R1_ENTRY(swiglu_back), R1_ENTRY(gelu), R1_ENTRY(gelu_back), R1_ENTRY(add_bias),
    R1_ENTRY(sum_rows), R1_ENTRY(rms_norm), R1_ENTRY(rms_norm_back), R1_ENTRY(layer_norm),
    R1_ENTRY(layer_norm_back), R1_ENTRY(rotary), R1_ENTRY(exponential_tile), R1_ENTRY(softmax_tile),
    R1_ENTRY(softmax_back_tile), R1_ENTRY(dot), R1_ENTRY(mix_rows),
    R1_ENTRY(vocabulary_statistics), R1_ENTRY(vocabulary_back),
    R1_ENTRY(widen_bfloat16), R1_ENTRY(narrow_bfloat16), R1_ENTRY(widen_float16), R1_ENTRY(narrow_float16),
    R1_ENTRY(widen_int32), R1_ENTRY(widen_uint8), R1_ENTRY(sum_of_squares), R1_ENTRY(adamw),
    R1_ENTRY(pack_few_rows), R1_ENTRY(few_rows), R1_ENTRY(quantize_row), R1_ENTRY(widen_codes),
    R1_ENTRY(narrow_codes), R1_ENTRY(pack_quantized_rows), R1_ENTRY(quantized_rows),
    R1_ENTRY(block_maxima), R1_ENTRY(indices_at_least),
#if R1_TILES
    R1_ENTRY(pack_tile_rows), R1_ENTRY(tile_rows),
#endif
};
