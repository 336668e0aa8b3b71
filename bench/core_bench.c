/* What a turn of the core costs: decode, decide, encode, events as JSON, for runs of 3, 1,000
 * and 10,000 steps, as a chain and as a fan-out. Time is the CPU's; facts come from memory, so
 * this is the core and nothing else. The bar is 10 µs a turn for a run of three steps, and no
 * growth with the plan's size beyond the pages that a turn touches.
 *
 *   core_bench [SECONDS]   prints one line per case: steps, shape, turns, µs per turn, bytes of
 * state */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/limits.h"
#include "core/core.h"
#include "lang/lang.h"
#include "plan/catalogue.h"

enum { MEMORY_MAX = 1 << 30, PAGES_MAX = 256 };

static const struct pawl_action_info work_action = {
    .name = PAWL_STR_INIT("work"),
    .summary = PAWL_STR_INIT("work"),
    .kind = PAWL_STEP_KIND_EFFECT,
    .idempotent = true,
    .config_schema = PAWL_STR_INIT("{\"type\":\"object\"}"),
};

struct bench {
    const struct pawl_plan *plan;
    struct pawl_arena arena; /* of a turn */
    struct pawl_buf state, next, events, scratch;
    char *pages[PAGES_MAX];
    size_t page_len[PAGES_MAX];
    struct pawl_ids ids;
    pawl_ms now;
    pawl_id event;
    struct pawl_effect *effects; /* a queue of attempts under way */
    uint32_t effect_head, effect_count, effect_cap;
    uint64_t turns;
    size_t state_most, event_bytes;
};

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- facts ------------------------------------------------------------------------------- */

static bool fact_page(void *ctx, uint32_t page, struct pawl_str *ret_bytes)
{
    struct bench *b = ctx;
    *ret_bytes = (struct pawl_str){b->pages[page], b->page_len[page]};
    return true;
}

static const struct pawl_val *fact_value(void *ctx, pawl_id event, uint32_t index)
{
    return &pawl_val_null;
}

static uint32_t fact_count(void *ctx, struct pawl_str name)
{
    return 1;
}

static const struct pawl_val *fact_none(void *ctx, struct pawl_str name)
{
    return NULL;
}

/* ---- a turn ------------------------------------------------------------------------------ */

static void keep_page(void *ctx, uint32_t page, struct pawl_str bytes)
{
    struct bench *b = ctx;
    b->pages[page] = realloc(b->pages[page], bytes.len);
    PAWL_ASSERT(b->pages[page] != NULL);
    memcpy(b->pages[page], bytes.ptr, bytes.len);
    b->page_len[page] = bytes.len;
}

static void keep_effects(struct bench *b, const struct pawl_turn *turn)
{
    for (uint32_t i = 0; i < turn->effect_count; i++) {
        PAWL_ASSERT(b->effect_count < b->effect_cap);
        b->effects[b->effect_count++] = turn->effects[i];
    }
}

static bool turn(struct bench *b, struct pawl_command *command)
{
    struct pawl_facts facts = {.ctx = b,
                               .page = fact_page,
                               .value = fact_value,
                               .user_count = fact_count,
                               .role_count = fact_count,
                               .secret = fact_none,
                               .env = fact_none,
                               .tenant_name = PAWL_STR("bench")};
    struct pawl_run run;
    struct pawl_turn result;
    struct pawl_err err;
    pawl_arena_reset(&b->arena);
    command->now = ++b->now;
    command->ids = &b->ids;
    command->event = ++b->event;
    command->run = command->tenant = command->definition = 1;
    command->actor = (struct pawl_actor){.name = PAWL_STR("ann")};
    enum pawl_rc rc = PAWL_OK;
    if (b->state.len == 0) {
        PAWL_ASSERT(pawl_run_init(&run, &b->arena, b->plan));
    } else {
        rc = pawl_run_decode(&b->arena, b->plan, pawl_buf_str(&b->state), &run, &err);
    }
    PAWL_ASSERT(rc == PAWL_OK);
    rc = pawl_core_decide(b->plan, &run, command, &facts, &b->arena, &result, &err);
    PAWL_ASSERT(rc == PAWL_OK);
    pawl_buf_clear(&b->next);
    pawl_buf_clear(&b->events);
    pawl_run_encode(&b->next, b->plan, &run);
    pawl_run_encode_pages(&b->scratch, b->plan, &run, keep_page, b);
    pawl_events_encode(&b->events, b->plan, result.events, result.event_count);
    PAWL_ASSERT(b->next.rc == PAWL_OK && b->events.rc == PAWL_OK);
    struct pawl_buf swap = b->state;
    b->state = b->next;
    b->next = swap;
    b->turns++;
    b->event_bytes += b->events.len;
    b->state_most = b->state.len > b->state_most ? b->state.len : b->state_most;
    keep_effects(b, &result);
    return result.unfinished;
}

static void continue_all(struct bench *b, bool unfinished)
{
    while (unfinished) {
        struct pawl_command more = {.kind = PAWL_COMMAND_CONTINUE};
        unfinished = turn(b, &more);
    }
}

/* One run from START to its end; each attempt succeeds. */
static void run_once(struct bench *b, const struct pawl_val *inputs, const struct pawl_val *output)
{
    b->state.len = 0;
    b->effect_head = b->effect_count = 0;
    for (uint32_t i = 0; i < PAGES_MAX; i++) {
        b->page_len[i] = 0;
    }
    struct pawl_command start = {.kind = PAWL_COMMAND_START, .inputs = inputs};
    continue_all(b, turn(b, &start));
    while (b->effect_head < b->effect_count) {
        struct pawl_effect effect = b->effects[b->effect_head++];
        struct pawl_command done = {.kind = PAWL_COMMAND_ATTEMPT_DONE,
                                    .step = effect.step,
                                    .iteration = effect.iteration,
                                    .attempt = effect.attempt,
                                    .fence = effect.fence,
                                    .result = {.ok = true, .output = output}};
        continue_all(b, turn(b, &done));
    }
}

/* ---- plans ------------------------------------------------------------------------------- */

static void write_chain(struct pawl_buf *yaml, uint32_t steps)
{
    for (uint32_t i = 0; i < steps; i++) {
        pawl_buf_printf(yaml, "  - {id: s%u, action: work, config: {n: \"{{ inputs.n }}\"}}\n", i);
    }
}

static void write_fan_out(struct pawl_buf *yaml, uint32_t steps)
{
    pawl_buf_put_cstr(yaml, "  - {id: first, action: work, depends_on: []}\n");
    for (uint32_t i = 2; i < steps; i++) {
        pawl_buf_printf(yaml, "  - {id: s%u, action: work, depends_on: [first]}\n", i);
    }
    pawl_buf_put_cstr(yaml, "  - {id: last, action: work, depends_on: [s2]}\n");
}

static struct pawl_plan *compile(struct pawl_arena *arena, uint32_t steps, bool chain)
{
    const struct pawl_catalogue catalogue = {&work_action, 1};
    struct pawl_diags diags;
    struct pawl_definition definition;
    struct pawl_plan *plan = NULL;
    struct pawl_err err;
    struct pawl_buf yaml;
    pawl_buf_init(&yaml, NULL, PAWL_DOCUMENT_SIZE_MAX);
    pawl_buf_put_cstr(&yaml, "id: bench\nsteps:\n");
    (chain ? write_chain : write_fan_out)(&yaml, steps);
    pawl_diags_init(&diags, arena, PAWL_DIAGS_MAX);
    bool ok = pawl_lang_compile(arena, pawl_buf_str(&yaml), &catalogue, NULL, &diags,
                                &definition) == PAWL_OK &&
              pawl_plan_build(NULL, definition.model, &plan, &err) == PAWL_OK;
    for (uint32_t i = 0; i < diags.count && !ok; i++) {
        (void)fprintf(stderr, "%.*s\n", PAWL_STR_ARG(diags.items[i].message));
    }
    pawl_buf_fini(&yaml);
    return ok ? plan : NULL;
}

static bool measure(uint32_t steps, bool chain, double seconds)
{
    static struct bench b;
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, MEMORY_MAX);
    struct pawl_plan *plan = compile(&arena, steps, chain);
    if (plan == NULL) {
        return false;
    }
    b = (struct bench){.plan = plan, .now = 1767225600000, .effect_cap = steps + 8};
    b.effects = calloc(b.effect_cap, sizeof(*b.effects));
    PAWL_ASSERT(b.effects != NULL);
    pawl_arena_init(&b.arena, NULL, MEMORY_MAX);
    pawl_ids_init(&b.ids, 1, 0);
    pawl_buf_init(&b.state, NULL, 16 << 20);
    pawl_buf_init(&b.next, NULL, 16 << 20);
    pawl_buf_init(&b.events, NULL, 64 << 20);
    pawl_buf_init(&b.scratch, NULL, 16 << 20);
    struct pawl_map_builder inputs;
    pawl_map_begin(&inputs, &arena);
    pawl_map_add_int(&inputs, "n", 42);
    const struct pawl_val *in = pawl_map_end(&inputs);
    double from = cpu_us(), took = 0;
    uint64_t runs = 0;
    do {
        run_once(&b, in, in);
        runs++;
        took = cpu_us() - from;
    } while (took < seconds * 1e6);
    printf("%7u  %-8s %10llu %12.2f %12.0f %12zu %14.0f\n", steps, chain ? "chain" : "fan-out",
           (unsigned long long)b.turns, took / (double)b.turns, (double)b.turns / took * 1e6,
           b.state_most, (double)b.event_bytes / (double)b.turns);
    pawl_plan_unref(plan);
    return true;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 1.0;
    static const uint32_t sizes[] = {3, 60, 1000, 10000};
    bool ok = true;
    printf(
        "  steps  shape         turns  us per turn  turns per s  state bytes  event bytes/turn\n");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && ok; i++) {
        ok = measure(sizes[i], true, seconds) && measure(sizes[i], false, seconds);
    }
    return ok ? 0 : 1;
}
