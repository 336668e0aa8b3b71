/* What a step is really given: its evaluated config against its action's schema, and the values
 * that name people. What is of the wrong kind fails the step before anything leaves (config.value):
 * a value that is dropped in silence does something else than the author meant. */
#include "core/decide.h"
#include "core/eval.h"

static bool refuse(struct pawl_decision *d, struct pawl_str message,
                   struct pawl_failure *ret_failure)
{
    *ret_failure = (struct pawl_failure){.code = PAWL_STR("config.value"),
                                         .message = pawl_arena_str(d->arena, message)};
    return false;
}

const struct pawl_config_schema *pawl_config_schema_of(const struct pawl_decision *d, uint32_t step)
{
    const struct pawl_facts *facts = d->facts;
    return facts->config_schema == NULL
               ? NULL
               : facts->config_schema(facts->ctx, d->plan->steps[step].action);
}

bool pawl_config_take(struct pawl_decision *d, uint32_t step, const struct pawl_val **io_config,
                      struct pawl_failure *ret_failure)
{
    struct pawl_str message = PAWL_STR_NONE;
    const struct pawl_config_schema *schema = pawl_config_schema_of(d, step);
    if (schema == NULL) {
        return true; /* the action says nothing, or there is none, which it is told elsewhere */
    }
    enum pawl_rc rc = pawl_config_check(schema, d->arena, *io_config, io_config, &message);
    if (rc == PAWL_EINVALID) {
        return refuse(d, message, ret_failure);
    }
    if (rc != PAWL_OK) {
        d->rc = pawl_err_set(d->err, PAWL_ENOMEM, "no memory to check the config of a step");
    }
    return rc == PAWL_OK;
}

static const char *kind_of(const struct pawl_val *val)
{
    static const char *const words[] = {
        [PAWL_VAL_UNDEFINED] = "nothing", [PAWL_VAL_NULL] = "null",
        [PAWL_VAL_BOOL] = "a boolean",    [PAWL_VAL_INT] = "a number",
        [PAWL_VAL_NUMBER] = "a number",   [PAWL_VAL_TEXT] = "a text",
        [PAWL_VAL_LIST] = "a list",       [PAWL_VAL_MAP] = "a map"};
    return words[pawl_val_kind(val)];
}

static bool refuse_kind(struct pawl_decision *d, const char *key, const char *wanted,
                        const struct pawl_val *val, struct pawl_failure *ret_failure)
{
    return refuse(
        d,
        pawl_arena_printf(d->arena, "config.%s must be %s, but is %s", key, wanted, kind_of(val)),
        ret_failure);
}

bool pawl_config_no_text(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                         struct pawl_failure *ret_failure)
{
    key = key != NULL ? key : "value";
    if (!pawl_val_tainted(val)) {
        return refuse_kind(d, key, "a text", val, ret_failure);
    }
    return refuse(d,
                  pawl_arena_printf(d->arena,
                                    "config.%s must not hold a secret: everybody may read it", key),
                  ret_failure);
}

bool pawl_config_is_name(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                         struct pawl_failure *ret_failure)
{
    bool good = pawl_val_is(val, PAWL_VAL_TEXT) && val->len > 0;
    return good || refuse_kind(d, key, "a name",
                               pawl_val_is(val, PAWL_VAL_TEXT) ? &pawl_val_null : val, ret_failure);
}

bool pawl_config_names(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                       const struct pawl_val **ret_names, struct pawl_failure *ret_failure)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    bool is_list = pawl_val_is(val, PAWL_VAL_LIST);
    for (uint32_t i = 0; i < (is_list ? val->len : 1); i++) {
        const struct pawl_val *item = is_list ? pawl_val_at(val, i) : val;
        bool inner = pawl_val_is(item, PAWL_VAL_LIST);
        for (uint32_t k = 0; k < (inner ? item->len : 1); k++) {
            const struct pawl_val *name = inner ? pawl_val_at(item, k) : item;
            if (!pawl_val_is(name, PAWL_VAL_TEXT)) {
                return refuse_kind(d, key, "a name or a list of names",
                                   is_list || inner ? name : val, ret_failure);
            }
            pawl_list_add(&list, name);
        }
    }
    *ret_names = pawl_list_end(&list);
    return *ret_names != NULL;
}

bool pawl_config_is_count(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                          struct pawl_failure *ret_failure)
{
    bool whole = pawl_val_is(val, PAWL_VAL_INT) && val->u.integer >= INT32_MIN &&
                 val->u.integer <= INT32_MAX;
    return whole || refuse_kind(d, key, "a whole number of at most 32 bits", val, ret_failure);
}
