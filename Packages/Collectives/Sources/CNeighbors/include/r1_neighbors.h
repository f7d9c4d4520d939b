/* Reading the memory of another process of the machine. */
#ifndef R1_NEIGHBORS_H
#define R1_NEIGHBORS_H

#include <stddef.h>
#include <stdint.h>

/* Copies bytes from an address of another process. Returns 0, or the code of errno: EPERM where the system does not
   allow it, ESRCH when the process is gone, EFAULT when it does not have the bytes. */
int r1_copy_memory(int process, uint64_t address, void *bytes, size_t count);

#endif
