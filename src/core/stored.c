/* Where a value is kept, and how it is read again; see stored.h.
 *
 * A turn that makes a value has it at hand (val); a decoded state has its text, or asks the
 * facts for the `data` of the event that made it. Text and reference are functions of the event
 * alone, so a replay stores the same bytes. */
#include "core/stored.h"

#include "base/limits.h"
#include "core/run_page.h"
#include "value/json.h"

static struct pawl_str stored_text(struct pawl_run *run, const struct pawl_val *val, size_t max)
{
    struct pawl_arena *arena = run->state->arena;
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_buf buf;
    pawl_buf_init(&buf, arena->alloc, max);
    pawl_json_write(&buf, val, PAWL_JSON_COMPACT);
    if (buf.rc == PAWL_OK) {
        text = pawl_arena_str(arena, pawl_buf_str(&buf));
    } else if (buf.rc == PAWL_ENOMEM) {
        arena->failed = true;
    }
    pawl_buf_fini(&buf);
    return text;
}

struct pawl_stored pawl_stored_make(struct pawl_run *run, const struct pawl_val *val,
                                    const struct pawl_event *event, size_t max)
{
    const struct pawl_val *given = val == NULL ? &pawl_val_null : val;
    PAWL_ASSERT(pawl_val_marks(given) == 0); /* sealed when it was emitted */
    struct pawl_stored stored = {.text = stored_text(run, given, max), .val = given};
    if (stored.text.ptr == NULL) {
        PAWL_ASSERT(event->record != 0 || run->state->arena->failed);
        stored.record = event->record;
        stored.index = event->index;
    }
    return stored;
}

struct pawl_stored pawl_stored_keep(struct pawl_run *run, const struct pawl_val *val)
{
    if (val == NULL) {
        return (struct pawl_stored){.val = NULL};
    }
    return (struct pawl_stored){.text = stored_text(run, val, PAWL_STATE_SIZE_MAX), .val = val};
}

const struct pawl_val *pawl_stored_get(struct pawl_run *run, const struct pawl_stored *stored)
{
    struct pawl_run_state *state = run->state;
    if (stored->val != NULL || !pawl_stored_has(stored)) {
        return stored->val;
    }
    const struct pawl_val *val = NULL;
    if (stored->text.ptr != NULL) {
        struct pawl_err err;
        if (pawl_json_parse(state->arena, stored->text, PAWL_JSON_VIEWS, &pawl_json_limits_stored,
                            &val, &err) !=
            PAWL_OK) {
            state->corrupt = !state->arena->failed;
            return NULL;
        }
        return val;
    }
    if (state->facts != NULL) {
        val = state->facts->value(state->facts->ctx, stored->record, stored->index);
    }
    if (val == NULL) {
        pawl_run_need(run, (struct pawl_need){PAWL_NEED_VALUE, stored->record, stored->index});
    }
    return val;
}

const struct pawl_val *pawl_run_inputs(struct pawl_run *run)
{
    struct pawl_stored *inputs = &run->state->inputs;
    if (inputs->val == NULL) {
        inputs->val = pawl_stored_get(run, inputs);
    }
    return inputs->val;
}

struct pawl_str pawl_run_keep_text(struct pawl_run *run, struct pawl_str text, size_t max)
{
    struct pawl_str cut = text;
    if (cut.len > max) {
        cut.len = max;
        while (cut.len > 0 && ((uint8_t)cut.ptr[cut.len] & 0xc0) == 0x80) {
            cut.len--;
        }
    }
    return cut.len == 0 ? PAWL_STR_NONE : pawl_arena_str(run->state->arena, cut);
}

struct pawl_texts pawl_run_keep_texts(struct pawl_run *run, const struct pawl_val *list)
{
    uint32_t count = pawl_val_count(list);
    struct pawl_str *items = PAWL_ARENA_ARRAY(run->state->arena, struct pawl_str, count);
    struct pawl_texts texts = {items, 0};
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        const struct pawl_val *item = pawl_val_at(list, i);
        if (pawl_val_is(item, PAWL_VAL_TEXT)) {
            items[texts.count++] = pawl_arena_str(run->state->arena, pawl_val_str(item));
        }
    }
    return texts;
}
