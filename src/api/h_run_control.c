/* What can be done with a run: each is one command; the core says whether its state allows it. */
#include "api/api_impl.h"
#include "api/find.h"
#include "api/handlers.h"

static void control(struct pawl_call *call, enum pawl_command_kind kind)
{
    struct pawl_err err = {0};
    struct pawl_command *command = &call->request->command;
    if (pawl_find_own_run(call, &call->request->run, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    struct pawl_str reason = pawl_val_get_str(call->body, "reason", PAWL_STR_NONE);
    command->comment = pawl_val_get_str(call->body, "comment", reason);
    command->step = PAWL_STEP_NONE;
    pawl_call_put(call, PAWL_REQUEST_RUN, kind);
}

void pawl_h_run_inputs(struct pawl_call *call)
{
    call->request->command.inputs = PAWL_VAL_GET(call->body, "inputs");
    control(call, PAWL_COMMAND_UPDATE_INPUTS);
}

void pawl_h_run_delete(struct pawl_call *call)
{
    control(call, PAWL_COMMAND_DELETE_DRAFT);
}

void pawl_h_run_next(struct pawl_call *call)
{
    control(call, PAWL_COMMAND_NEXT);
}

void pawl_h_run_pause(struct pawl_call *call)
{
    control(call, PAWL_COMMAND_PAUSE);
}

void pawl_h_run_resume(struct pawl_call *call)
{
    call->request->command.extend_deadlines =
        pawl_val_get_bool(call->body, "extend_deadlines", false);
    control(call, PAWL_COMMAND_RESUME);
}

void pawl_h_run_cancel(struct pawl_call *call)
{
    control(call, PAWL_COMMAND_CANCEL);
}

void pawl_h_run_terminate(struct pawl_call *call)
{
    control(call, PAWL_COMMAND_TERMINATE);
}

void pawl_h_run_retry(struct pawl_call *call)
{
    call->request->step = pawl_val_get_str(call->body, "step", PAWL_STR_NONE);
    control(call, PAWL_COMMAND_RETRY);
}

void pawl_h_run_signal(struct pawl_call *call)
{
    call->request->command.signal = pawl_val_get_str(call->body, "name", PAWL_STR_NONE);
    call->request->command.data = PAWL_VAL_GET(call->body, "data");
    control(call, PAWL_COMMAND_SIGNAL);
}
