/* One page of step instances as bytes. Who calls it: run_codec.c, run_page.c. */
#ifndef PAWL_CORE_STEP_CODEC_H
#define PAWL_CORE_STEP_CODEC_H

#include "core/run_state.h"
#include "core/wire.h"

void pawl_page_encode(struct pawl_buf *buf, const struct pawl_run *run, uint32_t page);
/* Fills the instances of a loaded page, which must be untouched. False: not a page of this run, or
 * memory is short. Counts `open` and `wake` and compares them with the header's where it has them.
 */
bool pawl_page_decode(struct pawl_run *run, uint32_t page, struct pawl_str bytes);

void pawl_stored_encode(struct pawl_buf *buf, const struct pawl_stored *stored);
struct pawl_stored pawl_stored_decode(struct pawl_wire *wire);
void pawl_steps_encode(struct pawl_buf *buf, const struct pawl_step_list *list);
void pawl_steps_decode(struct pawl_wire *wire, struct pawl_run_state *state,
                       struct pawl_step_list *list);

#endif
