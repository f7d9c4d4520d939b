// The fixed parts of the pages about evaluations, which are part of the program. Each function returns the bytes of a file
// and sets their count.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// gallery.js
const uint8_t *r1_evaluations_gallery_script(size_t *count);
/// evaluation.css
const uint8_t *r1_evaluations_style(size_t *count);
