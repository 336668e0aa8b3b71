/* A small file of a fixed size as memory that outlives the process (not a power failure). */
#ifndef PAWL_OS_MAPPING_H
#define PAWL_OS_MAPPING_H

#include <stddef.h>

#include "base/rc.h"

/* The file is made, private to its owner, or brought to `size`; new bytes are zero. PAWL_EIO. */
PAWL_CHECKED
enum pawl_rc pawl_mapping_open(const char *path, size_t size, void **ret_memory,
                               struct pawl_err *err);
void pawl_mapping_close(void *memory, size_t size); /* NULL is legal */

#endif
