// The fixed parts of pages, which are part of the program. Each function returns the bytes of a file and sets their count.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// charts.js
const uint8_t *r1_pages_charts_script(size_t *count);
/// elements.js
const uint8_t *r1_pages_elements_script(size_t *count);
/// page.html
const uint8_t *r1_pages_frame(size_t *count);
/// style.css
const uint8_t *r1_pages_style(size_t *count);
