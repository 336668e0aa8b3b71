/* Inside the JSON reader: its state, its errors and the reading of texts. For json_read*.c only. */
#ifndef PAWL_VALUE_JSON_READER_H
#define PAWL_VALUE_JSON_READER_H

#include "base/limits.h"
#include "value/json.h"

/* One part of a container that is still open. */
union pawl_json_slot {
    struct pawl_val val;
    struct {
        const char *text;
        uint32_t len;
        uint32_t hash;
    } key;
};
static_assert(sizeof(union pawl_json_slot) == 16, "a slot is half a member");
static_assert(2 * sizeof(union pawl_json_slot) == sizeof(struct pawl_member),
              "key and value are a member");
static_assert(offsetof(struct pawl_member, key_hash) == offsetof(union pawl_json_slot, key.hash),
              "layout");

struct pawl_json_frame {
    uint32_t start; /* first slot of its parts */
    uint16_t depth; /* of its deepest part so far */
    bool is_map;
};

enum { PAWL_JSON_SLOTS_FIRST = 192 };

struct pawl_json_reader {
    const char *text, *end; /* what the caller gave, for places */
    const char *at;         /* runs in `text`, or in the copy when there is one */
    const char *base;       /* where `at` started */
    bool writable;          /* base is our copy: escapes are decoded in place */
    struct pawl_arena *arena;
    const struct pawl_json_limits *limits;
    struct pawl_err *err;
    union pawl_json_slot *slots;
    uint32_t count, cap;
    uint32_t nodes;
    uint32_t depth; /* open containers */
    bool seal_like; /* a map that looks like a sealed value was read */
    union pawl_json_slot slots_first[PAWL_JSON_SLOTS_FIRST];
    struct pawl_json_frame frames[PAWL_VALUE_DEPTH_MAX];
};

/* ---- what is wrong; all return the code, so that a failing function ends with them ---------- */

/* Line and column of a byte at or behind r->base. */
void pawl_json_place(const struct pawl_json_reader *r, const char *where, struct pawl_err *err);
enum pawl_rc pawl_json_fail(const struct pawl_json_reader *r, const char *where, enum pawl_rc rc,
                            const char *message);
enum pawl_rc pawl_json_fail_limit(const struct pawl_json_reader *r, const char *what, uint32_t max);
enum pawl_rc pawl_json_fail_memory(const struct pawl_json_reader *r);
/* "expected …, but found …" at r->at. */
enum pawl_rc pawl_json_fail_expected(const struct pawl_json_reader *r, const char *expected);

/* r->at is behind the opening quote; afterwards behind the closing one. */
PAWL_CHECKED
enum pawl_rc pawl_json_read_text(struct pawl_json_reader *r, struct pawl_str *ret_text);

#endif
