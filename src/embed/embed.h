/* The library's inside: the handle and what its files share. The public contract is
 * include/pawl/pawl.h. */
#ifndef PAWL_EMBED_EMBED_H
#define PAWL_EMBED_EMBED_H

#include <pthread.h>
#include <stdatomic.h>

#include "engine/engine.h"
#include "os/zones.h"

#include <pawl/pawl.h>

enum { PAWL_EMBED_MAGIC = 0x454D4244 };

struct pawl_host_action {      /* an action of the host's, in the shape that the engine knows */
    struct pawl_action action; /* first: found again from attempt->action */
    struct pawl *pawl;
    pawl_action_fn *start;
    void *ctx;
    struct pawl_host_action *next;
};

struct pawl {
    uint32_t magic;
    struct pawl_options options;
    struct pawl_alloc alloc;
    struct pawl_log log;
    struct pawl_arena arena; /* of the handle: actions, schemas */
    struct pawl_store *store;
    struct pawl_host_action *actions;
    uint32_t action_count;
    pthread_mutex_t start_mutex; /* guards the making of the engine */
    struct pawl_marks *marks;    /* mapped from a file beside the store; NULL: kept in memory */
    struct pawl_engine *engine;  /* made at the first command or poll */
    struct pawl_io *io;
    struct pawl_os_zones *os_zones;
    struct pawl_zones zones;
    struct pawl_reader *reader; /* of pawl_query */
    pawl_id tenant;
    pthread_t thread;
    bool threaded;
    bool has_seal_key; /* of a store in files */
    struct pawl_seal_key seal_key;
    atomic_int stop;
};

/* The engine, made if it is not there yet. */
PAWL_CHECKED
enum pawl_rc pawl_embed_ready(struct pawl *pawl, struct pawl_err *err);
/* From an inner error to the public one; returns the code. */
int pawl_embed_fail(struct pawl_error *error, const struct pawl_err *err);

#endif
