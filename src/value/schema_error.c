/* The texts of violations: where (two pointers), what (a sentence that goes on from "it …"), and
 * what may have been meant. Values are shown short, and not at all where the schema says that they
 * are sensitive or the value carries a mark. Memory that runs short costs the error its
 * texts, never the verdict. */
#include "value/schema_check.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"
#include "base/utf8.h"

void pawl_schema_errors_init(struct pawl_schema_errors *errors, struct pawl_arena *arena,
                             uint32_t max)
{
    PAWL_ASSERT(max > 0);
    *errors = (struct pawl_schema_errors){.arena = arena, .max = max};
}

/* ---- pointers: written from the end, so that the frames are walked upwards once ----------------
 */

struct pointer {
    char *text; /* NULL: only measured */
    size_t at;  /* free bytes in front; while measuring, bytes counted */
};

static void put_back(struct pointer *pointer, char c)
{
    if (pointer->text == NULL) {
        pointer->at++;
    } else {
        pointer->text[--pointer->at] = c;
    }
}

/* A whole token with '~' and '/' escaped. */
static void put_token(struct pointer *pointer, struct pawl_str token)
{
    for (size_t i = token.len; i > 0; i--) {
        char c = token.ptr[i - 1];
        if (c == '~' || c == '/') {
            put_back(pointer, c == '~' ? '0' : '1');
            put_back(pointer, '~');
        } else {
            put_back(pointer, c);
        }
    }
    put_back(pointer, '/');
}

static void put_index(struct pointer *pointer, uint32_t index)
{
    do {
        put_back(pointer, (char)('0' + index % 10));
        index /= 10;
    } while (index != 0);
    put_back(pointer, '/');
}

static void put_instance_steps(struct pointer *pointer, const struct schema_frame *frame)
{
    for (; frame->up != NULL; frame = frame->up) {
        if (frame->move == SCHEMA_MOVE_ITEM) {
            put_index(pointer, frame->index);
        } else if (frame->move != SCHEMA_MOVE_NONE) {
            put_token(pointer, pawl_val_key(frame->up->instance, frame->index));
        }
    }
}

/* The keywords that led to frame's node; a reference is one step, whatever it leads to. */
static void put_schema_steps(struct pointer *pointer, const struct schema_frame *frame)
{
    for (; frame->up != NULL; frame = frame->up) {
        const struct schema_node *node = frame->node;
        enum schema_keyword_id via = frame->via->info->id;
        bool reference = via == SCHEMA_KEYWORD_REF || via == SCHEMA_KEYWORD_DYNAMIC_REF;
        if (reference) {
            put_token(pointer, pawl_str_from(frame->via->info->name));
            continue;
        }
        if (node->step == SCHEMA_STEP_INDEX) {
            put_index(pointer, node->index);
        } else if (node->step == SCHEMA_STEP_KEY) {
            put_token(pointer, node->key);
        }
        put_token(pointer, node->keyword);
    }
}

typedef void put_steps_fn(struct pointer *pointer, const struct schema_frame *frame);

/* The steps, and behind them the keyword if there is one. */
static struct pawl_str make_pointer(struct pawl_arena *arena, const struct schema_frame *frame,
                                    put_steps_fn *put_steps, const char *keyword)
{
    struct pointer pointer = {0};
    struct pawl_str last = pawl_str_from(keyword);
    if (keyword != NULL) {
        put_token(&pointer, last);
    }
    put_steps(&pointer, frame);
    size_t len = pointer.at;
    pointer.text = pawl_arena_get(arena, len, 1);
    if (pointer.text == NULL) {
        return PAWL_STR_NONE;
    }
    if (keyword != NULL) {
        put_token(&pointer, last);
    }
    put_steps(&pointer, frame);
    PAWL_ASSERT(pointer.at == 0);
    return (struct pawl_str){pointer.text, len};
}

struct pawl_str pawl_schema_instance_pointer(struct pawl_arena *arena,
                                             const struct schema_frame *frame)
{
    return make_pointer(arena, frame, put_instance_steps, NULL);
}

uint32_t pawl_schema_distance(const struct schema_frame *frame, const struct schema_frame *base)
{
    uint32_t distance = 0;
    for (; frame != base && frame != NULL; frame = frame->up) {
        distance += frame->move != SCHEMA_MOVE_NONE;
    }
    return distance;
}

/* ---- values in messages -----------------------------------------------------------------------
 */

bool pawl_schema_is_hidden(const struct schema_check *check, const struct pawl_val *v)
{
    /* where a part is sensitive, a value of another shape may be that part at the wrong place */
    return check->schema->sensitive || pawl_val_marks(v) != 0;
}

static const char *say_kind(const struct pawl_val *v)
{
    static const char *const kinds[] = {
        [PAWL_VAL_UNDEFINED] = "undefined", [PAWL_VAL_NULL] = "null",
        [PAWL_VAL_BOOL] = "true or false",  [PAWL_VAL_INT] = "an integer",
        [PAWL_VAL_NUMBER] = "a number",     [PAWL_VAL_TEXT] = "a string",
        [PAWL_VAL_LIST] = "an array",       [PAWL_VAL_MAP] = "an object",
    };
    return kinds[pawl_val_kind(v)];
}

/* A text in quotes, cut at a border of characters, control characters as '?'. */
static void say_text(struct pawl_str text, char room[SCHEMA_SAY_ROOM])
{
    static const char more[] = "…";
    enum { BUT_ROOM = 10 }; /* ", but is " in front */
    const size_t most = SCHEMA_SAY_ROOM - BUT_ROOM - sizeof(more) - 2;
    size_t len = text.len;
    if (len > most) {
        len = most;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    room[0] = '\'';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        room[1 + i] = c < ' ' || c == 0x7F ? '?' : (char)c;
    }
    char *end = room + 1 + len;
    if (len < text.len) {
        memcpy(end, more, sizeof(more) - 1);
        end += sizeof(more) - 1;
    }
    memcpy(end, "'", 2);
}

const char *pawl_schema_say_open(const struct pawl_val *v, char room[SCHEMA_SAY_ROOM])
{
    enum { DIGITS_SHOWN = 40 };
    switch (pawl_val_kind(v)) {
    case PAWL_VAL_BOOL:
        return v->u.boolean ? "true" : "false";
    case PAWL_VAL_INT:
        (void)snprintf(room, SCHEMA_SAY_ROOM, "%lld", (long long)v->u.integer); /* fits */
        return room;
    case PAWL_VAL_NUMBER:
        (void)snprintf(room, SCHEMA_SAY_ROOM, "%.*s%s",
                       v->len > DIGITS_SHOWN ? DIGITS_SHOWN : (int)v->len, v->u.text,
                       v->len > DIGITS_SHOWN ? "…" : ""); /* fits */
        return room;
    case PAWL_VAL_TEXT:
        say_text(pawl_val_str(v), room);
        return room;
    case PAWL_VAL_UNDEFINED:
    case PAWL_VAL_NULL:
    case PAWL_VAL_LIST:
    case PAWL_VAL_MAP:
        return say_kind(v);
    }
    PAWL_UNREACHABLE();
}

const char *pawl_schema_say(const struct schema_check *check, const struct pawl_val *v,
                            char room[SCHEMA_SAY_ROOM])
{
    return pawl_schema_is_hidden(check, v) ? say_kind(v) : pawl_schema_say_open(v, room);
}

const char *pawl_schema_say_but(const struct schema_check *check, const struct pawl_val *v,
                                char room[SCHEMA_SAY_ROOM])
{
    static const char but[] = ", but is ";
    char value[SCHEMA_SAY_ROOM];
    if (pawl_schema_is_hidden(check, v)) {
        return "";
    }
    const char *say = pawl_schema_say_open(v, value);
    size_t len = strlen(say);
    PAWL_ASSERT(len + sizeof(but) <= SCHEMA_SAY_ROOM);
    memcpy(room, but, sizeof(but) - 1);
    memcpy(room + sizeof(but) - 1, say, len + 1);
    return room;
}

/* ---- errors -----------------------------------------------------------------------------------
 */

bool pawl_schema_wants_text(const struct schema_check *check)
{
    return check->errors != NULL && check->errors->count > 0 && check->trial == NULL &&
           check->errors->dropped == 0;
}

static struct pawl_schema_error *add_error(struct pawl_schema_errors *errors)
{
    enum { FIRST = 4 };
    if (errors->items == NULL ||
        (errors->count >= FIRST && (errors->count & (errors->count - 1)) == 0)) {
        uint32_t cap = errors->items == NULL ? FIRST : errors->count * 2;
        struct pawl_schema_error *grown =
            pawl_arena_grow(errors->arena, errors->items, errors->count * sizeof(*grown),
                            cap * sizeof(*grown), _Alignof(struct pawl_schema_error));
        if (grown == NULL) {
            return NULL;
        }
        errors->items = grown;
    }
    struct pawl_schema_error *error = &errors->items[errors->count++];
    *error = (struct pawl_schema_error){.keyword = PAWL_STR_NONE};
    return error;
}

/* A formatted text that filled its room may end within a character: not any more. */
static void end_at_character(char *text)
{
    size_t len = strlen(text);
    size_t bad = pawl_utf8_check((struct pawl_str){text, len});
    if (bad != SIZE_MAX) {
        text[bad] = '\0';
    }
}

static struct pawl_str make_message(struct pawl_arena *arena, const struct schema_frame *frame,
                                    const char *format, va_list args) PAWL_PRINTF(3, 0);
static void report_to_trial(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const char *format, va_list args)
    PAWL_PRINTF(4, 0);

/* The message in the arena, cut to a sensible length; "its name " where a name is judged. */
static struct pawl_str make_message(struct pawl_arena *arena, const struct schema_frame *frame,
                                    const char *format, va_list args)
{
    char text[600];
    const char *prefix = "";
    for (; frame != NULL; frame = frame->up) {
        prefix = frame->move == SCHEMA_MOVE_NAME ? "its name " : prefix;
        if (frame->move != SCHEMA_MOVE_NONE) {
            break;
        }
    }
    int wrote = vsnprintf(text, sizeof(text), format, args);
    PAWL_ASSERT(wrote >= 0);
    end_at_character(text);
    return pawl_arena_printf(arena, "%s%s", prefix, text);
}

/* How much an error speaks against an alternative: the wrong kind of value or the wrong tag mean
 * that another alternative was meant; a detail far inside hardly does. */
static uint64_t weigh(const struct schema_trial *trial, const struct schema_frame *frame,
                      const struct schema_keyword *keyword)
{
    enum { KIND = 1000, TAG = 300, MISSING = 20, DETAIL_NEAR = 10, DETAIL_FAR = 2 };
    uint32_t distance = pawl_schema_distance(frame, trial->base);
    enum schema_keyword_id id = keyword == NULL ? SCHEMA_KEYWORD_COUNT : keyword->info->id;
    bool exact = id == SCHEMA_KEYWORD_CONST || id == SCHEMA_KEYWORD_ENUM;
    if (distance == 0) {
        return exact || id == SCHEMA_KEYWORD_TYPE ? KIND : MISSING;
    }
    return distance > 1 ? DETAIL_FAR : exact ? TAG : DETAIL_NEAR;
}

static void report_to_trial(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const char *format, va_list args)
{
    struct schema_trial *trial = check->trial;
    trial->score += weigh(trial, frame, keyword);
    if (trial->wants_text && trial->message.ptr == NULL) {
        struct pawl_arena *arena = check->errors->arena;
        trial->message = make_message(arena, frame, format, args);
        trial->pointer = pawl_schema_distance(frame, trial->base) == 0
                             ? PAWL_STR_NONE
                             : pawl_schema_instance_pointer(arena, frame);
    }
}

bool pawl_schema_report(struct schema_check *check, const struct schema_frame *frame,
                        const struct schema_keyword *keyword, const char *format, ...)
{
    struct pawl_schema_errors *errors = check->errors;
    va_list args;
    if (errors == NULL || check->rc != PAWL_OK) {
        return false;
    }
    va_start(args, format);
    if (check->trial != NULL) {
        report_to_trial(check, frame, keyword, format, args);
    } else if (errors->count < errors->max) {
        struct pawl_schema_error *error = add_error(errors);
        if (error == NULL) {
            errors->dropped++;
        } else {
            const struct schema_keyword *named = keyword != NULL ? keyword : frame->via;
            error->keyword = named == NULL ? PAWL_STR("false") : pawl_str_from(named->info->name);
            error->instance_pointer = pawl_schema_instance_pointer(errors->arena, frame);
            error->schema_pointer = make_pointer(errors->arena, frame, put_schema_steps,
                                                 keyword == NULL ? NULL : keyword->info->name);
            error->message = make_message(errors->arena, frame, format, args);
        }
    } else {
        errors->dropped++;
    }
    va_end(args);
    return false;
}

void pawl_schema_hint(struct schema_check *check, const char *format, ...)
{
    char text[700];
    va_list args;
    PAWL_ASSERT(pawl_schema_wants_text(check));
    struct pawl_schema_errors *errors = check->errors;
    va_start(args, format);
    int wrote = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    PAWL_ASSERT(wrote >= 0);
    end_at_character(text);
    errors->items[errors->count - 1].hint = pawl_arena_str(errors->arena, pawl_str_from(text));
}
