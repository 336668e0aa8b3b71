/* See mark.h. The order of writes matters within this process only: what a mark says stands before
 * its id does, and the id goes first when it ends. */
#include "engine/mark.h"

#include <stdatomic.h>

static const uint64_t marks_magic = 0x314b52414d4c5750u; /* "PWLMARK1" */

static struct pawl_suspect *find(struct pawl_marks *marks, pawl_id id, uint32_t command)
{
    for (uint32_t i = 0; i < PAWL_SUSPECTS_MAX; i++) {
        if (marks->suspects[i].id == id && marks->suspects[i].command == command) {
            return &marks->suspects[i];
        }
    }
    return NULL;
}

/* A free place, else that of the least suspicious one. */
static struct pawl_suspect *make_room(struct pawl_marks *marks)
{
    struct pawl_suspect *least = &marks->suspects[0];
    for (uint32_t i = 0; i < PAWL_SUSPECTS_MAX; i++) {
        struct pawl_suspect *at = &marks->suspects[i];
        if (at->id == 0) {
            return at;
        }
        least = at->ends < least->ends ? at : least;
    }
    return least;
}

void pawl_marks_open(struct pawl_marks *marks)
{
    if (marks->magic != marks_magic) {
        *marks = (struct pawl_marks){.magic = marks_magic};
        return;
    }
    struct pawl_suspect now = marks->now;
    marks->now.id = 0;
    if (now.id == 0 || now.command >= PAWL_COMMAND_COUNT) {
        return;
    }
    struct pawl_suspect *suspect = find(marks, now.id, now.command);
    if (suspect == NULL) {
        suspect = make_room(marks);
        *suspect = now;
        suspect->ends = 0;
    }
    suspect->ends += suspect->ends < UINT32_MAX;
}

void pawl_marks_begin(struct pawl_marks *marks, pawl_id tenant, pawl_id id,
                      enum pawl_command_kind command)
{
    marks->now.tenant = tenant;
    marks->now.command = command;
    atomic_signal_fence(memory_order_seq_cst);
    marks->now.id = id;
    atomic_signal_fence(memory_order_seq_cst);
}

void pawl_marks_end(struct pawl_marks *marks)
{
    pawl_id id = marks->now.id;
    atomic_signal_fence(memory_order_seq_cst);
    marks->now.id = 0;
    struct pawl_suspect *suspect = find(marks, id, marks->now.command);
    if (suspect != NULL && id != 0) {
        *suspect = (struct pawl_suspect){0};
    }
}

uint32_t pawl_marks_ends(const struct pawl_marks *marks, pawl_id id)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < PAWL_SUSPECTS_MAX; i++) {
        const struct pawl_suspect *at = &marks->suspects[i];
        most = at->id == id && at->ends > most ? at->ends : most;
    }
    return most;
}

void pawl_marks_forget(struct pawl_marks *marks, pawl_id id)
{
    for (uint32_t i = 0; i < PAWL_SUSPECTS_MAX; i++) {
        if (marks->suspects[i].id == id) {
            marks->suspects[i] = (struct pawl_suspect){0};
        }
    }
}
