/* Reads the server's options from text, by the table; see options.h. */
#include "server/options.h"

#include <ctype.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/panic.h"

const struct pawl_option_info pawl_options[PAWL_OPTION_COUNT] = {
#define PAWL_X(member, name_, kind_, otherwise_, least_, most_, value_, choices_, prose_)          \
    [PAWL_OPT_##member] = {                                                                        \
        .name = name_,                                                                             \
        .kind = PAWL_OPTION_##kind_,                                                               \
        .otherwise = otherwise_,                                                                   \
        .least = least_,                                                                           \
        .most = most_,                                                                             \
        .value = value_,                                                                           \
        .choices = choices_,                                                                       \
        .prose = prose_,                                                                           \
        .offset = offsetof(struct pawl_server_options, member),                                    \
    },
#include "server/options.def"
#undef PAWL_X
};

static void *member_of(struct pawl_server_options *options, const struct pawl_option_info *info)
{
    return (char *)options + info->offset;
}

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the options");
}

/* ---- one kind each --------------------------------------------------------------------------- */

static enum pawl_rc parse_number(const struct pawl_option_info *info, struct pawl_str text,
                                 int64_t *ret_number, struct pawl_err *err)
{
    int64_t number = 0;
    bool good = text.len > 0 && text.len <= 9;
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        number = number * 10 + (text.ptr[i] - '0');
    }
    if (!good || number < info->least || number > info->most) {
        return pawl_err_set(err, PAWL_EUSAGE, "--%s must be a number from %lld to %lld", info->name,
                            (long long)info->least, (long long)info->most);
    }
    *ret_number = number;
    return PAWL_OK;
}

static enum pawl_rc parse_duration(const struct pawl_option_info *info, struct pawl_str text,
                                   int64_t *ret_ms, struct pawl_err *err)
{
    pawl_dur ms = 0;
    char least[PAWL_DURATION_TEXT_MAX], most[PAWL_DURATION_TEXT_MAX];
    enum pawl_rc rc = pawl_dur_parse(text, &ms, err);
    if (rc != PAWL_OK) {
        if (err != NULL) {
            err->rc = PAWL_EUSAGE;
        }
        return pawl_err_wrap(err, "--%s", info->name);
    }
    if (ms < info->least || ms > info->most) {
        return pawl_err_set(err, PAWL_EUSAGE, "--%s must be from %s to %s", info->name,
                            pawl_dur_format(least, info->least).ptr,
                            pawl_dur_format(most, info->most).ptr);
    }
    *ret_ms = ms;
    return PAWL_OK;
}

static enum pawl_rc parse_flag(const struct pawl_option_info *info, struct pawl_str text,
                               bool *ret_flag, struct pawl_err *err)
{
    static const struct {
        const char *text;
        bool flag;
    } words[] = {{"true", true},   {"1", true},  {"yes", true}, {"on", true},
                 {"false", false}, {"0", false}, {"no", false}, {"off", false}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_str_is(text, words[i].text)) {
            *ret_flag = words[i].flag;
            return PAWL_OK;
        }
    }
    return pawl_err_set(err, PAWL_EUSAGE, "--%s must be true or false", info->name);
}

static enum pawl_rc parse_choice(const struct pawl_option_info *info, struct pawl_str text,
                                 uint32_t *ret_choice, struct pawl_err *err)
{
    uint32_t place = 0;
    for (const char *at = info->choices; *at != '\0'; place++) {
        size_t len = strcspn(at, "|");
        if (pawl_str_eq((struct pawl_str){at, len}, text)) {
            *ret_choice = place;
            return PAWL_OK;
        }
        at += len;
        at += *at == '|' ? 1 : 0;
    }
    return pawl_err_set(err, PAWL_EUSAGE, "--%s must be one of %s", info->name, info->choices);
}

/* Adds the parts between commas. */
static enum pawl_rc parse_list(struct pawl_str text, struct pawl_option_list *io_list,
                               struct pawl_arena *arena, struct pawl_err *err)
{
    while (text.len > 0) {
        size_t comma = pawl_str_find(text, PAWL_STR(","));
        size_t len = comma == SIZE_MAX ? text.len : comma;
        struct pawl_str part = pawl_str_trim(pawl_str_sub(text, 0, len));
        text = pawl_str_sub(text, len + 1, SIZE_MAX);
        if (part.len == 0) {
            continue;
        }
        struct pawl_str *items = PAWL_ARENA_ARRAY(arena, struct pawl_str, io_list->count + 1);
        if (items == NULL) {
            return no_memory(err);
        }
        if (io_list->count > 0) {
            memcpy(items, io_list->items, io_list->count * sizeof(items[0]));
        }
        items[io_list->count] = pawl_arena_str(arena, part);
        io_list->items = items;
        io_list->count += 1;
    }
    return arena->failed ? no_memory(err) : PAWL_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

enum pawl_rc pawl_server_option_parse(struct pawl_server_options *options, enum pawl_option_id id,
                                      struct pawl_str text, struct pawl_arena *arena,
                                      struct pawl_err *err)
{
    PAWL_ASSERT(id < PAWL_OPTION_COUNT);
    const struct pawl_option_info *info = &pawl_options[id];
    void *member = member_of(options, info);
    switch (info->kind) {
    case PAWL_OPTION_TEXT:
        *(struct pawl_str *)member = pawl_arena_str(arena, text);
        return arena->failed ? no_memory(err) : PAWL_OK;
    case PAWL_OPTION_NUMBER:
        return parse_number(info, text, member, err);
    case PAWL_OPTION_FLAG:
        return parse_flag(info, text, member, err);
    case PAWL_OPTION_LIST:
        return parse_list(text, member, arena, err);
    case PAWL_OPTION_DURATION:
        return parse_duration(info, text, member, err);
    case PAWL_OPTION_CHOICE:
        return parse_choice(info, text, member, err);
    }
    PAWL_UNREACHABLE();
}

enum pawl_rc pawl_server_options_init(struct pawl_server_options *options, struct pawl_arena *arena,
                                      struct pawl_err *err)
{
    *options = (struct pawl_server_options){0};
    for (uint32_t i = 0; i < PAWL_OPTION_COUNT; i++) {
        struct pawl_str otherwise = pawl_str_from(pawl_options[i].otherwise);
        enum pawl_rc rc =
            pawl_server_option_parse(options, (enum pawl_option_id)i, otherwise, arena, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

struct pawl_str pawl_option_variable(struct pawl_arena *arena, enum pawl_option_id id)
{
    struct pawl_str text = pawl_arena_printf(arena, "PAWL_%s", pawl_options[id].name);
    if (text.ptr == NULL) {
        return text;
    }
    char *bytes = pawl_arena_get(arena, text.len + 1, 1);
    for (size_t i = 0; bytes != NULL && i <= text.len; i++) {
        char c = text.ptr[i];
        bytes[i] = c == '-' ? '_' : (char)toupper((unsigned char)c);
    }
    return (struct pawl_str){bytes, bytes != NULL ? text.len : 0};
}

/* ---- docs/configuration.md ------------------------------------------------------------------- */

static const char HEAD[] =
    "# Configuration of the server\n\n"
    "Made from `src/server/options.def`; a test compares. For `pawl serve` and `pawl dev`: "
    "`--name` "
    "on the command\nline wins over the variable, the variable over the default.\n\n"
    "| option | variable | default | range | what it does |\n| --- | --- | --- | --- | --- |\n";

static void write_range(struct pawl_buf *buf, const struct pawl_option_info *info)
{
    char least[PAWL_DURATION_TEXT_MAX], most[PAWL_DURATION_TEXT_MAX];
    if (info->kind == PAWL_OPTION_NUMBER) {
        pawl_buf_printf(buf, "%lld to %lld", (long long)info->least, (long long)info->most);
    } else if (info->kind == PAWL_OPTION_DURATION) {
        pawl_buf_printf(buf, "%s to %s", pawl_dur_format(least, info->least).ptr,
                        pawl_dur_format(most, info->most).ptr);
    } else if (info->kind == PAWL_OPTION_CHOICE) {
        for (const char *at = info->choices; *at != '\0'; at++) {
            pawl_buf_put_cstr(buf, *at == '|' ? ", " : (char[]){*at, '\0'});
        }
    } else if (info->kind == PAWL_OPTION_FLAG) {
        pawl_buf_put_cstr(buf, "true, false");
    } else if (info->kind == PAWL_OPTION_LIST) {
        pawl_buf_put_cstr(buf, "may be given often; with commas in the variable");
    }
}

void pawl_options_write_markdown(struct pawl_buf *buf)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, buf->alloc, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_buf_put_cstr(buf, HEAD);
    for (uint32_t i = 0; i < PAWL_OPTION_COUNT; i++) {
        const struct pawl_option_info *info = &pawl_options[i];
        const char *mark = info->otherwise[0] != '\0' ? "`" : "";
        pawl_buf_printf(buf, "| `--%s%s%s` | `%s` | %s%s%s | ", info->name,
                        info->value[0] != '\0' ? " " : "", info->value,
                        pawl_option_variable(&arena, (enum pawl_option_id)i).ptr, mark,
                        info->otherwise, mark);
        write_range(buf, info);
        pawl_buf_printf(buf, " | %s |\n", info->prose);
    }
    pawl_arena_fini(&arena);
}
