/* Time zones from the system's tzdata, loaded when first asked for and kept. Thread-safe. */
#ifndef PAWL_OS_ZONES_H
#define PAWL_OS_ZONES_H

#include "base/alloc.h"
#include "base/zone.h"

struct pawl_os_zones;

#define PAWL_ZONES_FOLDER "/usr/share/zoneinfo"

/* folder NULL: PAWL_ZONES_FOLDER; else it must outlive the provider. alloc NULL: the heap; it must
 * be thread-safe. NULL when memory is short. Reads nothing yet. */
struct pawl_os_zones *pawl_os_zones_new(const struct pawl_alloc *alloc, const char *folder);
/* Frees every zone that was handed out. NULL is legal. */
void pawl_os_zones_free(struct pawl_os_zones *zones);
/* The provider for pawl_zones_find. A name that the folder does not have gives PAWL_ENOT_FOUND,
 * with "did you mean" where a name of the folder's list (tzdata.zi) is near. */
struct pawl_zones pawl_os_zones_provider(struct pawl_os_zones *zones);

#endif
