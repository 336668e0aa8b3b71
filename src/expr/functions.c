/* The functions that stand alone. */
#include "expr/filters.h"

enum { RANGE_MAX = 100000 };

/* How many numbers from start by step before stop; step is not 0. */
static uint64_t range_length(int64_t start, int64_t stop, int64_t step)
{
    bool forward = step > 0;
    if (forward ? start >= stop : start <= stop) {
        return 0;
    }
    uint64_t span = forward ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    uint64_t stride = forward ? (uint64_t)step : 0 - (uint64_t)step;
    return (span - 1) / stride + 1;
}

enum pawl_rc pawl_call_range(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    int64_t start = 0, stop = 0, step = 1;
    struct pawl_list_builder list;
    bool single = !pawl_arg_given(&in->args[2]);
    enum pawl_rc rc = pawl_arg_int(run, in, 1, single ? &stop : &start);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 2, &stop);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 3, &step);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (step == 0) {
        return pawl_expr_fail(run, "value", "range: step cannot be 0");
    }
    uint64_t count = range_length(start, stop, step);
    if (count > RANGE_MAX) {
        return pawl_expr_fail(run, "value", "range: more than %d numbers", RANGE_MAX);
    }
    rc = pawl_expr_charge(run, count);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_list_begin(&list, run->arena);
    for (uint64_t i = 0; i < count; i++) {
        struct pawl_val number = pawl_val_int_view(start + (int64_t)i * step);
        pawl_list_add(&list, &number);
    }
    return pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_call_dict(struct pawl_expr_run *run, const struct pawl_invocation *in,
                            struct pawl_val *ret)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, run->arena);
    for (uint32_t i = 0; i < in->call->more_count; i++) {
        if (in->call->more_names[i].len == 0) {
            return pawl_expr_fail(run, "type", "dict: members need a name");
        }
        pawl_map_add(&map, in->call->more_names[i], &in->more[i]);
    }
    return pawl_expr_map_end(run, &map, ret);
}
