/* Two Linux calls that glibc declares only under _GNU_SOURCE, which Swift's view of it does not have. */
#ifndef R1_CLINUX_SHIM_H
#define R1_CLINUX_SHIM_H

#include <sys/types.h>

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
int fallocate(int descriptor, int mode, off_t offset, off_t length);

/* From linux/fs.h and linux/falloc.h. */
enum { R1_RENAME_NOREPLACE = 1, R1_RENAME_EXCHANGE = 2, R1_FALLOC_KEEP_SIZE = 1 };

#endif
