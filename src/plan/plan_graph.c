/* Turns the graph around: from what each step says about others to what each must know of others.
 *
 *     depends_on of t      s -> t          deps of t, dependents of s
 *     cases of s           s -> t          gate_targets of s, gates of t
 *     outlets, send_back   s -> only t     entries of s, entrants of t
 *
 * Each relation is a list of pairs; both directions are filled from it by counting, so they mirror
 * each other (P2), in the order of the document. Ranks follow all three, sending back left out,
 * since it leads up. A cycle is a corrupt model: lang/ refuses it with the cycle spelled out. */
#include "plan/plan_impl.h"

struct pair {
    uint32_t from, to;
};

struct pairs {
    struct pair *items;
    uint32_t count, cap;
};

static void pairs_add(struct pawl_plan_build *build, struct pairs *pairs, uint32_t from,
                      uint32_t to)
{
    PAWL_ASSERT(from < build->step_count && to < build->step_count); /* P4 */
    if (pairs->count == pairs->cap) {
        uint32_t cap = pairs->cap == 0 ? 64 : pairs->cap * 2;
        struct pair *grown =
            pawl_arena_grow(build->arena, pairs->items, pairs->cap * sizeof(struct pair),
                            cap * sizeof(struct pair), _Alignof(struct pair));
        if (grown == NULL) {
            pawl_plan_fail(build, PAWL_ENOMEM);
            return;
        }
        pairs->items = grown;
        pairs->cap = cap;
    }
    pairs->items[pairs->count++] = (struct pair){from, to};
}

/* Adds unless the pair is among those from `start` on, which all have the same `from`. */
static void pairs_add_once(struct pawl_plan_build *build, struct pairs *pairs, uint32_t start,
                           struct pair pair)
{
    for (uint32_t i = start; i < pairs->count; i++) {
        if (pairs->items[i].to == pair.to) {
            return;
        }
    }
    pairs_add(build, pairs, pair.from, pair.to);
}

/* The lists of one direction: for each step the other ends, in the order of the pairs. */
enum direction { BY_FROM, BY_TO };

static struct pawl_indexes *group(struct pawl_plan_build *build, const struct pairs *pairs,
                                  enum direction direction)
{
    struct pawl_indexes *lists = PAWL_PLAN_ARRAY(build, struct pawl_indexes, build->step_count);
    uint32_t *items = PAWL_PLAN_ARRAY(build, uint32_t, pairs->count + 1u);
    uint32_t *fill = PAWL_PLAN_ARRAY(build, uint32_t, build->step_count);
    if (lists == NULL || items == NULL || fill == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        lists[direction == BY_FROM ? pairs->items[i].from : pairs->items[i].to].count++;
    }
    uint32_t at = 0;
    for (uint32_t i = 0; i < build->step_count; i++) {
        lists[i].items = &items[at];
        fill[i] = at;
        at += lists[i].count;
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        struct pair pair = pairs->items[i];
        items[fill[direction == BY_FROM ? pair.from : pair.to]++] =
            direction == BY_FROM ? pair.to : pair.from;
    }
    return lists;
}

static void collect_gates(struct pawl_plan_build *build, struct pairs *gates, uint32_t from)
{
    const struct pawl_plan_step *step = &build->steps[from];
    uint32_t start = gates->count;
    for (uint32_t i = 0; i < step->case_count; i++) {
        for (uint32_t j = 0; j < step->cases[i].targets.count; j++) {
            uint32_t to = step->cases[i].targets.items[j];
            pairs_add_once(build, gates, start, (struct pair){from, to});
            if (build->steps[to].only != PAWL_ONLY_NONE) {
                pawl_plan_corrupt(build, "cases");
            }
        }
    }
}

static void collect_entries(struct pawl_plan_build *build, struct pairs *entries, uint32_t from)
{
    const struct pawl_plan_step *step = &build->steps[from];
    uint32_t start = entries->count;
    const struct pawl_outlet *outlets[] = {&step->on_error, &step->on_timeout, &step->on_reject};
    for (size_t i = 0; i < 3; i++) {
        uint32_t to = outlets[i]->kind == PAWL_OUTLET_GOTO ? outlets[i]->target : PAWL_STEP_NONE;
        /* to itself: a loop, not an entry */
        if (to != PAWL_STEP_NONE && to != from && build->steps[to].only != PAWL_ONLY_NONE) {
            pairs_add_once(build, entries, start, (struct pair){from, to});
        }
    }
    for (uint32_t i = 0; step->task != NULL && i < step->task->send_back_to.count; i++) {
        uint32_t to = step->task->send_back_to.items[i];
        if (build->steps[to].only == PAWL_ONLY_ON_SEND_BACK) {
            pairs_add_once(build, entries, start, (struct pair){from, to});
        }
    }
}

static bool leads_up(const struct pawl_plan_build *build, uint32_t to)
{
    return build->steps[to].only == PAWL_ONLY_ON_SEND_BACK;
}

/* Kahn's algorithm; the queue is in the order of the document among equals. */
static void rank_steps(struct pawl_plan_build *build)
{
    uint32_t *waiting = PAWL_PLAN_ARRAY(build, uint32_t, build->step_count);
    uint32_t *queue = PAWL_PLAN_ARRAY(build, uint32_t, build->step_count);
    uint32_t head = 0, tail = 0;
    if (waiting == NULL || queue == NULL) {
        return;
    }
    for (uint32_t i = 0; i < build->step_count; i++) {
        const struct pawl_plan_step *step = &build->steps[i];
        waiting[i] =
            step->deps.count + step->gates.count + (leads_up(build, i) ? 0 : step->entrants.count);
        if (waiting[i] == 0) {
            queue[tail++] = i;
        }
    }
    while (head < tail) {
        struct pawl_plan_step *step = &build->steps[queue[head]];
        step->rank = head++;
        const struct pawl_indexes *outs[] = {&step->dependents, &step->gate_targets,
                                             &step->entries};
        for (size_t o = 0; o < 3; o++) {
            for (uint32_t i = 0; i < outs[o]->count; i++) {
                uint32_t to = outs[o]->items[i];
                if (!(o == 2 && leads_up(build, to)) && --waiting[to] == 0) {
                    queue[tail++] = to;
                }
            }
        }
    }
    if (tail < build->step_count) {
        pawl_plan_corrupt(build, "depends_on");
    }
}

/* No dependencies, no gates, and on the normal path. */
static void collect_roots(struct pawl_plan_build *build)
{
    uint32_t *items = PAWL_PLAN_ARRAY(build, uint32_t, build->step_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < build->step_count && items != NULL; i++) {
        const struct pawl_plan_step *step = &build->steps[i];
        if (step->deps.count == 0 && step->gates.count == 0 && step->only == PAWL_ONLY_NONE) {
            items[count++] = i;
        }
    }
    build->whole->plan.roots = (struct pawl_indexes){items, count};
}

void pawl_plan_build_graph(struct pawl_plan_build *build)
{
    struct pairs edges = {0}, gates = {0}, entries = {0};
    for (uint32_t i = 0; i < build->step_count && build->rc == PAWL_OK; i++) {
        for (uint32_t j = 0; j < build->steps[i].deps.count; j++) {
            pairs_add(build, &edges, build->steps[i].deps.items[j], i);
        }
        collect_gates(build, &gates, i);
        collect_entries(build, &entries, i);
    }
    struct pawl_indexes *dependents = group(build, &edges, BY_FROM);
    struct pawl_indexes *gate_targets = group(build, &gates, BY_FROM);
    struct pawl_indexes *gate_lists = group(build, &gates, BY_TO);
    struct pawl_indexes *entry_lists = group(build, &entries, BY_FROM);
    struct pawl_indexes *entrants = group(build, &entries, BY_TO);
    if (build->rc != PAWL_OK) {
        return;
    }
    for (uint32_t i = 0; i < build->step_count; i++) {
        struct pawl_plan_step *step = &build->steps[i];
        step->dependents = dependents[i];
        step->gate_targets = gate_targets[i];
        step->gates = gate_lists[i];
        step->entries = entry_lists[i];
        step->entrants = entrants[i];
    }
    rank_steps(build);
    collect_roots(build);
}
