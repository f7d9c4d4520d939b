/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's view of it does not have. */
#ifndef R1_CLINUX_SHIM_H
#define R1_CLINUX_SHIM_H

#include <errno.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);
int fallocate(int descriptor, int mode, off_t offset, off_t length);
ssize_t pwritev2(int descriptor, const struct iovec *pieces, int count, off_t offset, int flags);

/* From linux/fs.h and linux/falloc.h. */
enum { R1_RENAME_NOREPLACE = 1, R1_RENAME_EXCHANGE = 2, R1_FALLOC_KEEP_SIZE = 1 };

/* Writes data that is not needed again soon: Linux 6.14 and later starts writing to the disk at once and keeps nothing
   in the page cache (RWF_DONTCACHE of linux/fs.h, "uncached buffered I/O"). Otherwise this is pwrite. */
static inline ssize_t r1_write_uncached(int descriptor, const void *bytes, size_t count, off_t offset) {
    const struct iovec piece = {(void *)bytes, count};
    ssize_t written = pwritev2(descriptor, &piece, 1, offset, 0x80);
    if (written >= 0 || (errno != EOPNOTSUPP && errno != EINVAL && errno != ENOSYS)) return written;
    return pwrite(descriptor, bytes, count, offset);
}

#endif
