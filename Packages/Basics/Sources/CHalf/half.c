/* The functions are in the header; a C target needs a source file. */
#include "r1_half.h"
