/* What the files that check an instance share.
 *
 * A frame is one schema applied to one place of the instance; frames live on the C stack and are
 * linked, so that the pointers of an error are only made when there is one. Nothing is allocated
 * per keyword; notes about what was evaluated are bits, in the frame or in check->scratch. */
#ifndef PAWL_VALUE_SCHEMA_CHECK_H
#define PAWL_VALUE_SCHEMA_CHECK_H

#include "value/schema_impl.h"

/* Which items or members of one value have been looked at by a keyword. */
struct schema_set {
    uint32_t count;
    uint64_t word;  /* the bits, while there are at most 64 */
    uint64_t *more; /* else they are here */
    struct pawl_arena_mark mark;
};

enum schema_move {
    SCHEMA_MOVE_NONE, /* the same place as the frame above */
    SCHEMA_MOVE_ITEM,
    SCHEMA_MOVE_MEMBER,
    SCHEMA_MOVE_NAME, /* a member's name */
};

struct schema_frame {
    const struct schema_frame *up; /* NULL: the root */
    const struct schema_node *node;
    const struct schema_keyword *via; /* of up's node */
    const struct pawl_val *instance;
    struct schema_set *evaluated; /* NULL: nobody asks */
    uint32_t index;               /* of the item or member in up's instance */
    uint8_t move;                 /* enum schema_move */
};

/* Annotations found so far. */
struct schema_note {
    struct pawl_str pointer;
    const struct pawl_val *value;
};
struct schema_notes {
    struct pawl_str name;
    struct pawl_arena arena;
    struct schema_note *items;
    uint32_t count, cap;
    bool failed_too; /* of alternatives that do not match, as well */
};

/* A trial of one alternative: how far it is from valid, and the first thing that is wrong. */
struct schema_trial {
    const struct schema_frame *base;
    uint64_t score;
    bool wants_text;
    struct pawl_str pointer, message;
};

struct schema_check {
    const struct pawl_schema *schema;
    enum pawl_rc rc; /* PAWL_OK, else there is no verdict: PAWL_EFUEL, PAWL_ELIMIT, PAWL_ENOMEM */
    uint64_t fuel;
    uint32_t depth;
    uint32_t sensitive;                /* frames around that hide values */
    struct pawl_schema_errors *errors; /* NULL: nobody wants to know why */
    struct schema_trial *trial;        /* while alternatives are compared; else NULL */
    struct schema_notes *notes;        /* NULL: no annotations are wanted */
    struct pawl_arena scratch;
    struct pawl_regex_run regex_run;
};

/* ---- schema_check.c ---- */
void pawl_schema_check_init(struct schema_check *check, const struct pawl_schema *schema,
                            uint64_t fuel);
void pawl_schema_check_fini(struct schema_check *check);
/* The verdict of frame->node on frame->instance. False also when check->rc is set. */
bool pawl_schema_apply(struct schema_check *check, struct schema_frame *frame);
/* node applied to the same place as frame. */
bool pawl_schema_apply_here(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const struct schema_node *node,
                            struct schema_set *evaluated);
/* node applied to an item or member of frame's instance. */
bool pawl_schema_apply_part(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const struct schema_node *node,
                            enum schema_move move, uint32_t index);
/* The same without reporting errors, for keywords that only want to know. */
bool pawl_schema_try_here(struct schema_check *check, const struct schema_frame *frame,
                          const struct schema_keyword *keyword, const struct schema_node *node,
                          struct schema_set *evaluated);
/* Takes steps; false (and check->rc set) when there are not enough. */
bool pawl_schema_pay(struct schema_check *check, uint64_t steps);
bool pawl_schema_fail(struct schema_check *check, enum pawl_rc rc); /* sets check->rc; false */
/* Whether the check goes on after a failure: to find more errors or annotations. */
static inline bool pawl_schema_goes_on(const struct schema_check *check, bool valid)
{
    return valid || (check->rc == PAWL_OK &&
                     (check->errors != NULL || check->trial != NULL || check->notes != NULL));
}

bool pawl_schema_set_init(struct schema_check *check, struct schema_set *set,
                          const struct pawl_val *instance);
void pawl_schema_set_fini(struct schema_check *check, struct schema_set *set);
void pawl_schema_set_add(struct schema_set *set, uint32_t index);  /* set may be NULL */
void pawl_schema_set_fill(struct schema_set *set, uint32_t count); /* the first ones */
bool pawl_schema_set_has(const struct schema_set *set, uint32_t index);
void pawl_schema_set_merge(struct schema_set *set, const struct schema_set *from);

/* ---- schema_error.c ---- */
/* Reports that keyword (NULL: the schema `false`) does not hold for frame's instance; the message
 * goes on from "it …". Always false, so that a check may return it. */
bool pawl_schema_report(struct schema_check *check, const struct schema_frame *frame,
                        const struct schema_keyword *keyword, const char *format, ...)
    PAWL_PRINTF(4, 5);
/* Adds a hint to the error that was reported last. */
void pawl_schema_hint(struct schema_check *check, const char *format, ...) PAWL_PRINTF(2, 3);
/* Whether anybody reads messages: else texts need not be made. */
bool pawl_schema_wants_text(const struct schema_check *check);
/* Nobody reads messages and nobody counts them, so none need be made. */
static inline bool pawl_schema_is_quiet(const struct schema_check *check)
{
    return check->errors == NULL;
}
/* A value of the instance must not be shown. */
bool pawl_schema_is_hidden(const struct schema_check *check, const struct pawl_val *v);
/* A short text for a value of the instance in a message ("5", "'abc'", "an object"); where it is
 * hidden, what kind it is. */
enum { SCHEMA_SAY_ROOM = 104 };
const char *pawl_schema_say(const struct schema_check *check, const struct pawl_val *v,
                            char room[SCHEMA_SAY_ROOM]);
/* ", but is 5"; nothing where it is hidden. */
const char *pawl_schema_say_but(const struct schema_check *check, const struct pawl_val *v,
                                char room[SCHEMA_SAY_ROOM]);
/* A value of the schema, which is no secret. */
const char *pawl_schema_say_open(const struct pawl_val *v, char room[SCHEMA_SAY_ROOM]);
/* The pointer of frame's instance, in the arena. */
struct pawl_str pawl_schema_instance_pointer(struct pawl_arena *arena,
                                             const struct schema_frame *frame);
/* Steps into the instance between base and frame. */
uint32_t pawl_schema_distance(const struct schema_frame *frame, const struct schema_frame *base);

#endif
