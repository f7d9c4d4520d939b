/* zstd's C interface; Swift takes it as it is. */
#ifndef R1_CZSTD_SHIM_H
#define R1_CZSTD_SHIM_H

#include <zstd.h>

#endif
