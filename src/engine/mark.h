/* What is being decided, in memory that outlives the process: when the next one finds a mark, the
 * last one ended in the middle of that decision: it crashed, or somebody killed it because it hung.
 *
 * The memory is a small file of the data directory, mapped (os/mapping.h); nothing is synced: a
 * killed process leaves what it wrote, and after a power failure an old mark only counts once too
 * often. What it holds is not trusted: anything else than expected is an empty one.
 *
 * A suspect is a run, or a definition while it is being started, with a kind of command. Each end
 * in the middle is counted; a decision of the same kind that comes to its end clears the count. At
 * PAWL_CRASHES_MAX the run is parked (turn.c), or starts of the definition are refused. */
#ifndef PAWL_ENGINE_MARK_H
#define PAWL_ENGINE_MARK_H

#include "base/id.h"
#include "core/core.h"

enum { PAWL_SUSPECTS_MAX = 64 };

struct pawl_suspect {
    pawl_id tenant, id; /* of a run, or of a definition; 0: free */
    uint32_t command;
    uint32_t ends; /* of processes, one after another */
};

struct pawl_marks {
    uint64_t magic;
    struct pawl_suspect now; /* being decided; id 0: nothing */
    struct pawl_suspect suspects[PAWL_SUSPECTS_MAX];
};

/* Looks at what the last process left: a mark becomes a count. */
void pawl_marks_open(struct pawl_marks *marks);
/* Around each decision. */
void pawl_marks_begin(struct pawl_marks *marks, pawl_id tenant, pawl_id id,
                      enum pawl_command_kind command);
void pawl_marks_end(struct pawl_marks *marks);
/* How many processes ended in the middle of deciding about it: the most of any command. */
uint32_t pawl_marks_ends(const struct pawl_marks *marks, pawl_id id);
void pawl_marks_forget(struct pawl_marks *marks, pawl_id id);

#endif
