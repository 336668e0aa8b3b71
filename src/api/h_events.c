/* The history as pages and as streams. */
#include "api/api_impl.h"
#include "api/events.h"
#include "api/find.h"
#include "api/handlers.h"
#include "api/hub.h"

void pawl_h_event_list(struct pawl_call *call)
{
    pawl_events_answer(call, 0);
}

/* Last-Event-ID: what a client saw last. Its record is read again for the events behind it. */
static enum pawl_rc take_last_id(struct pawl_call *call, struct pawl_listen *listen,
                                 struct pawl_err *err)
{
    const char *header = pawl_exchange_header(call->exchange, "Last-Event-ID");
    if (header == NULL || *header == '\0') {
        return PAWL_OK;
    }
    pawl_id record = 0;
    uint32_t index = 0;
    enum pawl_rc rc = pawl_event_id_parse(pawl_str_from(header), &record, &index, err);
    if (rc != PAWL_OK) {
        return pawl_err_wrap(err, "Last-Event-ID");
    }
    listen->after = record;
    if (index != UINT32_MAX) {
        listen->after = record - 1;
        listen->skip_record = record;
        listen->skip_index = index;
    }
    return PAWL_OK;
}

/* Who listens. Their rights are looked at again before the first byte. */
static void take_listener(struct pawl_call *call, struct pawl_listen *listen)
{
    struct pawl_token_row token = {0};
    (void)pawl_directory_token(call->directory, call->principal.tenant, call->principal.token,
                               &token);
    listen->tenant = call->principal.tenant;
    listen->user = call->principal.user.id;
    listen->token = call->principal.token;
    listen->expires_at = token.expires_at;
}

static void stream(struct pawl_call *call, struct pawl_listen *listen)
{
    struct pawl_err err = {0};
    take_listener(call, listen);
    if (take_last_id(call, listen, &err) != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    call->listener = pawl_hub_listen(call->api->hub, call->exchange, listen);
    if (call->listener == NULL) {
        pawl_call_refuse_as(call, PAWL_ENOMEM, "out of memory for the stream");
        return;
    }
    pawl_exchange_add_header(call->exchange, "Cache-Control", "no-store");
    pawl_exchange_add_header(call->exchange, "X-Accel-Buffering", "no");
    pawl_exchange_stream(call->exchange, PAWL_TYPE_EVENTS, pawl_hub_read, call->listener);
}

void pawl_h_event_stream(struct pawl_call *call)
{
    struct pawl_listen listen = {0};
    struct pawl_event_row last = {0};
    struct pawl_reader *reader = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_reader_pool_take(call->api, &reader, &err);
    if (rc == PAWL_OK) {
        rc = pawl_reader_api_of(reader)->event_last(reader, call->arena, &last, &err);
        listen.after = rc == PAWL_OK ? last.id : 0; /* from now on */
        pawl_reader_pool_give(call->api, reader);
    }
    if (rc != PAWL_OK && rc != PAWL_ENOT_FOUND) {
        pawl_call_refuse(call, &err);
        return;
    }
    stream(call, &listen);
}

void pawl_h_run_stream(struct pawl_call *call)
{
    struct pawl_run_row row;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_reader_pool_take(call->api, &call->reader, &err);
    rc = rc == PAWL_OK ? pawl_find_run(call, &row, &err) : rc;
    pawl_reader_pool_give(call->api, call->reader);
    call->reader = NULL;
    if (rc != PAWL_OK) {
        pawl_call_refuse(call, &err);
        return;
    }
    struct pawl_listen listen = {
        .run = row.id,
        .by_task = !pawl_principal_may(&call->principal, PAWL_MAY_RUNS_READ) &&
                   !pawl_str_eq(row.started_by, call->principal.user.name),
    };
    stream(call, &listen);
}
