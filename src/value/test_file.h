/* Files that tests read: the project's own, and material that a clone does not have. */
#ifndef PAWL_VALUE_TEST_FILE_H
#define PAWL_VALUE_TEST_FILE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

/* The path below the environment variable's folder; empty when it is not set. */
static inline const char *test_path(char path[1024], const char *variable, const char *below)
{
    const char *root = getenv(variable);
    snprintf(path, 1024, "%s/%s", root != NULL ? root : ".", below);
    return path;
}

/* The whole file in the arena; PAWL_STR_NONE when it cannot be read. */
static inline struct pawl_str test_read(struct pawl_arena *arena, const char *path)
{
    struct pawl_str text = PAWL_STR_NONE;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return text;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        rewind(file);
        char *bytes = size < 0 ? NULL : pawl_arena_get(arena, (size_t)size + 1, 1);
        if (bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size) {
            bytes[size] = '\0';
            text = (struct pawl_str){bytes, (size_t)size};
        }
    }
    fclose(file);
    return text;
}

#endif
