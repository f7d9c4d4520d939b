// The files of the web page, which are part of the program.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    /// The path in the folder Page.
    const char *path;
    const uint8_t *bytes;
    size_t count;
} r1_page_file;

/// How many files there are.
extern const size_t r1_page_file_count;

/// The file at an index below the count.
const r1_page_file *r1_page_file_at(size_t index);
