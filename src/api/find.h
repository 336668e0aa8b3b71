/* Finding what a path names, with an error that says what was looked for. */
#ifndef PAWL_API_FIND_H
#define PAWL_API_FIND_H

#include "api/api_impl.h"

/* version: empty for the current one, a number, or the version's text. */
PAWL_CHECKED
enum pawl_rc pawl_find_definition(struct pawl_call *call, struct pawl_reader *reader,
                                  struct pawl_str name, struct pawl_str version,
                                  struct pawl_definition_row *ret_row, struct pawl_err *err);
/* The run of the path's {id}, which who asks may see. */
PAWL_CHECKED
enum pawl_rc pawl_find_run(struct pawl_call *call, struct pawl_run_row *ret_row,
                           struct pawl_err *err);
/* The id of the path's run, which who asks may send commands to. Reads the store only for those
 * who may not control every run. */
PAWL_CHECKED
enum pawl_rc pawl_find_own_run(struct pawl_call *call, pawl_id *ret_run, struct pawl_err *err);

#endif
