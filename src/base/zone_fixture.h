/* For tests and benchmarks of this folder: zones straight from the system's tzdata. The product
 * reads files in os/zones.c only. */
#ifndef PAWL_BASE_ZONE_FIXTURE_H
#define PAWL_BASE_ZONE_FIXTURE_H

#include <stdio.h>

#include "base/limits.h"
#include "base/zone.h"

#define ZONE_FIXTURE_DIR "/usr/share/zoneinfo"

/* The file's bytes into `bytes` (PAWL_ZONE_SIZE_MAX); empty when there is none. */
static inline struct pawl_str zone_fixture_bytes(const char *name, char *bytes)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/%.100s", ZONE_FIXTURE_DIR, name);
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(bytes, 1, PAWL_ZONE_SIZE_MAX, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return (struct pawl_str){bytes, size};
}

/* NULL when the system has no such zone, or the file is none. */
static inline const struct pawl_zone *zone_fixture(struct pawl_arena *arena, const char *name)
{
    static char bytes[PAWL_ZONE_SIZE_MAX];
    const struct pawl_zone *zone = NULL;
    enum pawl_rc rc =
        pawl_zone_parse(arena, pawl_str_from(name), zone_fixture_bytes(name, bytes), &zone, NULL);
    return rc == PAWL_OK ? zone : NULL;
}

#endif
