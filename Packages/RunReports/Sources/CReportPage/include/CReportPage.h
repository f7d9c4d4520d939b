// The fixed parts of the pages about runs, which are part of the program.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// The bytes of groups.js; sets their count.
const uint8_t *r1_runs_groups_script(size_t *count);
