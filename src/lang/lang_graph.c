/* The graph of a definition: cycles, spelled out, and what is upstream of what.
 *
 * The edges are depends_on, the gates of flow.decide and the entries of `only` steps; going back
 * (goto to an upstream step, send_back_to, then) is no edge, since it leads up by intention. One
 * depth-first walk against the edges finds the cycles and, where there is none, an order in which
 * every step comes behind what is upstream of it; then a row of bits per step says what that is. */
#include <stdio.h>

#include "lang/compile.h"

enum colour { WHITE, GREY, BLACK };

struct walk {
    struct pawl_lang *lang;
    uint8_t *colours;
    uint32_t *stack; /* grey steps, outermost first */
    uint32_t *next;  /* per step: how many of its edges were followed */
    uint32_t depth;
    uint32_t ordered;
    bool cyclic;
};

/* The i-th step that `step` waits for; NONE past the end. */
static uint32_t edge(const struct pawl_lang_step *step, uint32_t i)
{
    const struct pawl_lang_list *lists[] = {&step->deps, &step->gates, &step->entrants};
    for (size_t l = 0; l < 3; l++) {
        if (i < lists[l]->count) {
            return lists[l]->items[i];
        }
        i -= lists[l]->count;
    }
    return PAWL_STEP_NONE;
}

/* The grey steps from `start` on wait for each other in a ring. */
static void cycle_report(struct walk *walk, uint32_t start)
{
    struct pawl_lang *lang = walk->lang;
    uint32_t from = 0;
    while (walk->stack[from] != start) {
        from++;
    }
    char text[400];
    size_t len = 0;
    for (uint32_t i = from; i <= walk->depth && len + PAWL_ID_SIZE_MAX + 8 < sizeof(text); i++) {
        uint32_t step = i < walk->depth ? walk->stack[i] : start;
        struct pawl_str id = lang->steps[step].id;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s" PAWL_STR_FMT,
                                i > from ? " → " : "", PAWL_STR_ARG(id));
    }
    struct pawl_str pointer = lang->steps[walk->stack[walk->depth - 1]].pointer;
    struct pawl_diag *diag =
        pawl_lang_find(lang, PAWL_DIAG_CYCLE, pointer, "steps wait for each other: %s", text);
    pawl_lang_hint(lang, diag,
                   "each waits for the one after the arrow; to repeat steps, go back with "
                   "on_error: {goto: STEP} or send_back_to, which are not waited for");
    walk->cyclic = true;
}

static void walk_from(struct walk *walk, uint32_t root)
{
    walk->stack[walk->depth++] = root;
    walk->colours[root] = GREY;
    while (walk->depth > 0) {
        uint32_t step = walk->stack[walk->depth - 1];
        uint32_t to = edge(&walk->lang->steps[step], walk->next[step]++);
        if (to == PAWL_STEP_NONE) {
            walk->colours[step] = BLACK;
            walk->lang->order[walk->ordered++] = step;
            walk->depth--;
        } else if (walk->colours[to] == WHITE) {
            walk->colours[to] = GREY;
            walk->stack[walk->depth++] = to;
        } else if (walk->colours[to] == GREY) {
            cycle_report(walk, to);
        }
    }
}

static void fill_upstream(struct pawl_lang *lang)
{
    uint32_t words = (lang->step_count + 63) / 64;
    lang->upstream_words = words;
    lang->upstream = PAWL_LANG_ARRAY(lang, uint64_t, (size_t)words * lang->step_count);
    if (lang->upstream == NULL) {
        return;
    }
    for (uint32_t i = 0; i < lang->step_count; i++) {
        uint32_t step = lang->order[i];
        uint64_t *row = &lang->upstream[(size_t)step * words];
        uint32_t from;
        for (uint32_t e = 0; (from = edge(&lang->steps[step], e)) != PAWL_STEP_NONE; e++) {
            const uint64_t *other = &lang->upstream[(size_t)from * words];
            row[from / 64] |= (uint64_t)1 << (from % 64);
            for (uint32_t w = 0; w < words; w++) {
                row[w] |= other[w];
            }
        }
    }
    lang->acyclic = true;
}

void pawl_lang_check_graph(struct pawl_lang *lang)
{
    uint32_t count = lang->step_count;
    struct walk walk = {.lang = lang};
    walk.colours = PAWL_LANG_ARRAY(lang, uint8_t, count + 1u);
    walk.stack = PAWL_LANG_ARRAY(lang, uint32_t, count + 1u);
    walk.next = PAWL_LANG_ARRAY(lang, uint32_t, count + 1u);
    lang->order = PAWL_LANG_ARRAY(lang, uint32_t, count + 1u);
    if (lang->no_memory) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (walk.colours[i] == WHITE) {
            walk_from(&walk, i);
        }
    }
    PAWL_ASSERT(walk.ordered == count);
    if (!walk.cyclic) {
        fill_upstream(lang);
    }
}
