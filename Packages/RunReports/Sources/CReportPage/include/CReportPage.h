// The fixed parts of the pages about runs, which are part of the program.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    /// The name in the folder Assets.
    const char *name;
    const uint8_t *bytes;
    size_t count;
} r1_report_asset;

/// How many files there are.
extern const size_t r1_report_asset_count;

/// The file at an index below the count.
const r1_report_asset *r1_report_asset_at(size_t index);
