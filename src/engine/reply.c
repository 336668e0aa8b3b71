/* The bodies of answers to commands: small JSON documents, made while the turn's arena lives. A
 * repeated idempotent request gets the same bytes again, so nothing here may depend on when it is
 * asked. */
#include "engine/turn.h"

#include "base/time.h"
#include "value/json.h"

void pawl_reply_refuse(struct pawl_turn_answer *answer, enum pawl_rc rc, const struct pawl_err *err)
{
    PAWL_ASSERT(rc != PAWL_OK);
    answer->err = *err;
    answer->err.rc = rc;
    answer->reply.rc = rc;
    answer->reply.err = &answer->err;
    answer->reply.http_status = (uint32_t)pawl_rc_http(rc);
    answer->reply.body = PAWL_STR_NONE;
    answer->store = false;
}

static void put_id(struct pawl_buf *buf, const char *member, const char *prefix, pawl_id id)
{
    char text[PAWL_ID_TEXT_MAX];
    pawl_buf_put_cstr(buf, member);
    pawl_json_write_text(buf, pawl_id_format(text, prefix, id));
}

static void put_text(struct pawl_buf *buf, const char *member, struct pawl_str text)
{
    pawl_buf_put_cstr(buf, member);
    if (text.len == 0) {
        pawl_buf_put_cstr(buf, "null");
    } else {
        pawl_json_write_text(buf, text);
    }
}

static void put_time(struct pawl_buf *buf, const char *member, pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    put_text(buf, member, at == 0 ? PAWL_STR_NONE : pawl_time_format(text, at));
}

static void put_run(struct pawl_buf *buf, const struct pawl_turn_run *tr)
{
    const struct pawl_run *run = &tr->run;
    put_id(buf, "{\"id\":", "run", tr->row.id);
    put_text(buf, ",\"workflow\":", tr->row.workflow);
    put_text(buf, ",\"status\":", pawl_str_from(pawl_run_status_name(run->status)));
    put_text(buf, ",\"outcome\":", run->outcome);
    pawl_buf_put_cstr(buf, ",\"version\":");
    pawl_buf_put_int(buf, run->version);
    put_text(buf, ",\"key\":", run->key);
    put_text(buf, ",\"started_by\":", run->started_by);
    put_time(buf, ",\"created_at\":", run->created_at);
    put_time(buf, ",\"started_at\":", run->started_at);
    put_time(buf, ",\"ended_at\":", run->ended_at);
    pawl_buf_put_char(buf, '}');
}

static void answer_take(struct pawl_turn_answer *answer, struct pawl_arena *arena,
                        struct pawl_buf *buf, uint32_t http_status)
{
    struct pawl_str body =
        buf->rc == PAWL_OK ? pawl_arena_str(arena, pawl_buf_str(buf)) : PAWL_STR_NONE;
    pawl_buf_fini(buf);
    /* Without memory for the body the command still happened: the answer says so and leaves it out.
     */
    answer->reply.rc = PAWL_OK;
    answer->reply.http_status = http_status;
    answer->reply.body = body.ptr != NULL ? body : PAWL_STR("{}");
}

static void answer_run_members(struct pawl_turn_answer *answer, const struct pawl_turn_run *tr)
{
    answer->reply.run = tr->row.id;
    answer->reply.version = tr->run.version;
    answer->reply.run_status = tr->run.status;
}

void pawl_reply_run(struct pawl_turn_answer *answer, struct pawl_turn_run *tr)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, tr->batch->engine->alloc, PAWL_LOG_LINE_MAX * 2);
    put_run(&buf, tr);
    answer_take(answer, tr->batch->arena, &buf,
                answer->request->kind == PAWL_REQUEST_RUN_NEW ? 201 : 200);
    answer_run_members(answer, tr);
}

void pawl_reply_task(struct pawl_turn_answer *answer, struct pawl_turn_run *tr, pawl_id task)
{
    struct pawl_turn_task *at = tr->tasks;
    while (at != NULL && at->row.id != task) {
        at = at->next;
    }
    PAWL_ASSERT(at != NULL); /* loaded before the command was decided */
    const struct pawl_task_row *row = &at->row;
    struct pawl_buf buf;
    pawl_buf_init(&buf, tr->batch->engine->alloc, PAWL_LOG_LINE_MAX * 4);
    put_id(&buf, "{\"id\":", "task", row->id);
    put_text(&buf, ",\"title\":", row->title);
    put_text(&buf, ",\"status\":",
             pawl_str_from(pawl_task_status_name((enum pawl_task_status)row->status)));
    put_text(&buf, ",\"assignee\":", row->assignee);
    put_text(&buf, ",\"workflow\":", row->workflow);
    put_text(&buf, ",\"step\":", row->step);
    pawl_buf_put_cstr(&buf, ",\"version\":");
    pawl_buf_put_int(&buf, row->seq);
    pawl_buf_put_cstr(&buf, ",\"run\":");
    put_run(&buf, tr);
    pawl_buf_put_char(&buf, '}');
    answer_take(answer, tr->batch->arena, &buf, 200);
    answer_run_members(answer, tr);
    answer->reply.task = task;
    answer->reply.version = row->seq;
}
