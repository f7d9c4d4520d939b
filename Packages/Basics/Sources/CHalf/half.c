/* The header is all there is; a C target needs one source file. */
#include "r1_half.h"
