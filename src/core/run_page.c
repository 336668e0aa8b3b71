/* Pages of step instances: found by shifting, decoded when touched, made when first changed.
 *
 * A plan of one page has its instances in the header's encoding and is always loaded. For
 * others the header lists only pages with something open or due, so it stays small however
 * large the plan is. */
#include "core/run_page.h"

#include "base/limits.h"
#include "core/step_codec.h"

const struct pawl_step_state pawl_step_state_default = PAWL_STEP_STATE_DEFAULT;

static uint32_t page_of(uint32_t step)
{
    return step / PAWL_STEP_PAGE;
}

uint32_t pawl_run_page_size(const struct pawl_plan *plan, uint32_t page)
{
    uint32_t first = page * PAWL_STEP_PAGE;
    PAWL_ASSERT(first < plan->step_count);
    uint32_t rest = plan->step_count - first;
    return rest < PAWL_STEP_PAGE ? rest : PAWL_STEP_PAGE;
}

struct pawl_run_page *pawl_run_page_slot(struct pawl_run *run, uint32_t page)
{
    struct pawl_run_state *state = run->state;
    PAWL_ASSERT(page < state->page_count);
    if (state->pages[page] == NULL) {
        struct pawl_run_page *slot = PAWL_ARENA_NEW(state->arena, struct pawl_run_page);
        if (slot == NULL) {
            return NULL;
        }
        slot->wake = PAWL_NEVER;
        state->pages[page] = slot;
    }
    return state->pages[page];
}

void pawl_run_need(struct pawl_run *run, struct pawl_need need)
{
    struct pawl_run_state *state = run->state;
    for (uint32_t i = 0; i < state->need_count && need.kind == PAWL_NEED_VALUE; i++) {
        const struct pawl_need *known = &state->needs[i];
        if (known->kind == need.kind && known->a == need.a && known->b == need.b) {
            return;
        }
    }
    if (state->need_count == state->need_cap) {
        uint32_t cap = state->need_cap == 0 ? 8 : state->need_cap * 2;
        struct pawl_need *items =
            pawl_arena_grow(state->arena, state->needs, state->need_cap * sizeof(*items),
                            cap * sizeof(*items), _Alignof(struct pawl_need));
        if (items == NULL) {
            return;
        }
        state->needs = items;
        state->need_cap = cap;
    }
    state->needs[state->need_count++] = need;
}

/* The page with its instances, or NULL: then a need is noted or the arena has failed. */
static struct pawl_run_page *page_load(struct pawl_run *run, uint32_t page)
{
    struct pawl_run_state *state = run->state;
    struct pawl_run_page *slot = pawl_run_page_slot(run, page);
    if (slot == NULL || slot->loaded) {
        return slot;
    }
    struct pawl_str bytes = PAWL_STR_NONE;
    if (state->page_count > 1 && state->facts != NULL &&
        !state->facts->page(state->facts->ctx, page, &bytes)) {
        if (!slot->wanted) {
            slot->wanted = true;
            pawl_run_need(run, (struct pawl_need){PAWL_NEED_PAGE, page, 0});
        }
        return NULL;
    }
    uint32_t size = pawl_run_page_size(state->plan, page);
    slot->steps = PAWL_ARENA_ARRAY(state->arena, struct pawl_step_state *, size);
    if (slot->steps == NULL) {
        return NULL;
    }
    slot->loaded = true;
    state->pages_loaded++;
    if (bytes.len > 0 && !pawl_page_decode(run, page, bytes)) {
        state->corrupt = !state->arena->failed;
        return NULL; /* sticky either way: the call ends so */
    }
    return slot;
}

bool pawl_run_touch_page(struct pawl_run *run, uint32_t page)
{
    return page_load(run, page) != NULL;
}

bool pawl_run_touch(struct pawl_run *run, const struct pawl_indexes *steps)
{
    if (run->state->page_count <= 1) {
        return true;
    }
    bool all = true;
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < steps->count; i++) {
        uint32_t page = page_of(steps->items[i]);
        if (page != last) {
            all = page_load(run, page) != NULL && all;
            last = page;
        }
    }
    return all;
}

static bool page_at_hand(const struct pawl_run_state *state, uint32_t page)
{
    struct pawl_str bytes;
    bool loaded = state->pages[page] != NULL && state->pages[page]->loaded;
    return loaded || state->facts == NULL || state->facts->page(state->facts->ctx, page, &bytes);
}

bool pawl_run_at_hand(const struct pawl_run *run, const struct pawl_indexes *steps)
{
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < steps->count; i++) {
        uint32_t page = page_of(steps->items[i]);
        if (page != last && !page_at_hand(run->state, page)) {
            return false;
        }
        last = page;
    }
    return true;
}

const struct pawl_step_state *pawl_run_step(struct pawl_run *run, uint32_t step)
{
    PAWL_ASSERT(step < run->state->plan->step_count);
    const struct pawl_run_page *page = page_load(run, page_of(step));
    if (page == NULL) {
        return &pawl_step_state_default;
    }
    const struct pawl_step_state *st = page->steps[step % PAWL_STEP_PAGE];
    return st != NULL ? st : &pawl_step_state_default;
}

struct pawl_step_state *pawl_run_edit(struct pawl_run *run, uint32_t step)
{
    PAWL_ASSERT(step < run->state->plan->step_count);
    struct pawl_run_state *state = run->state;
    struct pawl_run_page *page = page_load(run, page_of(step));
    struct pawl_step_state **place = page == NULL ? NULL : &page->steps[step % PAWL_STEP_PAGE];
    if (place != NULL && *place == NULL) {
        *place = PAWL_ARENA_NEW(state->arena, struct pawl_step_state);
        if (*place != NULL) {
            **place = pawl_step_state_default;
        }
    }
    if (place == NULL || *place == NULL) {
        state->dummy = pawl_step_state_default;
        return &state->dummy;
    }
    page->dirty = true;
    return *place;
}

static pawl_ms page_wake(const struct pawl_plan *plan, const struct pawl_run_page *page,
                         uint32_t number)
{
    pawl_ms wake = PAWL_NEVER;
    uint32_t size = pawl_run_page_size(plan, number);
    for (uint32_t i = 0; i < size; i++) {
        const struct pawl_step_state *st = page->steps[i];
        if (st != NULL && st->due != 0 && st->due < wake) {
            wake = st->due;
        }
    }
    return wake;
}

void pawl_run_due_put(struct pawl_run *run, uint32_t step, pawl_ms due)
{
    struct pawl_step_state *st = pawl_run_edit(run, step);
    if (st == &run->state->dummy || st->due == due) {
        return;
    }
    uint32_t number = page_of(step);
    struct pawl_run_page *page = run->state->pages[number];
    pawl_ms before = st->due;
    st->due = due;
    if (due != 0 && due <= page->wake) {
        page->wake = due;
    } else if (before == page->wake) {
        page->wake = page_wake(run->state->plan, page, number);
    }
}

void pawl_run_open_add(struct pawl_run *run, uint32_t step, int delta)
{
    struct pawl_run_page *page = page_load(run, page_of(step));
    if (page == NULL) {
        return;
    }
    PAWL_ASSERT(delta > 0 || (page->open > 0 && run->state->active > 0)); /* I1 */
    page->open = delta > 0 ? page->open + 1 : page->open - 1;
    run->state->active = delta > 0 ? run->state->active + 1 : run->state->active - 1;
}

bool pawl_run_next_open(struct pawl_run *run, uint32_t *io_step)
{
    const struct pawl_run_state *state = run->state;
    uint32_t step = *io_step == PAWL_STEP_NONE ? 0 : *io_step + 1;
    while (step < state->plan->step_count) {
        const struct pawl_run_page *slot = state->pages[page_of(step)];
        if (slot == NULL || slot->open == 0 || page_load(run, page_of(step)) == NULL) {
            step = (page_of(step) + 1) * PAWL_STEP_PAGE;
            continue;
        }
        const struct pawl_step_state *st = slot->steps[step % PAWL_STEP_PAGE];
        if (st != NULL && pawl_step_status_open(st->status)) {
            *io_step = step;
            return true;
        }
        step++;
    }
    return false;
}
