#define _GNU_SOURCE
#include "r1_neighbors.h"

#include <errno.h>
#include <sys/uio.h>

int r1_copy_memory(int process, uint64_t address, void *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        struct iovec to = {(char *)bytes + done, count - done};
        struct iovec from = {(void *)(uintptr_t)(address + done), count - done};
        ssize_t moved = process_vm_readv(process, &to, 1, &from, 1, 0);
        if (moved < 0) return errno;
        if (moved == 0) return EFAULT;
        done += (size_t)moved;
    }
    return 0;
}
