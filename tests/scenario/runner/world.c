/* See world.h. */
#include "world.h"

#include <stdio.h>

#include "base/limits.h"
#include "core/run_page.h"

enum { WORLD_MEMORY_MAX = 512 << 20, FAULTS_TRIED_MAX = 200 };

void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    pawl_arena_init(&world->arena, NULL, WORLD_MEMORY_MAX);
    world->now = WORLD_START_MS;
    pawl_ids_init(&world->ids, 1, 0);
}

void world_fini(struct world *world)
{
    pawl_arena_fini(&world->arena);
}

const struct world_person *world_person(const struct world *world, struct pawl_str name)
{
    for (uint32_t i = 0; i < world->person_count; i++) {
        if (pawl_str_eq(world->people[i].name, name)) {
            return &world->people[i];
        }
    }
    return NULL;
}

/* ---- facts ------------------------------------------------------------------------------- */

static bool fact_page(void *ctx, uint32_t page, struct pawl_str *ret_bytes)
{
    struct world *world = ctx;
    if (world->state.len > 0 && !world->page_at_hand[page]) {
        return false;
    }
    *ret_bytes = world->pages[page];
    return true;
}

static const struct pawl_val *fact_value(void *ctx, pawl_id event, uint32_t index)
{
    struct world *world = ctx;
    PAWL_ASSERT(event >= 1 && event <= world->record_count);
    const struct world_record *record = &world->records[event - 1];
    PAWL_ASSERT(index < record->count);
    if (!record->at_hand) {
        return NULL;
    }
    return record->events[index].data != NULL ? record->events[index].data : &pawl_val_null;
}

static uint32_t fact_user_count(void *ctx, struct pawl_str user)
{
    return world_person(ctx, user) != NULL ? 1 : 0;
}

static uint32_t fact_role_count(void *ctx, struct pawl_str role)
{
    const struct world *world = ctx;
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->person_count; i++) {
        for (uint32_t r = 0; r < world->people[i].role_count; r++) {
            count += pawl_str_eq(world->people[i].roles[r], role) ? 1 : 0;
        }
    }
    return count;
}

static bool fact_user_has_role(void *ctx, struct pawl_str user, struct pawl_str role)
{
    const struct world_person *person = world_person(ctx, user);
    for (uint32_t r = 0; person != NULL && r < person->role_count; r++) {
        if (pawl_str_eq(person->roles[r], role)) {
            return true;
        }
    }
    return false;
}

/* One secret, tainted, and one name of the environment. */
static const struct pawl_val *fact_secret(void *ctx, struct pawl_str name)
{
    static const struct pawl_val token = {
        .kind = PAWL_VAL_TEXT, .flags = PAWL_VAL_TAINTED, .len = 6, .u.text = "s3cret"};
    return pawl_str_is(name, "token") ? &token : NULL;
}

static const struct pawl_val *fact_env(void *ctx, struct pawl_str name)
{
    static const struct pawl_val region = {.kind = PAWL_VAL_TEXT, .len = 2, .u.text = "eu"};
    return pawl_str_is(name, "REGION") ? &region : NULL;
}

/* Base64 would be a seal that anybody opens; here each byte's bits are turned as well, so that no
 * test finds the text by chance. The same text gives the same token: turns can be compared. */
static bool fact_seal(void *ctx, struct pawl_arena *arena, struct pawl_str text,
                      struct pawl_str *ret_token)
{
    static const char digits[] = "0123456789abcdef";
    static const char head[] = "1.world.";
    (void)ctx;
    char *out = pawl_arena_get(arena, sizeof(head) - 1 + 2 * text.len, 1);
    if (out == NULL) {
        return false;
    }
    memcpy(out, head, sizeof(head) - 1);
    size_t len = sizeof(head) - 1;
    for (size_t i = 0; i < text.len; i++) {
        unsigned byte = (unsigned char)text.ptr[i] ^ 0xffu;
        out[len++] = digits[byte >> 4];
        out[len++] = digits[byte & 15];
    }
    *ret_token = (struct pawl_str){out, len};
    return true;
}

static unsigned hex_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

static bool fact_unseal(void *ctx, struct pawl_arena *arena, struct pawl_str token,
                        struct pawl_str *ret_text)
{
    const struct world *world = ctx;
    struct pawl_str hex = pawl_str_sub(token, sizeof("1.world.") - 1, SIZE_MAX);
    if (world->key_lost || !pawl_str_starts(token, PAWL_STR("1.world."))) {
        return false;
    }
    char *out = pawl_arena_get(arena, hex.len / 2, 1);
    for (size_t i = 0; out != NULL && i < hex.len / 2; i++) {
        out[i] = (char)((hex_value(hex.ptr[2 * i]) << 4 | hex_value(hex.ptr[2 * i + 1])) ^ 0xffu);
    }
    *ret_text = (struct pawl_str){out, hex.len / 2};
    return out != NULL;
}

struct pawl_facts world_facts(struct world *world)
{
    return (struct pawl_facts){.ctx = world,
                               .page = fact_page,
                               .value = fact_value,
                               .user_count = fact_user_count,
                               .role_count = fact_role_count,
                               .user_has_role = fact_user_has_role,
                               .secret = fact_secret,
                               .env = fact_env,
                               .seal = fact_seal,
                               .unseal = fact_unseal,
                               .tenant_name = PAWL_STR("test")};
}

/* ---- deciding ---------------------------------------------------------------------------- */

static void problem(struct world *world, const char *what, const char *detail)
{
    if (world->problem[0] == '\0') {
        (void)snprintf(world->problem, sizeof(world->problem), "%s: %s", what, detail);
    }
}

/* What every round begins from: the stored run, or a fresh one. */
static bool run_load(struct world *world, struct pawl_arena *arena, struct pawl_run *ret_run)
{
    struct pawl_err err;
    if (world->state.len == 0) {
        return pawl_run_init(ret_run, arena, world->plan);
    }
    enum pawl_rc rc = pawl_run_decode(arena, world->plan, world->state, ret_run, &err);
    if (rc != PAWL_OK && rc != PAWL_ENOMEM) {
        problem(world, "the stored state", err.msg);
    }
    return rc == PAWL_OK;
}

static void forget(struct world *world)
{
    memset(world->page_at_hand, 0, sizeof(world->page_at_hand));
    for (uint32_t i = 0; i < world->record_count; i++) {
        world->records[i].at_hand = false;
    }
}

static void fetch(struct world *world, const struct pawl_turn *turn)
{
    for (uint32_t i = 0; i < turn->need_count; i++) {
        const struct pawl_need *need = &turn->needs[i];
        if (need->kind == PAWL_NEED_PAGE) {
            world->page_at_hand[need->a] = true;
        } else {
            world->records[need->a - 1].at_hand = true;
        }
    }
}

static enum pawl_rc decide_rounds(struct world *world, struct pawl_command *command,
                                  struct pawl_arena *arena, struct pawl_run *run,
                                  struct pawl_turn *turn, struct pawl_err *err)
{
    struct pawl_facts facts = world_facts(world);
    struct pawl_ids ids = world->ids;
    enum pawl_rc rc = PAWL_ENEED;
    for (uint32_t round = 0; rc == PAWL_ENEED; round++) {
        if (round > PAWL_NEED_ROUNDS_MAX) {
            problem(world, "decide", "needs more rounds than are allowed");
            return PAWL_EINTERNAL;
        }
        world->most_rounds = round > world->most_rounds ? round : world->most_rounds;
        if (!run_load(world, arena, run)) {
            return PAWL_ENOMEM;
        }
        world->ids = ids;
        rc = pawl_core_decide(world->plan, run, command, &facts, arena, turn, err);
        if (rc == PAWL_ENEED) {
            fetch(world, turn);
        }
    }
    return rc;
}

struct page_sink {
    struct world *world;
    struct pawl_str *pages;
};

static void take_page(void *ctx, uint32_t page, struct pawl_str bytes)
{
    struct page_sink *sink = ctx;
    sink->pages[page] = pawl_arena_str(&sink->world->arena, bytes);
}

/* State and pages as bytes, in the world's arena. */
static struct pawl_str encode(struct world *world, const struct pawl_run *run,
                              struct pawl_str *pages)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 16 << 20);
    pawl_run_encode(&buf, world->plan, run);
    struct pawl_str state = pawl_arena_str(&world->arena, pawl_buf_str(&buf));
    struct page_sink sink = {world, pages};
    pawl_run_encode_pages(&buf, world->plan, run, take_page, &sink);
    if (buf.rc != PAWL_OK) {
        problem(world, "encoding", pawl_rc_text(buf.rc));
    }
    pawl_buf_fini(&buf);
    return state;
}

static void compare(struct world *world, const char *what, struct pawl_str a, struct pawl_str b)
{
    if (!pawl_str_eq(a, b)) {
        char detail[96];
        size_t at = 0;
        while (at < a.len && at < b.len && a.ptr[at] == b.ptr[at]) {
            at++;
        }
        (void)snprintf(detail, sizeof(detail), "%zu and %zu bytes, first difference at %zu", a.len,
                       b.len, at);
        problem(world, what, detail);
    }
}

/* Events onto the state before them give the state after them. */
static void check_replay(struct world *world, const struct world_record *record,
                         struct pawl_str after, const struct pawl_str *pages_after)
{
    struct pawl_arena arena;
    struct pawl_run run;
    struct pawl_facts facts = world_facts(world);
    struct pawl_str pages[WORLD_PAGES_MAX] = {{NULL, 0}};
    pawl_arena_init(&arena, NULL, WORLD_MEMORY_MAX);
    memset(world->page_at_hand, 1, sizeof(world->page_at_hand));
    if (run_load(world, &arena, &run)) {
        pawl_run_facts_put(&run, world->state.len == 0 ? NULL : &facts);
        for (uint32_t i = 0; i < record->count; i++) {
            pawl_core_apply(world->plan, &run, &record->events[i]);
            pawl_run_assert(world->plan, &run);
        }
        compare(world, "replaying the turn", encode(world, &run, pages), after);
        for (uint32_t i = 0; i < run.state->page_count && run.state->page_count > 1; i++) {
            if (pages[i].len > 0) {
                compare(world, "replaying the turn, a page", pages[i], pages_after[i]);
            }
        }
    }
    memset(world->page_at_hand, 0, sizeof(world->page_at_hand));
    pawl_arena_fini(&arena);
}

/* The whole log from nothing gives what is stored. */
static void check_fold(struct world *world)
{
    struct pawl_arena arena;
    struct pawl_run run;
    struct pawl_str pages[WORLD_PAGES_MAX] = {{NULL, 0}};
    pawl_arena_init(&arena, NULL, WORLD_MEMORY_MAX);
    if (pawl_run_init(&run, &arena, world->plan)) {
        for (uint32_t i = 0; i < world->record_count; i++) {
            for (uint32_t k = 0; k < world->records[i].count; k++) {
                pawl_core_apply(world->plan, &run, &world->records[i].events[k]);
            }
        }
        compare(world, "folding the log", encode(world, &run, pages), world->state);
    }
    pawl_arena_fini(&arena);
}

/* The n-th allocation fails, for all n: decide says so, and changes nothing. */
static void check_faults(struct world *world, const struct pawl_command *command)
{
    struct pawl_ids ids = world->ids;
    for (size_t n = 1; n <= FAULTS_TRIED_MAX; n++) {
        struct pawl_alloc_fault fault;
        struct pawl_arena arena;
        struct pawl_run run;
        struct pawl_turn turn;
        struct pawl_err err;
        struct pawl_command copy = *command;
        pawl_alloc_fault_init(&fault, n, 1);
        pawl_arena_init(&arena, &fault.alloc, WORLD_MEMORY_MAX);
        arena.chunk_size = 256;
        world->ids = ids;
        copy.ids = &world->ids;
        enum pawl_rc rc = decide_rounds(world, &copy, &arena, &run, &turn, &err);
        bool failed = fault.count >= n;
        if (failed && rc == PAWL_OK) {
            problem(world, "memory", "an allocation failed and decide said OK");
        }
        pawl_arena_fini(&arena);
        if (fault.live != 0) {
            problem(world, "memory", "something leaked");
        }
        if (!failed) {
            break;
        }
    }
    world->ids = ids;
    forget(world);
}

static bool effect_is(const struct pawl_effect *a, const struct pawl_effect *b)
{
    return a->step == b->step && a->iteration == b->iteration && a->attempt == b->attempt;
}

static void take_effects(struct world *world, const struct pawl_turn *turn)
{
    for (uint32_t i = 0; i < turn->effect_count; i++) {
        const struct pawl_effect *effect = &turn->effects[i];
        if (effect->kind == PAWL_EFFECT_ATTEMPT) {
            PAWL_ASSERT(world->effect_count < sizeof(world->effects) / sizeof(world->effects[0]));
            struct pawl_effect *kept = &world->effects[world->effect_count++];
            *kept = *effect;
            kept->config = pawl_val_copy(&world->arena, effect->config);
            kept->key = pawl_arena_str(&world->arena, effect->key);
            continue;
        }
        if (effect->kind == PAWL_EFFECT_ATTEMPT_TAKE_BACK) {
            continue; /* here every attempt has begun, unless the script says put_back */
        }
        for (uint32_t k = 0; k < world->effect_count; k++) {
            if (effect_is(&world->effects[k], effect)) {
                memmove(&world->effects[k], &world->effects[k + 1],
                        (world->effect_count - k - 1) * sizeof(world->effects[0]));
                world->effect_count--;
                break;
            }
        }
    }
}

static void commit(struct world *world, const struct pawl_run *run, const struct pawl_turn *turn)
{
    struct pawl_buf buf;
    struct pawl_err err = {.rc = PAWL_OK};
    struct pawl_str pages[WORLD_PAGES_MAX];
    PAWL_ASSERT(world->record_count < WORLD_RECORDS_MAX);
    struct world_record *record = &world->records[world->record_count++];
    pawl_buf_init(&buf, NULL, 64 << 20);
    pawl_events_encode(&buf, world->plan, turn->events, turn->event_count);
    record->body = pawl_arena_str(&world->arena, pawl_buf_str(&buf));
    pawl_buf_fini(&buf);
    if (pawl_events_decode(&world->arena, record->body, world->record_count, &record->events,
                           &record->count, &err) != PAWL_OK) {
        problem(world, "the event record", err.msg);
        return;
    }
    memcpy(pages, world->pages, sizeof(pages));
    struct pawl_str after = encode(world, run, pages);
    check_replay(world, record, after, pages);
    world->state = after;
    memcpy(world->pages, pages, sizeof(pages));
    world->unfinished = turn->unfinished;
    check_fold(world);
    take_effects(world, turn);
}

struct world_turn world_decide(struct world *world, struct pawl_command *command)
{
    struct pawl_arena arena;
    struct pawl_run run;
    struct pawl_turn turn = {.event_count = 0};
    struct world_turn result = {.rc = PAWL_OK};
    command->now = world->now;
    command->random = ++world->random;
    command->ids = &world->ids;
    command->event = (pawl_id)world->record_count + 1;
    command->run = command->tenant = command->definition = 1;
    forget(world);
    if (world->faults) {
        check_faults(world, command);
    }
    pawl_arena_init(&arena, NULL, WORLD_MEMORY_MAX);
    pawl_err_clear(&result.err);
    result.rc = decide_rounds(world, command, &arena, &run, &turn, &result.err);
    forget(world);
    if (result.rc == PAWL_OK && turn.event_count > 0) {
        pawl_run_assert(world->plan, &run);
        commit(world, &run, &turn);
        result.events = world->records[world->record_count - 1].events;
        result.event_count = world->records[world->record_count - 1].count;
    }
    pawl_arena_fini(&arena);
    return result;
}

bool world_run(struct world *world, struct pawl_run *ret_run)
{
    memset(world->page_at_hand, 1, sizeof(world->page_at_hand));
    for (uint32_t i = 0; i < world->record_count; i++) {
        world->records[i].at_hand = true;
    }
    return world->state.len > 0 && run_load(world, &world->arena, ret_run);
}
