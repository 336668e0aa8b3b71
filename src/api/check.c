/* What was sent, against the route's line: query parameters, content type, body. Unknown names are
 * refused with a suggestion rather than ignored: a filter that is misspelt and ignored shows
 * somebody the wrong rows. */
#include <string.h>
#include <strings.h>

#include "api/api_impl.h"
#include "base/limits.h"

/* ---- query parameters ------------------------------------------------------------------------ */

static enum pawl_param_id param_find(const struct pawl_route *route, struct pawl_str name)
{
    for (uint32_t i = 0; i < PAWL_PARAM_COUNT; i++) {
        if ((pawl_str_is(name, pawl_params[i].name) || pawl_str_is(name, pawl_params[i].other)) &&
            pawl_route_has_param(route, (enum pawl_param_id)i)) {
            return (enum pawl_param_id)i;
        }
    }
    return PAWL_PARAM_COUNT;
}

static enum pawl_rc param_unknown(const struct pawl_route *route, struct pawl_str name,
                                  struct pawl_err *err)
{
    struct pawl_str candidates[PAWL_PARAM_COUNT];
    size_t count = 0;
    for (uint32_t i = 0; i < PAWL_PARAM_COUNT; i++) {
        if (pawl_route_has_param(route, (enum pawl_param_id)i)) {
            candidates[count++] = pawl_str_from(pawl_params[i].name);
        }
    }
    struct pawl_str near = pawl_str_suggest(name, candidates, count);
    name = pawl_str_sub(name, 0, 64);
    if (near.len > 0) {
        return pawl_err_set(err, PAWL_EUSAGE,
                            "unknown query parameter '" PAWL_STR_FMT
                            "'; did you mean '" PAWL_STR_FMT "'?",
                            PAWL_STR_ARG(name), PAWL_STR_ARG(near));
    }
    return pawl_err_set(err, PAWL_EUSAGE, "unknown query parameter '" PAWL_STR_FMT "'; %s%s",
                        PAWL_STR_ARG(name), count > 0 ? "known here: " : "none is known here",
                        route->params);
}

enum pawl_rc pawl_call_check_params(struct pawl_call *call, struct pawl_err *err)
{
    const struct pawl_target *target = &call->exchange->target;
    for (uint32_t i = 0; i < target->param_count; i++) {
        const struct pawl_http_param *param = &target->params[i];
        enum pawl_param_id id = param_find(call->route, param->name);
        if (id == PAWL_PARAM_COUNT) {
            return param_unknown(call->route, param->name, err);
        }
        if (call->params[id].ptr != NULL) {
            return pawl_err_set(err, PAWL_EUSAGE, "the query parameter '%s' is given twice",
                                pawl_params[id].name);
        }
        call->params[id] = param->value;
    }
    return PAWL_OK;
}

enum pawl_rc pawl_call_limit(const struct pawl_call *call, uint32_t *ret_limit,
                             struct pawl_err *err)
{
    struct pawl_str text = call->params[PAWL_PARAM_LIMIT];
    if (text.ptr == NULL) {
        *ret_limit = PAWL_PAGE_DEFAULT;
        return PAWL_OK;
    }
    uint32_t limit = 0;
    bool good = text.len > 0 && text.len <= 4;
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        limit = limit * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    if (!good || limit == 0 || limit > PAWL_PAGE_MAX) {
        return pawl_err_set(err, PAWL_EUSAGE, "limit must be a number from 1 to %u", PAWL_PAGE_MAX);
    }
    *ret_limit = limit;
    return PAWL_OK;
}

enum pawl_rc pawl_call_choice(struct pawl_str text, const char *what, const char *const *names,
                              uint32_t count, uint32_t *ret_index, struct pawl_err *err)
{
    enum { CHOICES_MAX = 32 };
    struct pawl_str candidates[CHOICES_MAX];
    PAWL_ASSERT(count > 0 && count <= CHOICES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        candidates[i] = pawl_str_from(names[i]);
        if (text.len == candidates[i].len &&
            strncasecmp(text.ptr, candidates[i].ptr, text.len) == 0) {
            *ret_index = i;
            return PAWL_OK;
        }
    }
    struct pawl_str near = pawl_str_suggest(text, candidates, count);
    text = pawl_str_sub(text, 0, 64);
    if (near.len == 0) {
        near = candidates[0];
    }
    return pawl_err_set(err, PAWL_EUSAGE,
                        "unknown %s '" PAWL_STR_FMT "'; did you mean '" PAWL_STR_FMT "'?", what,
                        PAWL_STR_ARG(text), PAWL_STR_ARG(near));
}

enum pawl_rc pawl_call_id(const struct pawl_call *call, uint32_t arg, const char *prefix,
                          const char *what, pawl_id *ret_id, struct pawl_err *err)
{
    PAWL_ASSERT(arg < PAWL_ROUTE_ARGS_MAX);
    struct pawl_str text = call->args[arg];
    if (pawl_id_parse(text, prefix, ret_id) == PAWL_OK) {
        return PAWL_OK;
    }
    text = pawl_str_sub(text, 0, 64);
    return pawl_err_set(err, PAWL_ENOT_FOUND,
                        "there is no %s '" PAWL_STR_FMT "'; the ids look like %s_0c5q2m7k9d3ae",
                        what, PAWL_STR_ARG(text), prefix);
}

/* ---- the body -------------------------------------------------------------------------------- */

static const char *const JSON_TYPES[] = {"application/json", NULL};
static const char *const TEXT_TYPES[] = {
    "application/yaml", "application/x-yaml",       "text/yaml", "text/x-yaml", "application/json",
    "text/plain",       "application/octet-stream", NULL};

static bool type_is_one_of(struct pawl_str type, const char *const *known)
{
    for (; *known != NULL; known++) {
        if (type.len == strlen(*known) && strncasecmp(type.ptr, *known, type.len) == 0) {
            return true;
        }
    }
    return false;
}

static enum pawl_rc check_type(const struct pawl_call *call, struct pawl_err *err)
{
    const char *header = pawl_exchange_header(call->exchange, "Content-Type");
    if (header == NULL) {
        return PAWL_OK; /* the body will be read as what the route wants */
    }
    struct pawl_str type = pawl_str_trim((struct pawl_str){header, strcspn(header, ";")});
    bool is_text = call->route->body == PAWL_BODY_TEXT;
    if (type_is_one_of(type, is_text ? TEXT_TYPES : JSON_TYPES)) {
        return PAWL_OK;
    }
    type = pawl_str_sub(type, 0, 64);
    return pawl_err_set(
        err, PAWL_EMEDIA_TYPE, "the body's Content-Type is '" PAWL_STR_FMT "'; send %s",
        PAWL_STR_ARG(type), is_text ? "application/yaml or application/json" : "application/json");
}

/* Members that people look for here, and where what they want is found. */
static const struct {
    const char *pointer, *hint;
} ELSEWHERE[] = {
    {"/on_behalf_of", "whom a decision stands for comes from the chain of delegation: its holder "
                      "hands the task over with DELEGATE"},
};

static void add_hints(struct pawl_schema_errors *io_errors)
{
    for (uint32_t i = 0; i < io_errors->count; i++) {
        for (size_t k = 0; k < sizeof(ELSEWHERE) / sizeof(ELSEWHERE[0]); k++) {
            if (pawl_str_is(io_errors->items[i].instance_pointer, ELSEWHERE[k].pointer)) {
                io_errors->items[i].hint = pawl_str_from(ELSEWHERE[k].hint);
            }
        }
    }
}

/* Refused before a byte of it is read. A chunked body has no length yet: its limit cuts it. */
enum pawl_rc pawl_call_check_body_head(struct pawl_call *call, struct pawl_err *err)
{
    struct pawl_exchange *exchange = call->exchange;
    const struct pawl_head *head = &exchange->head;
    if (head->framing == PAWL_FRAMING_NONE) {
        return PAWL_OK; /* whether one is needed is seen when it is taken */
    }
    exchange->body_max = call->api->body_max[call->route->id];
    if (call->route->body == PAWL_BODY_NONE) {
        return head->length > 0 ? pawl_err_set(err, PAWL_EUSAGE, "no body is taken here") : PAWL_OK;
    }
    if (check_type(call, err) != PAWL_OK) {
        return err->rc;
    }
    if (head->length > exchange->body_max) {
        return pawl_err_set(err, PAWL_ELIMIT, "the request's body is larger than %zu bytes",
                            exchange->body_max);
    }
    return PAWL_OK;
}

static void refuse_shape(struct pawl_call *call, const struct pawl_schema_errors *errors)
{
    struct pawl_list_builder list;
    struct pawl_map_builder extra;
    pawl_list_begin(&list, call->arena);
    for (uint32_t i = 0; i < errors->count; i++) {
        const struct pawl_schema_error *error = &errors->items[i];
        struct pawl_map_builder map;
        pawl_map_begin(&map, call->arena);
        pawl_map_add_str(&map, "pointer", error->instance_pointer);
        pawl_map_add_str(&map, "message", error->message);
        if (error->hint.len > 0) {
            pawl_map_add_str(&map, "hint", error->hint);
        }
        pawl_list_add(&list, pawl_map_end(&map));
    }
    pawl_map_begin(&extra, call->arena);
    pawl_map_add(&extra, PAWL_STR("errors"), pawl_list_end(&list));
    const struct pawl_val *whole = pawl_map_end(&extra);
    struct pawl_err err = {0};
    if (whole == NULL || errors->count == 0) {
        pawl_call_refuse_as(call, PAWL_EINVALID, "the body is not of the right shape");
        return;
    }
    const struct pawl_schema_error *first = &errors->items[0];
    const char *hint_mark = first->hint.len > 0 ? "; " : "";
    (void)pawl_err_set(
        &err, PAWL_EINVALID, "the body%s" PAWL_STR_FMT " " PAWL_STR_FMT "%s" PAWL_STR_FMT,
        first->instance_pointer.len > 0 ? "'s " : "", PAWL_STR_ARG(first->instance_pointer),
        PAWL_STR_ARG(first->message), hint_mark, PAWL_STR_ARG(first->hint));
    pawl_problem_answer(call->exchange, &err,
                        pawl_json_text(call->arena, whole, PAWL_JSON_COMPACT));
}

static bool check_shape(struct pawl_call *call)
{
    enum { ERRORS_MAX = 20 };
    const struct pawl_schema *schema = call->api->schemas[call->route->id];
    if (schema == NULL || pawl_schema_check(schema, call->body, 0, NULL) == PAWL_OK) {
        return true;
    }
    struct pawl_schema_errors errors; /* again, now with reasons */
    pawl_schema_errors_init(&errors, call->arena, ERRORS_MAX);
    enum pawl_rc rc = pawl_schema_check(schema, call->body, 0, &errors);
    if (rc == PAWL_EINVALID) {
        add_hints(&errors);
        refuse_shape(call, &errors);
    } else {
        pawl_call_refuse_as(call, rc, "the body cannot be checked: %s", pawl_rc_text(rc));
    }
    return false;
}

/* Values that are kept have a limit of their own, below the body's. */
static bool check_sizes(struct pawl_call *call)
{
    static const char *const names[] = {"inputs", "form", "data"};
    if (call->exchange->body.len <= PAWL_VALUE_SIZE_MAX) {
        return true;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct pawl_val *val = pawl_val_get(call->body, pawl_str_from(names[i]));
        struct pawl_str text =
            val == NULL ? PAWL_STR("") : pawl_json_text(call->arena, val, PAWL_JSON_COMPACT);
        if (text.ptr == NULL || text.len > PAWL_VALUE_SIZE_MAX) {
            pawl_call_refuse_as(call, PAWL_ELIMIT, "%s may have at most %u bytes", names[i],
                                PAWL_VALUE_SIZE_MAX);
            return false;
        }
    }
    return true;
}

static bool take_json(struct pawl_call *call)
{
    struct pawl_str text = call->exchange->body;
    struct pawl_err err = {0};
    if (pawl_str_trim(text).len == 0) {
        if (call->route->body == PAWL_BODY_OPTIONAL) {
            return true;
        }
        pawl_call_refuse_as(call, PAWL_ESYNTAX, "a JSON body is needed; see /docs");
        return false;
    }
    struct pawl_arena *arena = call->arena;
    if (call->request != NULL) { /* A3 */
        arena = &call->request->arena;
        text = pawl_arena_str(arena, text);
    }
    if (text.ptr == NULL) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory for the body");
        return false;
    }
    enum pawl_rc rc = pawl_json_parse(arena, text, PAWL_JSON_VIEWS, NULL, &call->body, &err);
    if (rc != PAWL_OK) {
        (void)pawl_err_wrap(&err, "the body");
        pawl_call_refuse(call, &err);
        return false;
    }
    return check_shape(call) && check_sizes(call);
}

bool pawl_call_take_body(struct pawl_call *call)
{
    struct pawl_err err = {0};
    switch (call->route->body) {
    case PAWL_BODY_NONE:
        if (pawl_str_trim(call->exchange->body).len > 0) {
            pawl_call_refuse_as(call, PAWL_EUSAGE, "no body is taken here");
            return false;
        }
        return true;
    case PAWL_BODY_OPTIONAL:
        if (call->exchange->body.len == 0) {
            return true;
        }
        break;
    case PAWL_BODY_JSON:
    case PAWL_BODY_TEXT:
        break;
    }
    if (check_type(call, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return false;
    }
    if (call->route->body != PAWL_BODY_TEXT) {
        return take_json(call);
    }
    if (pawl_str_trim(call->exchange->body).len == 0) {
        pawl_call_refuse_as(call, PAWL_ESYNTAX, "a definition is needed in the body");
        return false;
    }
    return true;
}
