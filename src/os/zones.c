/* The zone cache.
 *
 * One mutex guards the cache; a file is read while it is held, which happens once per zone and
 * takes some ten microseconds. Zones live in one arena that only grows, so a pointer handed out
 * stays valid until the provider is freed, and readers need no lock. The number of zones is
 * bounded; names come from people, but only names of existing files take room. */
#include "os/zones.h"

#include <pthread.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/panic.h"
#include "os/file.h"

enum {
    MAGIC = 0x2017e5,
    ARENA_MAX = 32 * 1024 * 1024, /* 2,048 zones of the largest size that occurs, 8 KiB */
    LIST_SIZE_MAX = 1024 * 1024,  /* tzdata.zi has 110 KiB */
    PATH_SIZE = 512,
};

struct pawl_os_zones {
    uint32_t magic;
    const struct pawl_alloc *alloc;
    const char *folder;
    pthread_mutex_t mutex; /* guards all below */
    struct pawl_arena arena;
    struct pawl_map by_name; /* name to index in loaded */
    const struct pawl_zone *loaded[PAWL_ZONES_MAX];
    uint32_t loaded_count;
};

struct pawl_os_zones *pawl_os_zones_new(const struct pawl_alloc *alloc, const char *folder)
{
    const struct pawl_alloc *used = alloc != NULL ? alloc : pawl_alloc_heap();
    struct pawl_os_zones *zones = pawl_alloc_zero(used, sizeof(*zones));
    if (zones == NULL) {
        return NULL;
    }
    zones->magic = MAGIC;
    zones->alloc = used;
    zones->folder = folder != NULL ? folder : PAWL_ZONES_FOLDER;
    int failed = pthread_mutex_init(&zones->mutex, NULL);
    PAWL_ASSERT(failed == 0); /* a plain mutex needs no resources on Linux */
    pawl_arena_init(&zones->arena, used, ARENA_MAX);
    pawl_map_init(&zones->by_name, &zones->arena);
    return zones;
}

void pawl_os_zones_free(struct pawl_os_zones *zones)
{
    if (zones == NULL) {
        return;
    }
    PAWL_ASSERT(zones->magic == MAGIC);
    zones->magic = 0;
    pawl_arena_fini(&zones->arena);
    (void)pthread_mutex_destroy(&zones->mutex);
    pawl_alloc_free(zones->alloc, zones, sizeof(*zones));
}

static enum pawl_rc read_file(const struct pawl_os_zones *zones, struct pawl_str name,
                              struct pawl_buf *buf, struct pawl_err *err)
{
    char path[PATH_SIZE];
    int len = snprintf(path, sizeof(path), "%s/" PAWL_STR_FMT, zones->folder, PAWL_STR_ARG(name));
    if (len < 0 || len >= PATH_SIZE) {
        return pawl_err_set(err, PAWL_ELIMIT,
                            "the path of time zone '" PAWL_STR_FMT "' is too long",
                            PAWL_STR_ARG(name));
    }
    return pawl_file_read(path, buf, err);
}

/* ---- "did you mean" ---- */

/* The name in a line of tzdata.zi: "Z Europe/Berlin …" or "L target alias"; empty: other lines. */
static struct pawl_str name_of_line(struct pawl_str line)
{
    if (line.len < 3 || line.ptr[1] != ' ' || (line.ptr[0] != 'Z' && line.ptr[0] != 'L')) {
        return PAWL_STR_NONE;
    }
    struct pawl_str rest = pawl_str_sub(line, 2, line.len);
    size_t space = pawl_str_find(rest, PAWL_STR(" "));
    if (line.ptr[0] == 'L') {
        return space == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(rest, space + 1, rest.len);
    }
    return pawl_str_sub(rest, 0, space == SIZE_MAX ? rest.len : space);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c == ' ' ? '_' : c;
}

/* Without case, a whole name or its last part: "berlin" is Europe/Berlin. */
static bool is_same_place(struct pawl_str name, struct pawl_str asked)
{
    if (asked.len == 0 || asked.len > name.len) {
        return false;
    }
    size_t skip = name.len - asked.len;
    for (size_t i = 0; i < asked.len; i++) {
        if (lower(name.ptr[skip + i]) != lower(asked.ptr[i])) {
            return false;
        }
    }
    return skip == 0 || name.ptr[skip - 1] == '/';
}

/* The name of the list that is nearest to the one asked for. */
static struct pawl_str nearest_name(struct pawl_str list, struct pawl_str asked)
{
    struct pawl_str best = PAWL_STR_NONE;
    size_t best_distance = asked.len / 4 + 2;
    while (list.len > 0) {
        size_t len = pawl_str_find(list, PAWL_STR("\n"));
        struct pawl_str name =
            name_of_line(pawl_str_sub(list, 0, len == SIZE_MAX ? list.len : len));
        list = len == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(list, len + 1, list.len);
        if (name.len == 0) {
            continue;
        }
        if (is_same_place(name, asked)) {
            return name;
        }
        size_t distance = pawl_str_distance(name, asked, best_distance);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

static enum pawl_rc refuse_unknown(const struct pawl_os_zones *zones, struct pawl_str name,
                                   struct pawl_err *err)
{
    struct pawl_buf list;
    pawl_buf_init(&list, zones->alloc, LIST_SIZE_MAX);
    struct pawl_str near = PAWL_STR_NONE;
    if (read_file(zones, PAWL_STR("tzdata.zi"), &list, NULL) == PAWL_OK) {
        near = nearest_name(pawl_buf_str(&list), name);
    }
    enum pawl_rc rc =
        near.len > 0
            ? pawl_err_set(err, PAWL_ENOT_FOUND,
                           "unknown time zone '" PAWL_STR_FMT "'; did you mean '" PAWL_STR_FMT "'?",
                           PAWL_STR_ARG(name), PAWL_STR_ARG(near))
            : pawl_err_set(err, PAWL_ENOT_FOUND,
                           "unknown time zone '" PAWL_STR_FMT "'; names are like Europe/Berlin "
                           "(looked in %s)",
                           PAWL_STR_ARG(name), zones->folder);
    pawl_buf_fini(&list);
    return rc;
}

/* ---- loading ---- */

/* Reads and keeps the zone; the mutex is held. A failure gives the arena's memory back. */
static enum pawl_rc load(struct pawl_os_zones *zones, struct pawl_str name,
                         const struct pawl_zone **ret_zone, struct pawl_err *err)
{
    if (zones->loaded_count == PAWL_ZONES_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "more than %u time zones are in use", PAWL_ZONES_MAX);
    }
    struct pawl_buf bytes;
    pawl_buf_init(&bytes, zones->alloc, PAWL_ZONE_SIZE_MAX);
    struct pawl_arena_mark mark = pawl_arena_mark(&zones->arena);
    const struct pawl_zone *zone = NULL;
    enum pawl_rc rc = read_file(zones, name, &bytes, err);
    if (rc == PAWL_OK) {
        rc = pawl_zone_parse(&zones->arena, name, pawl_buf_str(&bytes), &zone, err);
    }
    pawl_buf_fini(&bytes);
    if (rc != PAWL_OK) {
        pawl_arena_rewind(&zones->arena, mark);
        zones->arena.failed = false;
        bool is_no_zone = rc == PAWL_ENOT_FOUND || rc == PAWL_EIO || rc == PAWL_ECORRUPT;
        return is_no_zone ? refuse_unknown(zones, name, err) : rc;
    }
    if (!pawl_map_put(&zones->by_name, pawl_zone_name(zone), zones->loaded_count)) {
        zones->arena.failed = false;
        return pawl_err_set(err, PAWL_ENOMEM, "no memory for a time zone");
    }
    zones->loaded[zones->loaded_count++] = zone;
    *ret_zone = zone;
    return PAWL_OK;
}

static enum pawl_rc find(void *ctx, struct pawl_str name, const struct pawl_zone **ret_zone,
                         struct pawl_err *err)
{
    struct pawl_os_zones *zones = ctx;
    PAWL_ASSERT(zones->magic == MAGIC);
    PAWL_ASSERT(pawl_zone_name_check(name));
    enum pawl_rc rc = PAWL_OK;
    (void)pthread_mutex_lock(&zones->mutex);
    uint32_t index = pawl_map_find(&zones->by_name, name);
    if (index != PAWL_MAP_NONE) {
        *ret_zone = zones->loaded[index];
    } else {
        rc = load(zones, name, ret_zone, err);
    }
    (void)pthread_mutex_unlock(&zones->mutex);
    return rc;
}

struct pawl_zones pawl_os_zones_provider(struct pawl_os_zones *zones)
{
    PAWL_ASSERT(zones->magic == MAGIC);
    return (struct pawl_zones){.ctx = zones, .find = find};
}
