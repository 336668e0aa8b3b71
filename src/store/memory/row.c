/* Deep copies of rows: the struct, its texts, and its list of texts if it has one, in one block.
 *
 *   ┌ struct ┬ list of views ┬ texts, each with a NUL behind it ┐
 *
 * One table says where the views of each kind of row are; nothing else here knows a row's type. */
#include "store/memory/memory.h"

struct row_kind {
    size_t size;
    const size_t *texts; /* offsets of struct pawl_str members */
    size_t text_count;
    size_t list, list_count; /* offsets of a const struct pawl_str * and its uint32_t; 0: none */
};

#define TEXTS(...)                                                                                 \
    (const size_t[]){__VA_ARGS__}, sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t)
#define RUN(m)        offsetof(struct pawl_run_row, m)
#define EVENT(m)      offsetof(struct pawl_event_row, m)
#define TASK(m)       offsetof(struct pawl_task_row, m)
#define DECISION(m)   offsetof(struct pawl_decision_row, m)
#define DEFINITION(m) offsetof(struct pawl_definition_row, m)
#define USER(m)       offsetof(struct pawl_user_row, m)

static const struct row_kind kinds[PAWL_MEMORY_COUNT] = {
    [PAWL_MEMORY_RUN] = {sizeof(struct pawl_run_row),
                         TEXTS(RUN(workflow), RUN(outcome), RUN(key), RUN(started_by), RUN(state)),
                         0, 0},
    [PAWL_MEMORY_PAGE] = {sizeof(struct pawl_memory_page),
                          TEXTS(offsetof(struct pawl_memory_page, bytes)), 0, 0},
    [PAWL_MEMORY_EVENT] = {sizeof(struct pawl_event_row), TEXTS(EVENT(actor), EVENT(body)), 0, 0},
    [PAWL_MEMORY_TASK] = {sizeof(struct pawl_task_row),
                          TEXTS(TASK(workflow), TASK(step), TASK(assignee), TASK(title),
                                TASK(barred), TASK(held_by), TASK(details)),
                          TASK(principals), TASK(principal_count)},
    [PAWL_MEMORY_DECISION] = {sizeof(struct pawl_decision_row),
                              TEXTS(DECISION(person), DECISION(on_behalf_of), DECISION(verdict),
                                    DECISION(comment), DECISION(to), DECISION(form)),
                              0, 0},
    [PAWL_MEMORY_DEFINITION] = {sizeof(struct pawl_definition_row),
                                TEXTS(DEFINITION(name), DEFINITION(version), DEFINITION(title),
                                      DEFINITION(description), DEFINITION(source),
                                      DEFINITION(model), DEFINITION(applied_by)),
                                0, 0},
    [PAWL_MEMORY_HEAD] = {sizeof(struct pawl_head_row), TEXTS(offsetof(struct pawl_head_row, name)),
                          0, 0},
    [PAWL_MEMORY_IDEMPOTENCY] = {sizeof(struct pawl_idempotency_row),
                                 TEXTS(offsetof(struct pawl_idempotency_row, answer)), 0, 0},
    [PAWL_MEMORY_TENANT] = {sizeof(struct pawl_tenant_row),
                            TEXTS(offsetof(struct pawl_tenant_row, name)), 0, 0},
    [PAWL_MEMORY_USER] = {sizeof(struct pawl_user_row), TEXTS(USER(name), USER(title), USER(email)),
                          USER(roles), USER(role_count)},
    [PAWL_MEMORY_TOKEN] = {sizeof(struct pawl_token_row),
                           TEXTS(offsetof(struct pawl_token_row, label)), 0, 0},
};

static const struct row_kind *row_kind(enum pawl_memory_table_kind kind)
{
    PAWL_ASSERT((unsigned)kind < PAWL_MEMORY_COUNT);
    return &kinds[kind];
}

static struct pawl_str text_at(const void *row, size_t offset)
{
    struct pawl_str text;
    memcpy(&text, (const char *)row + offset, sizeof(text));
    return text;
}

/* The row's list of texts; empty for kinds without one. */
static const struct pawl_str *list_of(const struct row_kind *kind, const void *row,
                                      uint32_t *ret_count)
{
    const struct pawl_str *list = NULL;
    *ret_count = 0;
    if (kind->list != 0) {
        memcpy(&list, (const char *)row + kind->list, sizeof(list));
        memcpy(ret_count, (const char *)row + kind->list_count, sizeof(*ret_count));
    }
    return list;
}

/* Bytes behind the struct. */
static size_t tail_size(const struct row_kind *kind, const void *row)
{
    uint32_t count;
    const struct pawl_str *list = list_of(kind, row, &count);
    size_t size = count * sizeof(*list);
    for (uint32_t i = 0; i < count; i++) {
        size += list[i].len + 1;
    }
    for (size_t i = 0; i < kind->text_count; i++) {
        size += text_at(row, kind->texts[i]).len + 1;
    }
    return size;
}

static struct pawl_str text_copy(char **io_at, struct pawl_str text)
{
    struct pawl_str copy = {*io_at, text.len};
    if (text.len > 0) {
        memcpy(*io_at, text.ptr, text.len);
    }
    (*io_at)[text.len] = '\0';
    *io_at += text.len + 1;
    return copy;
}

/* Copies the struct to `into` and what it refers to behind `tail`. */
static void row_copy(const struct row_kind *kind, const void *row, void *into, void *tail)
{
    uint32_t count;
    const struct pawl_str *list = list_of(kind, row, &count);
    struct pawl_str *views = tail;
    char *at = (char *)tail + count * sizeof(*views);
    memcpy(into, row, kind->size);
    for (uint32_t i = 0; i < count; i++) {
        views[i] = text_copy(&at, list[i]);
    }
    if (kind->list != 0) {
        const struct pawl_str *copied = views;
        memcpy((char *)into + kind->list, &copied, sizeof(copied));
    }
    for (size_t i = 0; i < kind->text_count; i++) {
        struct pawl_str copy = text_copy(&at, text_at(row, kind->texts[i]));
        memcpy((char *)into + kind->texts[i], &copy, sizeof(copy));
    }
    PAWL_ASSERT(at == (char *)tail + tail_size(kind, row));
}

size_t pawl_memory_row_size(enum pawl_memory_table_kind kind, const void *row)
{
    return row_kind(kind)->size + tail_size(row_kind(kind), row);
}

void *pawl_memory_row_new(const struct pawl_alloc *alloc, enum pawl_memory_table_kind kind,
                          const void *row)
{
    char *block = pawl_alloc_get(alloc, pawl_memory_row_size(kind, row));
    if (block != NULL) {
        row_copy(row_kind(kind), row, block, block + row_kind(kind)->size);
    }
    return block;
}

void pawl_memory_row_free(const struct pawl_alloc *alloc, enum pawl_memory_table_kind kind,
                          void *row)
{
    if (row != NULL) {
        pawl_alloc_free(alloc, row, pawl_memory_row_size(kind, row));
    }
}

bool pawl_memory_row_read(struct pawl_arena *arena, enum pawl_memory_table_kind kind,
                          const void *row, void *ret_row)
{
    void *tail = pawl_arena_get(arena, tail_size(row_kind(kind), row), 16);
    if (tail == NULL) {
        return false;
    }
    row_copy(row_kind(kind), row, ret_row, tail);
    return true;
}
